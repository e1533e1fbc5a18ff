"""Rendered tree in, commit out. Git is the only thing this package talks to."""
