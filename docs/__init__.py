"""Pages about Argosy; those under `reference/` are written from the schemas."""
