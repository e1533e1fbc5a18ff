"""The record of runs: SQLite in `.argosy/runs.db`, written as it happens."""

import json
import sqlite3
from pathlib import Path
from types import TracebackType

from argosy.engine.failure import EngineError
from argosy.engine.nodes import Node

_TABLES = """
create table if not exists runs (
  uid text primary key, name text, workflow text, phase text, started real, finished real);
create table if not exists nodes (
  run text, name text, template text, type text, phase text, message text, started real,
  finished real, exit_code integer, outputs text, primary key (run, name));
"""


class State:
    """An open record; each write is a transaction of its own."""

    def __init__(self, file: Path) -> None:
        try:
            self._connection = sqlite3.connect(file, isolation_level=None, timeout=10)
            self._connection.execute("pragma journal_mode=wal")
            self._connection.execute("pragma synchronous=normal")
            self._connection.executescript(_TABLES)
        except sqlite3.Error as error:
            raise EngineError(f"{file} cannot be written: {error}") from None

    def __enter__(self) -> "State":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def start(self, name: str, uid: str, workflow: str, at: float) -> None:
        """Note that a run has started."""
        self._write(
            "insert into runs values (?, ?, ?, 'Running', ?, null)", (uid, name, workflow, at)
        )

    def finish(self, uid: str, phase: str, at: float) -> None:
        """Note how a run has ended."""
        self._write("update runs set phase = ?, finished = ? where uid = ?", (phase, at, uid))

    def record(self, uid: str, node: Node) -> None:
        """Store a node as it is now."""
        self._write(
            "insert or replace into nodes values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                uid,
                node.name,
                node.template,
                node.type,
                node.phase,
                node.message,
                node.started,
                node.finished,
                node.exit_code,
                json.dumps(node.parameters),
            ),
        )

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        try:
            self._connection.execute(statement, values)
        except sqlite3.Error as error:
            raise EngineError(f"the record of runs cannot be written: {error}") from None
