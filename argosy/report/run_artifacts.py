"""What steps left behind: sizes, digests, and a look at what can be looked at.

Contents are read as bytes and shown as text or as a picture; nothing is loaded, unpacked or
executed. A pickle is a program: its digest is all that is told of it.
"""

import base64
import contextlib
import csv
import hashlib
import io
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from argosy.report.excerpt import clean, cut, head, open_plain
from compiler.record import record

_ENTRIES, _SHOWN = 10_000, 20
_ROWS, _COLUMNS, _CELL = 12, 12, 80
_TEXT, _LINES, _IMAGE = 4 * 1024, 40, 192 * 1024
_JSON = 64 * 1024
_DIGEST = 64 * 1024 * 1024
_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
Kind = Literal["folder", "image", "table", "text", "json", "binary", "missing"]


@record
class Preview:
    """A look at a file: a picture as a `data:` URL, rows of cells, or text; `cut` if not whole."""

    kind: Kind
    image: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    text: str = ""
    cut: bool = False
    note: str = ""


@record
class Artifact:
    """A file or folder that a step put out; `path` is relative to the folder of the run.

    `size` is in bytes, None if it is gone; `digest` is empty where there is too much to read.
    """

    name: str
    path: str
    size: int | None
    files: int
    digest: str
    preview: Preview


class Budget:
    """How much may be read and shown for a whole report, so that thousands of files stay a page."""

    def __init__(self, images: int = 3 * 1024 * 1024, texts: int = 400 * 1024) -> None:
        self.images, self.texts = images, texts
        self.digests = 512 * 1024 * 1024


def describe(name: str, path: Path, folder: Path, budget: Budget) -> Artifact:
    """Return what an artifact is; one that is gone or cannot be read says so."""
    with contextlib.suppress(ValueError):
        folder = folder.resolve()
        path = path.parent.resolve() / path.name
    shown = clean(os.path.relpath(path, folder))
    try:
        found = path.lstat()
        if stat.S_ISDIR(found.st_mode):
            return _folder(name, path, shown, budget)
        if not stat.S_ISREG(found.st_mode):
            note = "a link, pipe or device: not opened"
            return Artifact(name, shown, None, 0, "", Preview("missing", note=note))
        digest = _digest(path, found.st_size, budget)
        preview = look(path, found.st_size, budget)
        return Artifact(name, shown, found.st_size, 1, digest, preview)
    except OSError as error:
        note = error.strerror or "cannot be read"
        return Artifact(name, shown, None, 0, "", Preview("missing", note=note.lower()))


def _folder(name: str, path: Path, shown: str, budget: Budget) -> Artifact:
    entries = list(_entries(path))
    total = sum(size for _, size in entries)
    files = [(str(p.relative_to(path)), size) for p, size in entries]
    if len(files) == 1:
        digest = _digest(entries[0][0], total, budget)
        preview = look(entries[0][0], total, budget)
        return Artifact(name, f"{shown}/{clean(files[0][0])}", total, 1, digest, preview)
    rows = tuple((clean(file), str(size)) for file, size in files[:_SHOWN])
    more = len(files) - len(rows)
    note = f"and {more:,} more" if more else ""
    if len(files) >= _ENTRIES:
        note = f"{_ENTRIES:,} files were counted, there are more"
    return Artifact(name, shown, total, len(files), "", Preview("folder", rows=rows, note=note))


def _entries(path: Path) -> Iterator[tuple[Path, int]]:
    """Yield regular files below `path` with their sizes; links are neither followed nor told."""
    count = 0
    for folder, folders, files in os.walk(path):
        folders.sort()
        for name in sorted(files):
            found = (Path(folder) / name).lstat()
            if stat.S_ISREG(found.st_mode):
                count += 1
                yield Path(folder) / name, found.st_size
            if count >= _ENTRIES:
                return


def _digest(path: Path, size: int, budget: Budget) -> str:
    if size > min(_DIGEST, budget.digests):
        return ""
    budget.digests -= size
    with os.fdopen(open_plain(path), "rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def look(path: Path, size: int, budget: Budget) -> Preview:
    """Return what can be shown of a regular file; raise `OSError` when it cannot be read."""
    content = head(path, max(_JSON, 1024))
    kind = _image(path, content)
    if kind and size <= min(_IMAGE, budget.images):
        budget.images -= size
        data = base64.b64encode(head(path, _IMAGE)).decode("ascii")
        return Preview("image", image=f"data:{kind};base64,{data}")
    if kind and kind != "image/svg+xml":
        return Preview("binary", note=f"{kind}, too large to be shown here")
    text = _text(content, whole=size <= len(content))
    if text is None:
        return Preview("binary", note="binary: not opened")
    if budget.texts <= 0:
        return Preview("text", cut=True, note="not shown: the report is large enough")
    found = _readable(path, text, size)
    budget.texts -= len(found.text) + sum(len(cell) for row in found.rows for cell in row)
    return found


def _image(path: Path, content: bytes) -> str:
    for magic, kind in _MAGIC.items():
        if content.startswith(magic):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    drawn = path.suffix.lower() == ".svg" and start.startswith((b"<?xml", b"<svg", b"<!--"))
    # entities of a document type can grow without bound; only as an <img> does no script run
    return "image/svg+xml" if drawn and b"<!ENTITY" not in content else ""


def _text(content: bytes, *, whole: bool) -> str | None:
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not whole and error.start >= len(content) - 3:
            return content[: error.start].decode("utf-8-sig")
        return None


def _readable(path: Path, text: str, size: int) -> Preview:
    suffix, whole = path.suffix.lower(), size <= _JSON
    if suffix in (".csv", ".tsv"):
        return _table(text, "\t" if suffix == ".tsv" else ",", size)
    if suffix == ".json" and whole:
        with contextlib.suppress(ValueError, RecursionError):
            return _lines(json.dumps(json.loads(text), indent=2, ensure_ascii=False), "json", size)
    return _lines(text, "text", size)


def _lines(text: str, kind: Kind, size: int) -> Preview:
    lines = text[:_TEXT].splitlines()[:_LINES]
    shown = "\n".join(lines)
    return Preview(
        kind, text=clean(shown), cut=len(shown.rstrip()) < len(text.rstrip()) or size > _JSON
    )


def _table(text: str, delimiter: str, size: int) -> Preview:
    rows: list[tuple[str, ...]] = []
    reader, more = csv.reader(io.StringIO(text), delimiter=delimiter), False
    try:
        for row in reader:
            if len(rows) == _ROWS:
                more = True
                break
            more = more or len(row) > _COLUMNS
            rows.append(tuple(clean(cut(cell, _CELL)) for cell in row[:_COLUMNS]))
    except csv.Error:
        return _lines(text, "text", size)
    return Preview("table", rows=tuple(rows), cut=more or size > _JSON)
