"""Reports: diagnostics and plans, for people and for machines."""
