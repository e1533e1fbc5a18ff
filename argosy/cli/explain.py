"""`argosy explain`: what a code of a diagnostic means."""

import argparse

from argosy.cli import codes


def execute(args: argparse.Namespace) -> int:
    """Print the entries of the codes that are named, or a list of all codes."""
    return codes.show(args.words, machine=args.json)
