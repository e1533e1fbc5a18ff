"""`argosy resume`: go on with a run whose engine died or was told to stop."""

from argosy.cli.run_again import resume as execute

__all__ = ["execute"]
