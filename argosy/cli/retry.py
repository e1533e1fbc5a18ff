"""`argosy retry`: run again what failed in a run."""

from argosy.cli.run_again import retry as execute

__all__ = ["execute"]
