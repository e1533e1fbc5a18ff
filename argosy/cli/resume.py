"""`argosy resume`: go on with a run, or publish again into an environment that is held."""

import argparse

from argosy.cli import records, workspace
from argosy.cli.usage import UsageFailure


def execute(args: argparse.Namespace) -> int:
    """Go on with what the word names: a run before an environment, which before a beginning."""
    if args.run and _is_environment(args.run) and not _is_run(args.run):
        from argosy.cli import hold

        return hold.resume(args.run, json=args.json)
    from argosy.cli import run_again

    return run_again.resume(args)


def _is_environment(word: str) -> bool:
    try:
        root = workspace.find_root()
    except UsageFailure:  # runs need no project around them
        return False
    from compiler.files import read_text
    from compiler.project import FILE

    # a project that is broken is no reason not to go on with a run
    return f"{word}:" in read_text(root, FILE) and word in workspace.load().environments


def _is_run(word: str) -> bool:
    from argosy.engine import journal

    return any(word in (run.name, run.workflow) for run in journal.runs(records.folder()))
