"""What was rendered before, kept outside the project; it may be deleted at any time."""
