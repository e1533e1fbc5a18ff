"""A run as a stream of events: a JSON object a line on stdout, by the schema `events`."""

import json
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from argosy.cli import terminal
from argosy.engine.nodes import Event, Node, Run


class Stream:
    """Writes events; once nobody reads them it asks the run to stop, for then nobody waits."""

    def __init__(self) -> None:
        self.gone = False

    def __call__(self, event: Event) -> None:
        """Write a change of a node."""
        self.write("node", event.at, **describe(event.node, event.phase))

    def write(self, kind: str, at: float, **fields: Any) -> None:
        """Write one event, `at` in seconds since the epoch."""
        if self.gone:
            return
        try:
            terminal.out_bytes(line({"version": 1, "event": kind, "at": at, **fields}))
        except terminal.ReaderGone:
            self.gone = True
            # before the engine listens to signals, nothing runs that had to be ended
            if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
                os.kill(os.getpid(), signal.SIGTERM)

    def begin(
        self, run: str, workflow: str, source: str, parameters: Mapping[str, str], folder: Path
    ) -> None:
        """Write that the run begins."""
        self.write(
            "started",
            time.time(),
            run=run,
            workflow=workflow,
            source=source,
            parameters=dict(parameters),
            folder=str(folder),
        )

    def note(self, notes: Sequence[str]) -> None:
        """Write what is to be known beforehand."""
        for text in notes:
            self.write("note", time.time(), text=text)

    def ended(self, run: Run, code: int, registered: list[tuple[str, str]]) -> None:
        """Write how the run ended."""
        self.write(
            "ended",
            run.finished,
            run=run.name,
            phase=run.phase,
            message=run.message,
            seconds=round(max(run.finished - run.started, 0.0), 3),
            exit_code=code,
            folder=str(run.folder),
            registered=[{"model": model, "version": version} for model, version in registered],
        )


def line(body: Mapping[str, Any]) -> bytes:
    """Return `body` as a line, in ASCII: many readers take U+0085 or U+2028 for an end of line."""
    return json.dumps(body, separators=(",", ":")).encode() + b"\n"


def describe(node: Node, phase: str = "") -> dict[str, Any]:
    """Return a node as data; times are seconds since the epoch or null."""
    return {
        "name": node.name,
        "step": node.display_name,
        "template": node.template,
        "type": node.type,
        "phase": phase or node.phase,
        "message": node.message,
        "started": node.started,
        "finished": node.finished,
        "exit_code": node.exit_code,
        "outputs": {k: v for k, v in node.parameters.items() if k[0] != "_"},
        "artifacts": {name: _path(path) for name, path in node.artifacts.items()},
        "log": _path(node.log),
    }


def _path(path: Path | None) -> str | None:
    return None if path is None else str(path)
