"""Writing to disk: whole or not at all, for the owner alone, and able to fail on request.

Every place that writes names itself, a point. `ARGOSY_FAULT=POINT:N:ERRNO` in the environment
makes the Nth write at that point fail as a full disk would (`ARGOSY_FAULT=commit:3:ENOSPC`); the
tests have every point fail once. Without the variable nothing is ever compared.
"""

import contextlib
import errno
import os
import sqlite3
import stat
from pathlib import Path

from argosy.engine.failure import EngineError

POINTS = ("folder", "lock", "open", "commit", "index", "step", "copy", "rename", "file")
_PIECE = 1024 * 1024
_FAULT = os.environ.get("ARGOSY_FAULT", "").split(":")
seen: dict[str, int] = {}


def point(name: str) -> None:
    """Raise the `OSError` that `ARGOSY_FAULT` asks for at this write; nothing otherwise."""
    if _FAULT[0] != name or len(_FAULT) != 3:
        return
    seen[name] = seen.get(name, 0) + 1
    if seen[name] == int(_FAULT[1]):
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
    partial = path.with_name(f".{os.urandom(8).hex()}.partial")
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


def copy(source: Path, target: Path, *, sealed: bool = False) -> None:
    """Copy a file, link or folder to `target`, which is not there yet; holes stay holes.

    `sealed` takes the right to write and brings it to the disk; without, the owner gets it. Raise
    `OSError` also of a pipe, socket or device, which would be read for ever.
    """
    point("copy")
    mode = source.lstat().st_mode
    if stat.S_ISLNK(mode):
        target.symlink_to(source.readlink())
    elif stat.S_ISDIR(mode):
        target.mkdir(mode=0o700)
        for entry in os.scandir(source):
            copy(Path(entry), target / entry.name, sealed=sealed)
    elif stat.S_ISREG(mode):
        right = mode & 0o555 if sealed else mode & 0o777 | 0o600
        _copy_file(source, target, right, sealed)
    else:
        raise OSError(errno.EINVAL, "a pipe, socket or device is no artifact", str(source))


def _copy_file(source: Path, target: Path, mode: int, lasting: bool) -> None:
    import shutil

    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with source.open("rb", buffering=0) as read, os.fdopen(handle, "wb", buffering=0) as written:
        if hasattr(os, "copy_file_range"):
            _copy_ranges(read.fileno(), written.fileno())
        else:
            shutil.copyfileobj(read, written, _PIECE)
        os.fchmod(written.fileno(), mode)
        if lasting:
            os.fsync(written.fileno())


def _copy_ranges(read: int, written: int) -> None:
    """Copy what is not a hole, in the kernel, where some disks share the blocks."""
    size, at = os.fstat(read).st_size, 0
    while at < size:
        try:
            at = os.lseek(read, at, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                break
            raise
        end = os.lseek(read, at, os.SEEK_HOLE)
        while at < end:
            copied = _copy_piece(read, written, at, end - at)
            at = at + copied if copied else end
    os.ftruncate(written, size)


def _copy_piece(read: int, written: int, at: int, count: int) -> int:
    try:
        return os.copy_file_range(read, written, count, at, at)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
            raise
        return os.pwrite(written, os.pread(read, min(count, _PIECE), at), at)


def remove(path: Path) -> None:
    """Remove a file or folder, sealed or not; one that is gone is no fault."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISDIR(path.lstat().st_mode):
            path.unlink()
            return
        path.chmod(0o700)
        for entry in os.scandir(path):
            remove(Path(entry))
        path.rmdir()


def failure(path: Path, error: Exception, action: str = "written") -> EngineError:
    """Return what to tell when `path` cannot be written, in plain words with a remedy."""
    number = error.errno if isinstance(error, OSError) else None
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    if number == errno.ENOSPC or "disk is full" in text or ("I/O" in text and _full(path)):
        return EngineError(
            f"{path} cannot be {action}: the disk is full{_free(path)}", "free some space"
        )
    if number == errno.EMFILE:
        return EngineError(f"{path} cannot be {action}: {text}", "raise the limit: ulimit -n 1024")
    shut = "unable to open" in text and not os.access(path.parent, os.W_OK)
    if isinstance(error, sqlite3.Error) and (shut or "readonly" in text):
        text = "Read-only file system, or no right to write"
    return EngineError(f"{path} cannot be {action}: {text}")


def _full(path: Path) -> bool:
    """Whether so little is left that SQLite cannot lay out its log, which it calls an I/O error."""
    left = _left(path)
    return left is not None and left < 128 * 1024


def _free(path: Path) -> str:
    left = _left(path)
    return "" if left is None else f", {left // 1024:,} KiB are left"


def _left(path: Path) -> int | None:
    import shutil

    with contextlib.suppress(OSError):
        there = next(folder for folder in (path, *path.parents) if folder.exists())
        return shutil.disk_usage(there).free
    return None
