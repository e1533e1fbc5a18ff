"""`argosy schema`: the JSON Schema of a file or of an output, as an editor wants it."""

import argparse

from argosy.cli import terminal
from compiler import schema


def execute(args: argparse.Namespace) -> int:
    """Print one schema."""
    terminal.out_bytes(schema.text(args.name))
    return 0
