"""`argosy clean`: remove runs that nobody needs, with their logs, artifacts and work folders."""

import argparse
import sys
import time
from pathlib import Path

from argosy.cli import records, terminal
from argosy.cli.runs import moment
from argosy.cli.usage import UsageFailure
from argosy.engine import journal
from argosy.engine.cachestore import CacheStore
from argosy.engine.journal import Choice, Cleaned
from argosy.report.document import document
from argosy.report.run_words import size
from argosy.report.words import counted
from compiler.record import as_data

_SHOWN = 20


def execute(args: argparse.Namespace) -> int:
    """Say what goes, ask, remove."""
    choice, state = _choice(args), records.folder()
    if args.cache:
        return _clean_cache(args, state, choice.before)
    if args.dry_run or not args.yes:
        would = journal.clean(state, choice, dry=True)
        if args.dry_run:
            return _told(would, args, "would be removed")
        if not _agreed(would):
            return 0
    return _told(journal.clean(state, choice), args, "removed")


def _clean_cache(args: argparse.Namespace, state: Path, before: float | None) -> int:
    """Remove results that no run has used since `before`; runs have copies of their own."""
    limit = time.time() + 1 if before is None else before
    freed = CacheStore(state / "cache").evict(before=limit, dry=args.dry_run)
    return _told(Cleaned((), freed), args, "would be removed" if args.dry_run else "removed")


def _choice(args: argparse.Namespace) -> Choice:
    if (
        args.older_than is None
        and args.keep is None
        and not (args.phases or args.all or args.cache)
    ):
        hint = "--older-than 30d, --keep 20, --phase Failed, --all, or --cache"
        raise UsageFailure("which runs?", hint)
    before = None if args.older_than is None else time.time() - args.older_than
    return Choice(before, args.keep or 0, tuple(args.phases))


def _agreed(would: Cleaned) -> bool:
    """Ask; only a terminal can answer."""
    if not would.runs:
        terminal.out("nothing to remove")
        return False
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageFailure(_sum(would, "would be removed"), "say so with --yes, or see --dry-run")
    _list(would)
    terminal.talk(f"{_sum(would, 'would be removed')}, for good. Go on? [y/N] ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _told(cleaned: Cleaned, args: argparse.Namespace, verb: str) -> int:
    if args.json:
        body = {
            "version": 1,
            "dry_run": bool(args.dry_run),
            "bytes": cleaned.size,
            "runs": [as_data(run) for run in cleaned.runs],
        }
        terminal.out_json(document(body))
        return 0
    if args.dry_run:
        _list(cleaned)
    terminal.out(_sum(cleaned, verb))
    terminal.talk("next: argosy runs")
    return 0


def _list(cleaned: Cleaned) -> None:
    for run in cleaned.runs[:_SHOWN]:
        terminal.out(f"  {run.name}  {run.phase}  {moment(run.started)}")
    if len(cleaned.runs) > _SHOWN:
        terminal.out(f"  and {len(cleaned.runs) - _SHOWN} more")


def _sum(cleaned: Cleaned, verb: str) -> str:
    return f"{counted(len(cleaned.runs), 'run')} {verb}, {size(cleaned.size)}"
