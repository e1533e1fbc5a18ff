"""Taking up a run again: its lock, its record, and the ends of nodes that may be relied on."""

import contextlib
import sqlite3
from collections.abc import Collection
from pathlib import Path

from argosy.engine import disk, fingerprint
from argosy.engine.failure import EngineError
from argosy.engine.journal import database, index, lock, rows, runfile
from argosy.engine.journal.database import Damaged
from argosy.engine.journal.rows import Row
from argosy.engine.journal.writing import Journal
from argosy.engine.nodes import DONE, Node

_PATIENCE = 10.0  # what the helper of a dead engine needs to end its steps


def reopen(folder: Path, run: str, seen: int | None = None) -> Journal:
    """Take up a run of state folder `folder` that has no engine; it is Running again.

    Raise `EngineError` when there is none, an engine works on it, or it cannot be read; and when
    one has worked on it since its revision was `seen`: what is relied on may be out of date.
    """
    place = folder / "runs" / run
    file = place / runfile.FILE
    if not file.exists():
        raise EngineError(f"there is no run `{run}` to go on with", "`argosy runs` lists them")
    held = lock.take(place / runfile.LOCK, _PATIENCE)
    if held is None:
        raise EngineError(f"run `{run}` is worked on by another process", f"argosy stop {run}")
    try:
        return _reopened(folder, file, held, seen)
    except BaseException:
        held.close()
        raise


def _reopened(folder: Path, file: Path, held: lock.Lock, seen: int | None) -> Journal:
    connection = database.change(file, runfile.VERSION)
    try:
        about = runfile.description(connection)
        (revision,) = connection.execute("select max(revision) from nodes").fetchone()
        if seen is not None and (revision or 0) != seen:
            said = f"run `{about.name}` has gone on meanwhile, by another process"
            raise EngineError(said, f"argosy runs shows where it is, argosy logs {about.name} more")
        connection.execute("begin immediate")
        connection.execute("update run set phase = 'Running', message = '', finished = null")
        # what nobody took was meant for an engine that is gone; an answer is still one
        connection.execute(
            "update requests set taken = 0 where taken is null and kind in ('stop', 'terminate')"
        )
        connection.execute("commit")
    except EngineError:
        connection.close()
        raise
    except (OSError, ValueError, TypeError, sqlite3.Error) as error:
        connection.close()
        raise database.told(file, error) from None
    index.mark(folder, about.name, "Running", "", None)
    _sweep(file.parent)
    journal = Journal(folder, about, connection, held)
    journal.begin()
    return journal


def _sweep(place: Path) -> None:
    """Remove what was being written when the engine died."""
    for partial in (place / "artifacts").rglob(".*.partial"):
        with contextlib.suppress(OSError):
            disk.remove(partial)


def known(folder: Path, run: str, phases: Collection[str] = DONE) -> dict[str, Node]:
    """Return by name the nodes of a run that ended in one of `phases` and may be adopted.

    A node whose artifacts are not there any more, or not what they were, is none of them: its step
    has to run again.
    """
    place = folder / "runs" / run
    query = "select content from nodes order by id"
    with database.reading(place / runfile.FILE, runfile.VERSION) as connection:
        texts = [text for (text,) in connection.execute(query)]
    try:
        found = [rows.decode(text, place) for text in texts]
    except (ValueError, TypeError, KeyError) as error:
        raise Damaged(f"{place / runfile.FILE} is damaged: {error}") from None
    return {
        row.node.name: row.node for row in found if row.node.phase in phases and _unchanged(row)
    }


def _unchanged(row: Row) -> bool:
    for name, path in row.node.artifacts.items():
        try:
            if fingerprint.take(path) != row.prints.get(name):
                return False
        except OSError:
            return False
    return True
