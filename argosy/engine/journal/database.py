"""SQLite files: opened with care, private, of a known version, their errors in plain words.

A commit is in the write-ahead log and thus in the kernel when it returns: the death of a process,
however sudden, takes nothing of it. The log is brought to the disk itself at least once a second
of work, so that a loss of power takes the last second at most and leaves the rest consistent.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from argosy.engine import disk
from argosy.engine.failure import EngineError

LONGEST = 480  # bytes of a path; SQLite itself opens none of more than 512
_PATIENCE = 10.0


class Damaged(EngineError):  # noqa: N818 - as in `Failure`
    """A record that cannot be read; it is left as it is."""


class Newer(Damaged):
    """A record that a newer version wrote."""


def make(file: Path, tables: str, version: int) -> sqlite3.Connection:
    """Make a database of `version` that only its owner reads; raise `EngineError` if that fails."""
    refuse_long(file)
    try:
        disk.point("open")
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        connection = _connect(file, "rw")
        # an empty file needs no care; a network disk may refuse the log and keep a journal instead
        connection.execute("pragma synchronous = off")
        connection.execute("pragma journal_mode = wal")
        connection.executescript(f"begin;{tables};pragma user_version = {version};commit")
        connection.execute("pragma synchronous = normal")
    except (OSError, sqlite3.Error) as error:
        raise disk.failure(file, error) from None
    return connection


def change(file: Path, version: int) -> sqlite3.Connection:
    """Open a database for writing; raise `Damaged` or `EngineError`."""
    refuse_long(file)
    try:
        disk.point("open")
        connection = _connect(file, "rw")
        connection.execute("pragma synchronous = normal")
        check(file, connection, version)
    except (OSError, sqlite3.Error) as error:
        raise told(file, error) from None
    return connection


@contextlib.contextmanager
def reading(file: Path, version: int) -> Iterator[sqlite3.Connection]:
    """Open a database that is only read, as it is at this moment; no writer waits for it."""
    refuse_long(file)
    connection = None
    try:
        connection = _readable(file)
        check(file, connection, version)
        connection.execute("begin")
        yield connection
    except (OSError, sqlite3.Error) as error:
        raise told(file, error, "read") from None
    finally:
        if connection:
            connection.close()


def check(file: Path, connection: sqlite3.Connection, version: int) -> None:
    """Refuse what a newer version wrote."""
    (found,) = connection.execute("pragma user_version").fetchone()
    if found > version:
        connection.close()
        hint = "install the newest version to read it"
        raise Newer(f"{file} was written by a newer Argosy (format {found}, not {version})", hint)


def told(file: Path, error: Exception, action: str = "written") -> EngineError:
    """Return what to tell: the record is damaged, or the disk is full, read-only, …"""
    text = str(error)
    passing = isinstance(error, OSError) or (
        isinstance(error, sqlite3.OperationalError) and "no such" not in text
    )
    if not passing:
        hint = "it is left as it is: `argosy clean` removes it"
        return Damaged(f"{file} is damaged: {text}", hint)
    return disk.failure(file, error, action)


def refuse_long(file: Path) -> None:
    """Refuse a path that SQLite could not open."""
    length = len(os.fsencode(file.absolute()))
    if length > LONGEST:
        raise EngineError(
            f"the path of the project is too long: {file.name} would have one of {length} bytes, "
            f"{LONGEST} are possible",
            "move the project to a folder nearer to the root",
        )


def _connect(file: Path, mode: str) -> sqlite3.Connection:
    uri = f"{file.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_PATIENCE)


def _readable(file: Path) -> sqlite3.Connection:
    """Open for reading; what SQLite makes beside a file has no place where a disk is full."""
    try:
        return _tried(_connect(file, "ro"))
    except sqlite3.OperationalError:
        if not file.is_file():
            raise
        if not os.access(file.parent, os.W_OK):
            return _connect(file, "ro&immutable=1")
    alone = _connect(file, "rw")
    alone.execute("pragma locking_mode = exclusive")
    return _tried(alone)


def _tried(connection: sqlite3.Connection) -> sqlite3.Connection:
    try:
        connection.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection
