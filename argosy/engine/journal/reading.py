"""Reading runs: the list, one of them, and what changes in one; no engine ever waits for it."""

import contextlib
import json
import sqlite3
import time
from pathlib import Path

from argosy.engine.failure import EngineError
from argosy.engine.journal import database, index, lock, rows, runfile
from argosy.engine.journal.database import Damaged
from argosy.engine.journal.descriptions import (
    DAMAGED,
    INTERRUPTED,
    Description,
    RunSummary,
    StoredRun,
)
from argosy.engine.nodes import Node

_BIRTH, _PAUSE = 5.0, 0.05  # seconds


def runs(folder: Path, limit: int | None = None) -> list[RunSummary]:
    """Return the newest `limit` runs of state folder `folder`, newest first; all by default.

    Raise `EngineError` when the list cannot be read.
    """
    if not (folder / "runs").is_dir() and not (folder / index.FILE).exists():
        return []
    found = (_settled(folder, row) for row in index.rows(folder, limit))
    return [row for row in found if row]


def _settled(folder: Path, row: RunSummary) -> RunSummary | None:
    """Return a line as it is: of a run that seems to go on its folder is asked."""
    if row.phase != "Running":
        return row
    place = folder / "runs" / row.name
    held = lock.probe(place / runfile.LOCK)
    if held is None:
        return row
    # no engine can take the run up while it is held, so what is noted stays true
    with contextlib.closing(held):
        true = runfile.summary(place) or _first(folder, row)
        with contextlib.suppress(EngineError):
            if true is None:
                index.remove(folder, [row.name])
            else:
                index.mark(folder, row.name, true.phase, true.message, true.finished)
    return true


def _first(folder: Path, row: RunSummary) -> RunSummary | None:
    """Return the line of a run of the first format, None of one that never began."""
    if not index.first_nodes(folder, row.uid):
        return None
    return RunSummary(
        row.name, row.uid, row.workflow, "", "", INTERRUPTED, "", row.started, row.finished
    )


def load(folder: Path, run: str) -> StoredRun:
    """Return a run of state folder `folder` with all its nodes.

    One whose record is being made is waited for, which takes milliseconds. Raise `EngineError` when
    there is none of that name, or it is only starting, `Damaged` when it cannot be read.
    """
    place = folder / "runs" / run
    if not (place / runfile.FILE).exists():
        return _load_first(folder, run)
    end = time.monotonic() + _BIRTH
    while True:
        try:
            with Follower(folder, run) as follower:
                return follower.news()
        except Damaged as error:
            if not runfile.unborn(place):
                _mark_damaged(folder, run, error)
                raise
        if time.monotonic() > end:
            hint = "ask again in a moment; `argosy clean` removes one that never began"
            raise EngineError(f"run `{run}` is starting: it has no record yet", hint)
        time.sleep(_PAUSE)


def _mark_damaged(folder: Path, run: str, error: Damaged) -> None:
    with contextlib.suppress(EngineError):
        index.mark(folder, run, DAMAGED, str(error), None)


def _load_first(folder: Path, run: str) -> StoredRun:
    row = index.row(folder, run) if (folder / index.FILE).exists() else None
    found = index.first_nodes(folder, row.uid) if row else []
    if row is None or not found:
        raise EngineError(f"there is no run `{run}`", "`argosy runs` lists them")
    nodes = tuple(Node(*values[:7]) for values in found)
    for node, (*_, code, outputs) in zip(nodes, found):
        node.exit_code, node.parameters = code, json.loads(outputs)
    about = Description(row.name, row.uid, row.workflow, started=row.started)
    phase = INTERRUPTED if row.finished is None else row.phase
    place = folder / "runs" / run
    return StoredRun(about, phase, "", row.started, row.finished, nodes, place)


class Follower:
    """Reads one run again and again; closed by `with`."""

    def __init__(self, folder: Path, run: str) -> None:
        self.folder = folder / "runs" / run
        self._revision = 0
        self._about: Description | None = None

    def __enter__(self) -> "Follower":
        return self

    def __exit__(self, *_error: object) -> None:
        self._about = None

    def news(self) -> StoredRun:
        """Return the run; its nodes are those that are new or changed since the last call.

        Raise `Damaged` when it cannot be read.
        """
        # asked before the record: an engine that ends in between has written its end by then
        working = runfile.alive(self.folder)
        file = self.folder / runfile.FILE
        with database.reading(file, runfile.VERSION) as connection:
            try:
                return self._news(connection, working)
            except (ValueError, TypeError, KeyError) as error:
                raise sqlite3.DatabaseError(f"{type(error).__name__}: {error}") from None

    def _news(self, connection: sqlite3.Connection, working: bool) -> StoredRun:
        phase, message, started, finished = runfile.state(connection)
        self._about = self._about or runfile.description(connection)
        query = "select revision, content from nodes where revision > ? order by id"
        found = connection.execute(query, (self._revision,)).fetchall()
        self._revision = max((revision for revision, _ in found), default=self._revision)
        return StoredRun(
            self._about,
            INTERRUPTED if finished is None and not working else phase,
            message,
            started,
            finished,
            tuple(rows.decode(text, self.folder).node for _, text in found),
            self.folder,
            self._revision,
            runfile.sessions(connection),
        )
