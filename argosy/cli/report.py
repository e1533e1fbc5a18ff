"""`argosy report`: what a run did, as one page or as JSON."""

import argparse
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from argosy.cli import terminal, workspace
from argosy.cli.usage import UsageFailure
from argosy.engine import journal

if TYPE_CHECKING:
    from argosy.report.run_view import RunView


def execute(args: argparse.Namespace) -> int:
    """Write the report of a run; print where it is."""
    state = place()
    run = view(state, args.run or _newest(state))
    if args.json:
        from argosy.report.run_json import as_json

        terminal.out_bytes(as_json(run).encode())
        return 0
    from argosy.report.run_html import page

    content = page(run).encode()
    if args.output == "-":
        terminal.out_bytes(content)
        return 0
    target = Path(args.output) if args.output else state / "runs" / run.name / "report.html"
    _write(target, content)
    terminal.out(workspace.shown(target))
    if args.open:
        import webbrowser

        webbrowser.open(target.absolute().as_uri())
    else:
        terminal.talk(f"next: argosy report {run.name} --open")
    return 0


def place() -> Path:
    """Return the folder that keeps the runs: the project's, or that of a folder without one."""
    try:
        root = workspace.find_root()
    except UsageFailure:
        root = Path.cwd()
        if not (root / workspace.STATE).is_dir():
            raise
    return root / workspace.STATE


def view(state: Path, name: str) -> "RunView":
    """Return what there is to tell of a run; raise `UsageFailure` when there is no such run."""
    from argosy.report import run_source
    from argosy.report.run_view import view

    stored = load(state, name)
    uri = run_source.tracking_uri(stored.description.manifests, state)
    found = run_source.tracking(uri, stored.description.uid) if uri else run_source.Tracking()
    return view(stored, found, time.time())


def load(state: Path, name: str) -> journal.StoredRun:
    """Return a run from the journal; say what was meant when there is none of that name."""
    known = [run.name for run in journal.runs(state)]
    if name not in known:
        from compiler.problems import nearest

        raise UsageFailure(f"there is no run `{name}`", nearest(name, tuple(known[:200])))
    return journal.load(state, name)


def _newest(state: Path) -> str:
    found = journal.runs(state, 1)
    if not found:
        raise UsageFailure("there are no runs yet", "argosy run PIPELINE")
    return found[0].name


def _write(target: Path, content: bytes) -> None:
    """Write the page whole or not at all."""
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        partial.write_bytes(content)
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UsageFailure(f"{target} cannot be written: {error.strerror}") from None
