"""`argosy why`: why a step ran, was skipped, was tried again, failed, or waits."""

import argparse
from collections.abc import Sequence

from argosy.cli import records, terminal
from argosy.cli.run_reasons import Reason, reasons, unborn
from argosy.cli.run_words import mark
from argosy.cli.usage import UsageFailure
from argosy.engine import journal
from argosy.engine.journal import StoredRun
from argosy.engine.nodes import Node
from argosy.report.diagnostics import plain
from argosy.report.document import document
from compiler.record import as_data


def execute(args: argparse.Namespace) -> int:
    """Explain one step, or the run as a whole."""
    state = records.folder()
    summary, word = records.pair(state, args.words)
    run = journal.load(state, summary.name)
    node, found = _found(run, word or summary.name)
    if args.json:
        terminal.out_json(_document(run, node, found))
        return 0
    name = node.within(summary.name)
    terminal.out(f"{mark(node.phase)} {name} of run {summary.name}: {node.phase}")
    for reason in found:
        terminal.out(f"  {plain(reason.text)}")
    if node.log or node.type == "Retry":
        terminal.talk(f"next: argosy logs {summary.name} {name}")
    else:
        terminal.talk(f"next: argosy report {summary.name}")
    return 0


def _found(run: StoredRun, word: str) -> tuple[Node, Sequence[Reason]]:
    try:
        node = records.step(run, word)
    except UsageFailure:
        name, found = unborn(run, word)
        if not name:
            raise
        return Node(name, "", "Pod"), found
    return node, reasons(run, node)


def _document(run: StoredRun, node: Node, found: Sequence[Reason]) -> str:
    return document(
        {
            "version": 1,
            "run": run.description.name,
            "name": node.name,
            "step": node.within(run.description.name),
            "phase": node.phase,
            "reasons": [as_data(reason) for reason in found],
        }
    )
