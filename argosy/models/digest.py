"""Digests of data: of a file, or of a folder by the paths and contents in it."""

import hashlib
from pathlib import Path


def digest(path: Path) -> str:
    """Return `sha256:…` of a file's content, or of a folder's sorted paths and contents."""
    total = hashlib.sha256()
    if path.is_file():
        total.update(_file(path))
    for entry in sorted(path.rglob("*")) if path.is_dir() else ():
        if entry.is_file():
            total.update(entry.relative_to(path).as_posix().encode() + b"\0" + _file(entry))
    return f"sha256:{total.hexdigest()}"


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
