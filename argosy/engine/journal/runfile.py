"""The record of one run: `run.db` in its folder, the truth about it."""

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

from argosy.engine.failure import EngineError
from argosy.engine.journal import database, lock
from argosy.engine.journal.database import Damaged
from argosy.engine.journal.descriptions import (
    DAMAGED,
    INTERRUPTED,
    Description,
    RunSummary,
    Session,
)
from compiler.record import as_data

FILE, LOCK, VERSION = "run.db", "lock", 1
_OWN = {FILE, f"{FILE}-wal", f"{FILE}-shm", LOCK}
TABLES = """
create table run (
  id integer primary key check (id = 1), description text not null, phase text not null,
  message text not null, started real not null, finished real);
create table manifests (path text primary key, content text not null) without rowid;
create table sessions (started real not null, pid integer not null, host text not null);
create table nodes (
  id integer primary key, name text not null unique, phase text not null,
  revision integer not null, content text not null);
create index nodes_by_revision on nodes (revision);
create table requests (
  id integer primary key, at real not null, kind text not null, node text not null,
  parameters text not null, taken real);
"""


def describe(connection: sqlite3.Connection, described: Description) -> None:
    """Write what is fixed about a run, in one transaction."""
    data = as_data(described)
    manifests = sorted(data.pop("manifests").items())
    connection.execute("begin")
    connection.execute(
        "insert into run values (1, ?, 'Running', '', ?, null)",
        (json.dumps(data), described.started),
    )
    connection.executemany("insert into manifests values (?, ?)", manifests)
    connection.execute("commit")


def description(connection: sqlite3.Connection) -> Description:
    """Return what is fixed about a run; fields of a later version are left out."""
    (text,) = connection.execute("select description from run").fetchone()
    data: dict[str, Any] = json.loads(text)
    data["variables"] = tuple(data.get("variables", ()))
    manifests = dict(connection.execute("select path, content from manifests"))
    known = {name: data[name] for name in Description.__annotations__ if name in data}
    return Description(**known, manifests=manifests)


def state(connection: sqlite3.Connection) -> tuple[str, str, float, float | None]:
    """Return phase, message, start and end of the run as they were written."""
    found = connection.execute("select phase, message, started, finished from run").fetchone()
    if found is None:
        raise sqlite3.DatabaseError("the description of the run is missing")
    phase, message, started, finished = found
    return phase, message, started, finished


def sessions(connection: sqlite3.Connection) -> tuple[Session, ...]:
    """Return the engines that worked on the run, the first one first."""
    rows = connection.execute("select started, pid, host from sessions order by rowid")
    return tuple(Session(*row) for row in rows)


def alive(place: Path) -> bool:
    """Whether an engine works on the run."""
    held = lock.probe(place / LOCK)
    if held:
        held.close()
    return held is None


def unborn(place: Path) -> bool:
    """Whether a folder was made for a run that ended before its record said anything."""
    file = place / FILE
    try:
        if {entry.name for entry in os.scandir(place)} - _OWN:
            return False
        if not file.exists():
            return True
        with database.reading(file, VERSION) as found:
            tables = found.execute("select 1 from sqlite_master where name = 'run'").fetchall()
            return not (tables and found.execute("select 1 from run").fetchall())
    except (OSError, EngineError):
        return False


def summary(place: Path) -> RunSummary | None:
    """Return the line of a run for the list; None of a folder that is no run, or never became one.

    A record that cannot be read gives a line of phase Damaged.
    """
    file = place / FILE
    if not file.exists():
        return None
    # asked before the record: an engine that ends in between has written its end by then
    working = alive(place)
    try:
        with database.reading(file, VERSION) as connection:
            about, found = description(connection), state(connection)
    except (EngineError, ValueError, TypeError) as error:
        if unborn(place):
            return None
        message = str(error) if isinstance(error, Damaged) else f"{file} is damaged: {error}"
        return RunSummary(place.name, "", "", "", "", DAMAGED, message, 0.0, None)
    phase, message, started, finished = found
    phase = INTERRUPTED if finished is None and not working else phase
    return RunSummary(
        about.name,
        about.uid,
        about.workflow,
        about.environment,
        about.source,
        phase,
        message,
        started,
        finished,
    )
