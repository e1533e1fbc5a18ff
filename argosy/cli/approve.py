"""`argosy approve`: answer a step that waits for a person."""

from argosy.cli.stop import execute

__all__ = ["execute"]
