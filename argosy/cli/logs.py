"""`argosy logs`: what the steps of a run wrote, attempt by attempt, once or as it comes."""

import argparse
import time
from pathlib import Path

from argosy.cli import records, terminal
from argosy.cli.log_text import Reading
from argosy.cli.run_events import line as line_of
from argosy.engine import journal
from argosy.engine.journal import Follower
from argosy.engine.nodes import Node
from compiler.record import record

_PAUSE = 0.2


@record
class _Shown:
    """A log that is shown, by the name of its step."""

    node: Node
    label: str
    reading: Reading


def execute(args: argparse.Namespace) -> int:
    """Show logs; with `-f` until the run has ended."""
    state = records.folder()
    run, word = records.pair(state, args.words)
    session = _Session(args, run.name, word)
    stored = journal.load(state, run.name)
    session.add(stored.nodes)
    running = args.follow and stored.phase == "Running"
    if word and not session.shown and not running:
        records.step(stored, word)
    session.write(last=not running)
    phase = _followed(state, session) if running else stored.phase
    if not session.shown:
        terminal.talk("no step has written a log yet")
    if not args.json and not args.raw:
        terminal.talk(f"run {run.name}: {phase}; next: argosy why {run.name} STEP")
    return 0


def _followed(state: Path, session: "_Session") -> str:
    """Write what comes until the run has ended; return how it did."""
    with Follower(state, session.run) as follower:
        while True:
            stored = follower.news()
            session.add(stored.nodes)
            running = stored.phase == "Running"
            session.write(last=not running)
            if not running:
                return stored.phase
            time.sleep(_PAUSE)


class _Session:
    """The logs in question, in the order in which their steps began."""

    def __init__(self, args: argparse.Namespace, run: str, word: str) -> None:
        self.args, self.run, self.word = args, run, word
        self.shown: dict[str, _Shown] = {}
        self.nodes: dict[str, Node] = {}

    def add(self, nodes: tuple[Node, ...]) -> None:
        """Take nodes that are new or have changed."""
        self.nodes.update((node.name, node) for node in nodes)
        asked = {node.name for node in self._asked()} if nodes else set()
        for node in nodes:
            wanted = node.name in asked or bool(asked.intersection(records.above(node.name)))
            if node.log and node.type != "Retry" and wanted:
                known = self.shown.get(node.name)
                reading = known.reading if known else Reading(node.log)
                self.shown[node.name] = _Shown(node, node.within(self.run), reading)

    def _asked(self) -> list[Node]:
        every = list(self.nodes.values())
        return records.steps(self.run, every, self.word) if self.word else every

    def write(self, *, last: bool) -> None:
        """Write what is new; with `last` also a line that has no end."""
        prefix = len(self.shown) > 1 or (self.args.follow and not self.word)
        for shown in self.shown.values():
            if self.args.raw:
                for piece in shown.reading.raw():
                    terminal.out_bytes(piece)
                continue
            for line in shown.reading.lines(last=last or shown.node.done):
                self._line(shown, line, prefix)

    def _line(self, shown: _Shown, line: str, prefix: bool) -> None:
        if self.args.json:
            body = {
                "version": 1,
                "name": shown.node.name,
                "step": shown.label,
                "text": line,
            }
            terminal.out_bytes(line_of(body))
        else:
            terminal.out(f"{shown.label} │ {line}" if prefix else line)
