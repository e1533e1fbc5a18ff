"""`argosy runs`: what has run on this machine."""

import argparse
import time

from argosy.cli import records, terminal
from argosy.cli.run_words import cut, duration, mark
from argosy.engine import journal
from argosy.engine.journal import DAMAGED, INTERRUPTED, RunSummary
from argosy.engine.nodes import stopped
from argosy.report.document import document
from compiler.record import as_data


def execute(args: argparse.Namespace) -> int:
    """List runs, newest first."""
    state = records.folder()
    every = args.all or args.pipeline or args.phase
    # one more than is shown tells whether there are more
    found = journal.runs(state, None if every else args.limit + 1)
    chosen = [run for run in found if _matches(run, args)]
    shown = chosen if args.all else chosen[: args.limit]
    if args.json:
        terminal.out_json(as_json(shown))
        return 0
    if not shown:
        terminal.out("no such runs" if every and found else "no runs yet")
        terminal.talk("next: argosy run PIPELINE")
        return 0
    for line in _table(shown, terminal.columns()):
        terminal.out(line)
    if len(chosen) > len(shown):
        terminal.talk("there are more: argosy runs --all")
    terminal.talk(f"next: {_next(shown[0])}")
    return 0


def _matches(run: RunSummary, args: argparse.Namespace) -> bool:
    return (not args.pipeline or run.workflow == args.pipeline) and (
        not args.phase or run.phase == args.phase
    )


def as_json(found: list[RunSummary]) -> str:
    """Return runs as JSON, by the schema `runs`."""
    return document({"version": 1, "runs": [as_data(run) for run in found]})


def _table(found: list[RunSummary], width: int) -> list[str]:
    rows = [_row(run) for run in found]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = ("  ".join(f"{cell:{w}}" for cell, w in zip(row, widths)) for row in rows)
    ends = (f"  {row[4]}" if row[4] else "" for row in rows)
    return [cut(f"{line}{end}".rstrip(), width) for line, end in zip(lines, ends)]


def _row(run: RunSummary) -> tuple[str, str, str, str, str]:
    end = run.finished or (time.time() if run.phase == "Running" else None)
    taken = duration(end - run.started) if end else "-"
    sign = {INTERRUPTED: "◷", DAMAGED: "✖"}.get(run.phase) or mark(run.phase)
    where = " ".join(part for part in (run.environment, run.source[:10]) if part)
    return f"{sign} {run.name}", run.phase, moment(run.started), taken, where


def moment(at: float) -> str:
    """Return a time of the epoch as the clock on the wall shows it."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
    except (OverflowError, OSError, ValueError):
        return "-"


def _next(run: RunSummary) -> str:
    ways = {"Running": "logs -f", INTERRUPTED: "resume", "Failed": "retry", "Error": "retry"}
    if stopped(run.message):
        return f"argosy resume {run.name}"
    return f"argosy {ways.get(run.phase, 'report')} {run.name}"
