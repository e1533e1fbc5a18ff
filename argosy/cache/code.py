"""Argosy's own code, as far as what it made before depends on it: it may be worked on."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


def stamps(*folders: Path) -> Iterator[str]:
    """Yield the path, size and times of each file below the folders, in order."""
    for folder in folders:
        yield from sorted(_below(folder))


def _below(folder: Path | str) -> Iterator[str]:
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            # Python writes there when it imports a module for the first time
            if entry.name == "__pycache__":
                continue
            if entry.is_dir():
                yield from _below(entry.path)
            else:
                found = entry.stat()
                yield f"{entry.path} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"
