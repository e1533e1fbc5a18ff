"""`argosy report`: what a run did, as one page or as JSON."""

import argparse
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from argosy.cli import records, terminal, workspace
from argosy.cli.usage import UsageFailure
from argosy.engine import journal

if TYPE_CHECKING:
    from argosy.report.run_view import RunView


def execute(args: argparse.Namespace) -> int:
    """Write the report of a run; print where it is."""
    state = records.folder()
    run = told(state, records.named(state, args.run or "").name)
    if args.json:
        from argosy.report.run_json import as_json

        terminal.out_json(as_json(run))
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


def told(state: Path, name: str) -> "RunView":
    """Return what there is to tell of a run; raise `EngineError` when it cannot be read."""
    from argosy.report import run_source
    from argosy.report.run_view import view

    stored = journal.load(state, name)
    uri = run_source.tracking_uri(stored.description.manifests, state)
    found = run_source.tracking(uri, stored.description.uid) if uri else run_source.Tracking()
    return view(stored, found, time.time())


def _write(target: Path, content: bytes) -> None:
    """Write the page whole or not at all."""
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        partial.write_bytes(content)
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UsageFailure(f"{target} cannot be written: {error.strerror}") from None
