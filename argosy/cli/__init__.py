"""Arguments, wiring and exit codes: the only room that prints and exits."""
