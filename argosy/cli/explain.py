"""`argosy explain`: what a code means, or where the values of a pipeline come from."""

import argparse

from argosy.cli import codes


def execute(args: argparse.Namespace) -> int:
    """Explain the codes that are named, all codes, or a pipeline."""
    if all(map(codes.is_code, args.words)):
        return codes.show(args.words, machine=args.json)
    from argosy.cli import origins

    return origins.show(args)
