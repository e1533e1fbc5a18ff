"""`argosy schema`: the JSON Schema of a file or of an output, as an editor wants it."""

import argparse
from importlib.resources import files
from pathlib import Path

from argosy.cli import terminal


def execute(args: argparse.Namespace) -> int:
    """Print one schema."""
    packaged = files("compiler") / "schemas"
    folder = packaged if packaged.is_dir() else Path(__file__).parents[2] / "schemas"
    terminal.out_bytes((folder / f"{args.name}.schema.json").read_bytes())
    return 0
