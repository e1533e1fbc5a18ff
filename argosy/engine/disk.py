"""Writing to disk: whole or not at all, for the owner alone, and able to fail on request.

Every place that writes names itself, a point. `ARGOSY_FAULT=POINT:N:ERRNO` in the environment
makes the Nth write at that point fail as a full disk would (`ARGOSY_FAULT=commit:3:ENOSPC`); the
tests have every point fail once. Without the variable nothing is ever compared.
"""

import contextlib
import errno
import os
import secrets
import shutil
import sqlite3
from pathlib import Path

from argosy.engine.failure import EngineError

POINTS = ("folder", "lock", "open", "commit", "file", "link", "index")
_FAULT = os.environ.get("ARGOSY_FAULT", "").split(":")
_seen: dict[str, int] = {}


def point(name: str) -> None:
    """Raise the `OSError` that `ARGOSY_FAULT` asks for at this write; nothing otherwise."""
    if _FAULT[0] != name or len(_FAULT) != 3:
        return
    _seen[name] = _seen.get(name, 0) + 1
    if _seen[name] == int(_FAULT[1]):
        number = getattr(errno, _FAULT[2], errno.EIO)
        raise OSError(number, os.strerror(number))


def make(folder: Path) -> None:
    """Make a folder that only its owner enters, and those above it; an existing one stays as is."""
    point("folder")
    if not folder.is_dir():
        if not folder.parent.is_dir():
            make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put a file in place whole: written beside it, brought to the disk, renamed."""
    point("file")
    partial = path.with_name(f".{secrets.token_hex(8)}.partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def failure(path: Path, error: Exception, action: str = "written") -> EngineError:
    """Return what to tell when `path` cannot be written, in plain words with a remedy."""
    number = error.errno if isinstance(error, OSError) else None
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    if number == errno.ENOSPC or "disk is full" in text:
        return EngineError(
            f"{path} cannot be {action}: the disk is full{_free(path)}", "free some space"
        )
    if number == errno.EMFILE:
        return EngineError(f"{path} cannot be {action}: {text}", "raise the limit: ulimit -n 1024")
    if isinstance(error, sqlite3.Error) and "readonly" in text:
        text = "Read-only file system, or no right to write"
    return EngineError(f"{path} cannot be {action}: {text}")


def _free(path: Path) -> str:
    with contextlib.suppress(OSError):
        there = next(folder for folder in (path, *path.parents) if folder.exists())
        return f", {shutil.disk_usage(there).free // 1024:,} KiB are left"
    return ""
