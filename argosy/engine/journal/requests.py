"""Asking a running engine for something, from another process."""

import contextlib
import json
import sqlite3
import time
from pathlib import Path

from argosy.engine import disk
from argosy.engine.failure import EngineError
from argosy.engine.journal import database, runfile
from argosy.engine.journal.descriptions import Request


def ask(folder: Path, run: str, request: Request) -> None:
    """Leave `request` for the engine of `run`, which takes it within a second.

    Raise `EngineError` when no engine works on the run.
    """
    place = folder / "runs" / run
    found = runfile.summary(place)
    if found is None:
        raise EngineError(f"there is no run `{run}`", "`argosy runs` lists them")
    if found.phase != "Running":
        hint = f"argosy resume {run}" if found.finished is None else ""
        raise EngineError(f"run `{run}` does not work: {found.phase}", hint)
    file = place / runfile.FILE
    values = (time.time(), request.kind, request.node, json.dumps(dict(request.parameters)))
    statement = "insert into requests (at, kind, node, parameters) values (?, ?, ?, ?)"
    with contextlib.closing(database.change(file, runfile.VERSION)) as connection:
        try:
            disk.point("commit")
            connection.execute(statement, values)
        except (OSError, sqlite3.Error) as error:
            raise database.told(file, error) from None
