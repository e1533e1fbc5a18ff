"""The list of all runs: `runs.db`, made of what the folders of the runs say, for finding fast.

The truth about a run is in its own folder. A list that is lost or damaged is made anew.
"""

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from argosy.engine import disk
from argosy.engine.failure import EngineError
from argosy.engine.journal import database, lock, runfile
from argosy.engine.journal.database import Damaged, Newer
from argosy.engine.journal.descriptions import Description, RunSummary

Rows = list[tuple[Any, ...]]
Action = Callable[[sqlite3.Connection], sqlite3.Cursor]
FILE, VERSION = "runs.db", 1
COLUMNS = "name, uid, workflow, environment, source, phase, message, started, finished"
_TABLES = """
create table if not exists runs (
  name text primary key, uid text, workflow text, environment text, source text, phase text,
  message text, started real, finished real);
create index if not exists runs_by_time on runs (started);
create index if not exists runs_by_phase on runs (phase);
"""
_FROM_FIRST = f"""
begin immediate;
alter table runs rename to first_runs;
alter table nodes rename to first_nodes;
{_TABLES}
insert or ignore into runs select name, uid, workflow, '', '', phase, '', started, finished
  from first_runs order by rowid;
drop table first_runs;
pragma user_version = {VERSION};
commit;
"""  # noqa: S608


def add(folder: Path, described: Description) -> None:
    """Put a run on the list, running."""
    row = RunSummary(
        described.name,
        described.uid,
        described.workflow,
        described.environment,
        described.source,
        "Running",
        "",
        described.started,
        None,
    )
    put(folder, row)


def put(folder: Path, row: RunSummary) -> None:
    """Put a line on the list in place of the one of the same name."""
    use(folder, lambda found: _insert(found, row))


def mark(folder: Path, run: str, phase: str, message: str, finished: float | None) -> None:
    """Note the phase of a run that is on the list."""
    statement = "update runs set phase = ?, message = ?, finished = ? where name = ?"
    use(folder, lambda found: found.execute(statement, (phase, message, finished, run)))


def remove(folder: Path, names: list[str]) -> None:
    """Take runs off the list."""
    rows = [(name,) for name in names]
    use(folder, lambda found: found.executemany("delete from runs where name = ?", rows))


def _insert(connection: sqlite3.Connection, row: RunSummary) -> sqlite3.Cursor:
    values = tuple(getattr(row, name) for name in COLUMNS.split(", "))
    marks = ", ".join("?" * len(values))
    statement = f"insert or replace into runs ({COLUMNS}) values ({marks})"  # noqa: S608
    return connection.execute(statement, values)


def rows(folder: Path, limit: int | None = None) -> list[RunSummary]:
    """Return the newest `limit` lines, newest first, phases as they were last noted."""
    query = f"select {COLUMNS} from runs order by started desc, rowid desc limit ?"  # noqa: S608
    values = (-1 if limit is None else limit,)
    return [RunSummary(*found) for found in _read(folder, lambda c: c.execute(query, values))]


def row(folder: Path, run: str) -> RunSummary | None:
    """Return the line of one run."""
    query = f"select {COLUMNS} from runs where name = ?"  # noqa: S608
    found = _read(folder, lambda connection: connection.execute(query, (run,)))
    return RunSummary(*found[0]) if found else None


def first_nodes(folder: Path, uid: str) -> Rows:
    """Return the nodes that the first format of the list kept of a run."""
    tables = "select 1 from sqlite_master where name = 'first_nodes'"
    query = (
        "select name, template, type, phase, message, started, finished, exit_code, outputs "
        "from first_nodes where run = ? order by rowid"
    )
    if not _read(folder, lambda found: found.execute(tables)):
        return []
    return _read(folder, lambda found: found.execute(query, (uid,)))


def use(folder: Path, action: Action) -> Rows:
    """Return the rows of `action` on the list; a damaged one is set aside and made anew first.

    Raise `EngineError` when it cannot be written.
    """
    try:
        return _used(folder, action)
    except Newer:
        raise
    except Damaged:
        _make_anew(folder)
    return _used(folder, action)


def _read(folder: Path, action: Action) -> Rows:
    """Return the rows of `action`, which writes nothing: a disk that is read-only does."""
    file = folder / FILE
    if file.exists():
        with contextlib.suppress(EngineError), database.reading(file, VERSION) as connection:
            if connection.execute("pragma user_version").fetchone() == (VERSION,):
                return action(connection).fetchall()
    return use(folder, action)


def _used(folder: Path, action: Action) -> Rows:
    file = folder / FILE
    if not file.exists():
        _make_anew(folder)
    with contextlib.closing(database.change(file, VERSION)) as connection:
        try:
            disk.point("index")
            if connection.execute("pragma user_version").fetchone() != (VERSION,):
                connection.executescript(_FROM_FIRST)
            connection.execute("begin immediate")
            found = action(connection).fetchall()
            connection.execute("commit")
            return found
        except (OSError, sqlite3.Error) as error:
            raise database.told(file, error) from None


def _make_anew(folder: Path) -> None:
    """Make the list of what the folders of the runs say, unless another process just did."""
    file, place, fresh = folder / FILE, folder / "runs", folder / f".{FILE}.partial"
    held = None
    try:
        disk.make(folder)
        held = lock.take(folder / ".runs.lock", patience=60)
        if _sound(file):
            return
        fresh.unlink(missing_ok=True)
        with contextlib.closing(database.make(fresh, _TABLES, VERSION)) as connection:
            found = [runfile.summary(each) for each in _folders(place)]
            connection.execute("begin")
            for each in sorted(filter(None, found), key=lambda row: row.started):
                _insert(connection, each)
            connection.execute("commit")
        _set_aside(file)
        fresh.replace(file)
    except (OSError, sqlite3.Error) as error:
        raise database.told(file, error) from None
    finally:
        if held:
            held.close()


def _sound(file: Path) -> bool:
    if not file.exists():
        return False
    try:
        with contextlib.closing(database.change(file, VERSION)) as connection:
            connection.execute("select count(*) from runs").fetchone()
            return bool(connection.execute("pragma quick_check(1)").fetchone() == ("ok",))
    except (EngineError, sqlite3.Error):
        return False


def _set_aside(file: Path) -> None:
    """Keep what cannot be read: somebody may know how to."""
    for suffix in ("", "-wal", "-shm"):
        old = file.with_name(file.name + suffix)
        with contextlib.suppress(FileNotFoundError):
            old.replace(file.with_name(f"{file.name}.damaged-{int(time.time())}{suffix}"))


def _folders(place: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return [Path(entry) for entry in os.scandir(place) if entry.is_dir()]
    return []
