"""Folders of one process each: who is killed leaves one behind, and the next removes it.

Whether somebody still works in a room a lock of the kernel tells, which goes with its process: no
number of a process that another may have by now, and no age that a slow one may reach.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_ALIVE = ".alive"
_STALE = 3600.0  # a room without a lock: of an older Argosy, or of one killed while it made it


@contextmanager
def room(home: Path) -> Iterator[Path]:
    """Offer a new folder below `home`, gone at the end; raise `OSError` if there can be none."""
    home.mkdir(parents=True, exist_ok=True)
    _sweep(home)
    folder = Path(tempfile.mkdtemp(dir=home))
    held = -1
    try:
        held = _hold(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if held >= 0:
            os.close(held)


def _hold(folder: Path) -> int:
    """Lock the room; under its name the lock is never seen unlocked by who makes it."""
    fresh = folder / f"{_ALIVE}.new"
    held = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with suppress(OSError):  # a file system without locks: age decides, as for others
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fresh.rename(folder / _ALIVE)
    return held


def _sweep(home: Path) -> None:
    for folder in home.iterdir():
        with suppress(OSError):
            if _left(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _left(folder: Path) -> bool:
    """Whether nobody works in a room any more."""
    try:
        probe = os.open(folder / _ALIVE, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return time.time() - folder.stat().st_mtime > _STALE
    try:
        fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(probe)
    return True
