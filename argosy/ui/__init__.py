"""The local page: all runs, live, and what may be asked of them; on this machine alone."""
