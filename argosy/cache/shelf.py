"""The shelf: a database of what was rendered and what was read for it.

It lies in the user's cache folder, never in the project: a repository must not bring its own.
A shelf that cannot be read or written is no mistake, only slow.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from compiler.record import record
from compiler.tree import RenderedTree
from gitops.objects import blob_name

_VERSION = 2
_TABLES = """
CREATE TABLE IF NOT EXISTS context (is_now TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS seen (path TEXT PRIMARY KEY, signature TEXT, digest TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS made (
  name TEXT PRIMARY KEY, inputs TEXT, files TEXT, components TEXT, blobs TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS content (digest TEXT PRIMARY KEY, body BLOB);
"""


@record
class Made:
    """A pipeline that was rendered: digests of what was read, and of its files, by path.

    `components` are version and digest of each that it uses, `blobs` git's names for its files.
    """

    inputs: Mapping[str, str]
    files: Mapping[str, str]
    components: Mapping[str, tuple[int | None, str]]
    blobs: Mapping[str, str]


def to_keep(tree: RenderedTree, inputs: Mapping[str, str]) -> Made:
    """Return what is kept of `tree`, as long as `inputs` have these digests."""
    used = {name: (pin.version, pin.digest) for name, pin in tree.components.items()}
    blobs = {path: tree.blobs.get(path) or blob_name(content) for path, content in tree}
    return Made(inputs, tree.sums, used, blobs)


class Shelf:
    """The database of one environment of a project; `with` opens it.

    `context` is all else that a rendering depends on: where it differs, nothing made counts.
    """

    def __init__(self, root: Path | str, environment: str, context: str) -> None:
        name = sha256(f"{_VERSION}\0{root}\0{environment}".encode()).hexdigest()
        self._path, self._context = _folder() / f"{name[:32]}.db", context
        self._database: sqlite3.Connection | None = None

    def __enter__(self) -> "Shelf":
        with contextlib.suppress(OSError, sqlite3.Error):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._database = _opened(self._path, self._context)
        return self

    def __exit__(self, *_error: object) -> None:
        if self._database:
            with contextlib.suppress(sqlite3.Error):
                self._database.close()

    def seen(self) -> dict[str, tuple[str, str]]:
        """Return signature and digest of each path whose content is known."""
        rows = self._rows("SELECT path, signature, digest FROM seen")
        return {path: (signature, digest) for path, signature, digest in rows}

    def made(self) -> dict[str, Made]:
        """Return what was made of each pipeline."""
        rows = self._rows("SELECT name, inputs, files, components, blobs FROM made")
        return {name: Made(*(json.loads(part) for part in parts)) for name, *parts in rows}

    def content(self, digest: str) -> bytes | None:
        """Return the content of a file, None when it is not here, or not what it was."""
        query = "SELECT body FROM content WHERE digest = ?"
        for (body,) in self._rows(query, (digest,)):
            if isinstance(body, bytes) and sha256(body).hexdigest() == digest:
                return body
        return None

    def keep(
        self,
        seen: Mapping[str, tuple[str, str]],
        made: Mapping[str, Made],
        contents: Mapping[str, bytes],
    ) -> None:
        """Put in what is new; what cannot be written is not kept."""
        entries = [
            (name, *map(json.dumps, (one.inputs, one.files, one.components, one.blobs)))
            for name, one in made.items()
        ]
        with contextlib.suppress(sqlite3.Error):
            if self._database is None or not (seen or made):
                return
            with self._database as change:
                _insert(change, "seen", ((path, *known) for path, known in seen.items()))
                _insert(change, "made", entries)
                _insert(change, "content", contents.items())
                _forget(change)

    def _rows(self, query: str, values: tuple[str, ...] = ()) -> Iterator[tuple[Any, ...]]:
        with contextlib.suppress(sqlite3.Error):
            if self._database:
                yield from self._database.execute(query, values)


def _opened(path: Path, context: str) -> sqlite3.Connection:
    try:
        return _prepared(path, context)
    except sqlite3.DatabaseError:
        path.unlink(missing_ok=True)
        return _prepared(path, context)


def _prepared(path: Path, context: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=5)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = OFF")  # what a crash damages is rendered anew
    database.executescript(_TABLES)
    if database.execute("SELECT is_now FROM context").fetchall() != [(context,)]:
        with database:
            for table in ("context", "made", "content"):
                database.execute(f"DELETE FROM {table}")  # noqa: S608
            database.execute("INSERT INTO context VALUES (?)", (context,))
    return database


def _insert(change: sqlite3.Connection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    for row in rows:
        marks = ", ".join("?" * len(row))
        change.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)  # noqa: S608


def _forget(change: sqlite3.Connection) -> None:
    """Drop contents that nothing on the shelf refers to any more."""
    change.execute(
        "DELETE FROM content WHERE digest NOT IN (SELECT value FROM made, json_each(made.files))"
    )


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path("~").expanduser() / ".cache")
    return Path(base) / "argosy" / "render"
