"""What an administrator commits once, so that a cluster syncs an environment: objects as data."""
