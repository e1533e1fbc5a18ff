"""Writing a run: its nodes in batches, its end, and what other processes asked for meanwhile."""

import contextlib
import json
import os
import re
import sqlite3
import time
from pathlib import Path

from argosy.engine import disk
from argosy.engine.failure import EngineError
from argosy.engine.journal import database, index, lock, runfile
from argosy.engine.journal.descriptions import Description, Request
from argosy.engine.journal.lock import Lock
from argosy.engine.journal.rows import Encoder
from argosy.engine.nodes import Node

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_LASTING = 1.0  # seconds of work that a loss of power may take
_UPSERT = """
insert into nodes (id, name, phase, revision, content) values (?, ?, ?, ?, ?) on conflict (id)
do update set phase = excluded.phase, revision = excluded.revision, content = excluded.content
"""
_TAKEN = "update requests set taken = ? where id = ?"


class Journal:
    """The record of one run, open for writing; it holds the lock of the run until it is closed.

    `folder` is the run's own; `owes` says that the end of a node is still to be written.
    """

    def __init__(
        self, state: Path, described: Description, connection: sqlite3.Connection, held: Lock
    ) -> None:
        self.description, self.state = described, state
        self.folder = state / "runs" / described.name
        self._connection, self._lock = connection, held
        self._encoder = Encoder(self.folder)
        self._nodes: dict[str, Node] = {}
        self._young: dict[str, Node] = {}
        self._numbers = dict(connection.execute("select name, id from nodes"))
        self._newest_number = max(self._numbers.values(), default=0)
        self._taken: list[int] = []
        self.owes = False
        self._revision = int(self._newest("select max(revision) from nodes"))
        self._seen, self._asked = 0, 0
        self._lasting = time.monotonic()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def lock(self) -> int:
        """The descriptor of the lock: the supervisor has it too, until all steps are gone."""
        return self._lock.handle

    def record(self, node: Node) -> None:
        """Have `node` written with the next `flush`, as it will be then."""
        name = _key(node.name)
        young = node.type == "Pod" and not node.waited
        (self._young if young else self._nodes)[name] = node
        if not young:
            self._young.pop(name, None)
        if name not in self._numbers:
            self._numbers[name] = self._newest_number = self._newest_number + 1
        self.owes = self.owes or node.done

    def flush(self, *, ends: bool = False) -> None:
        """Write what was recorded, in one transaction; once it returns no crash takes it back.

        `ends`: pods that have not ended may wait, most end soon. Raise `EngineError` when it cannot
        be written; nothing is lost then, the next flush tries again.
        """
        if not ends:
            self._nodes |= self._young
            self._young.clear()
        if self._nodes or self._taken:
            self._commit()

    def finish(self, phase: str, message: str, at: float) -> None:
        """Write how the run ended, at `at` seconds since the epoch, and bring all to the disk."""
        end = (phase, message, at)
        statement = "update run set phase = ?, message = ?, finished = ?"
        self._lasting = 0.0
        self._nodes |= self._young
        self._commit((statement, end))
        # the folder holds the truth already
        with contextlib.suppress(EngineError):
            index.mark(self.state, self.description.name, *end)

    def latest(self) -> float:
        """Return the latest time on record, in seconds since the epoch."""
        run = "select max(started) from run"
        nodes = (
            "select max(coalesce(json_extract(content, '$.finished'), "
            "json_extract(content, '$.started'), 0)) from nodes"
        )
        return max(float(self._newest(text)) for text in (run, nodes))

    def requests(self) -> list[Request]:
        """Return what other processes asked for since the last call, oldest first.

        They count as taken with the next flush.
        """
        (seen,) = self._connection.execute("pragma data_version").fetchone()
        if seen == self._seen:
            return []
        self._seen = seen
        query = "select id, kind, node, parameters from requests where taken is null and id > ?"
        found = self._connection.execute(query, (self._asked,)).fetchall()
        self._asked = max((row[0] for row in found), default=self._asked)
        self._taken += [row[0] for row in found]
        return [Request(kind, node, json.loads(text)) for _, kind, node, text in found]

    def close(self) -> None:
        """Let go of the record and of the lock."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()
        self._lock.close()

    def begin(self) -> None:
        """Note that this process works on the run."""
        values = (time.time(), os.getpid(), os.uname().nodename)
        statement = "insert into sessions values (?, ?, ?)"
        self._commit((statement, values))

    def _commit(self, *more: tuple[str, tuple[object, ...]]) -> None:
        now = time.monotonic()
        lasting = now - self._lasting >= _LASTING
        try:
            rows = [self._row(name, node) for name, node in self._nodes.items()]
            if lasting:
                self._connection.execute("pragma synchronous = full")
            disk.point("commit")
            self._write(rows, more)
        except (OSError, sqlite3.Error) as error:
            raise database.told(self.folder / runfile.FILE, error) from None
        finally:
            if lasting:
                self._connection.execute("pragma synchronous = normal")
        self._revision += 1
        self._nodes.clear()
        self.owes = False
        self._taken.clear()
        self._lasting = now if lasting else self._lasting

    def _row(self, name: str, node: Node) -> tuple[int, str, str, int, str]:
        text = self._encoder.text(node)
        return self._numbers[name], name, node.phase, self._revision + 1, text

    def _write(
        self,
        rows: list[tuple[int, str, str, int, str]],
        more: tuple[tuple[str, tuple[object, ...]], ...],
    ) -> None:
        self._connection.execute("begin immediate")
        try:
            self._connection.executemany(_UPSERT, rows)
            for number in self._taken:
                self._connection.execute(_TAKEN, (time.time(), number))
            for statement, values in more:
                self._connection.execute(statement, values)
            self._connection.execute("commit")
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("rollback")
            raise

    def _newest(self, query: str) -> float:
        return self._connection.execute(query).fetchone()[0] or 0


def create(folder: Path, described: Description) -> Journal:
    """Begin the record of a run below state folder `folder`.

    Raise `EngineError` when there is a run of that name, or nothing can be written.
    """
    if not _NAME.fullmatch(described.name):
        hint = "use lowercase letters, digits and `-`, a letter or digit first and last"
        raise EngineError(f"`{described.name}` cannot be the name of a run", hint)
    place = folder / "runs" / described.name
    database.refuse_long(place / runfile.FILE)
    try:
        disk.make(place)
    except OSError as error:
        raise disk.failure(place, error, "made") from None
    held = lock.take(place / runfile.LOCK)
    if held is None:
        raise EngineError(f"a run called `{described.name}` works", "choose another --name")
    try:
        lock.check(place / runfile.LOCK)
        return _created(folder, place, described, held)
    except BaseException:
        held.close()
        raise


def _created(folder: Path, place: Path, described: Description, held: Lock) -> Journal:
    file = place / runfile.FILE
    if not runfile.unborn(place):
        raise EngineError(f"a run called `{described.name}` exists", "choose another --name")
    for suffix in ("", "-wal", "-shm"):  # of a run that was ended before it began
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    index.add(folder, described)
    connection = database.make(file, runfile.TABLES, runfile.VERSION)
    try:
        runfile.describe(connection, described)
    except (OSError, sqlite3.Error) as error:
        connection.close()
        raise database.told(file, error) from None
    journal = Journal(folder, described, connection, held)
    journal.begin()
    return journal


def _key(name: str) -> str:
    """Return a name as SQLite takes it: a lone half of a surrogate pair is no text for it."""
    return name.encode("utf-8", "backslashreplace").decode()
