"""Who works on a run: the kernel's lock on a file says so, never a process id in a file.

A lock goes with its process, however that dies. It may be handed to a helper process by its file
descriptor and is free again when all that hold it are gone.
"""

import contextlib
import errno
import fcntl
import os
import time
from pathlib import Path

from argosy.engine import disk
from argosy.engine.failure import EngineError

_UNABLE = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)


class Lock:
    """An exclusive lock, held until it is closed."""

    def __init__(self, handle: int) -> None:
        self.handle = handle

    def close(self) -> None:
        """Let others work on the run."""
        if self.handle >= 0:
            os.close(self.handle)
        self.handle = -1


def take(file: Path, patience: float = 0.0) -> Lock | None:
    """Return the lock on `file`, which is made; None when it is still held after `patience` s.

    Raise `EngineError` where locks do not work, as on some network disks.
    """
    deadline = time.monotonic() + patience
    while True:
        handle = _open(file)
        if _locked(file, handle, fcntl.LOCK_EX) and _same(file, handle):
            return Lock(handle)
        os.close(handle)
        if time.monotonic() >= deadline:
            return None
        time.sleep(0.02)


def check(file: Path) -> None:
    """Raise `EngineError` if the lock on `file`, which is held, would not keep others away."""
    second = probe(file)
    if second is not None:
        second.close()
        hint = "keep the project on a local disk"
        raise EngineError(f"a lock on {file} has no effect on this disk", hint)


def probe(file: Path) -> Lock | None:
    """Return a shared lock, which keeps engines away for as long as it is held; None if one works.

    A file that is not there is locked by nobody: the lock is then an empty one.
    """
    try:
        handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return Lock(-1)
    if _locked(file, handle, fcntl.LOCK_SH):
        return Lock(handle)
    os.close(handle)
    return None


def _open(file: Path) -> int:
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise disk.failure(file, error) from None


def _locked(file: Path, handle: int, kind: int) -> bool:
    try:
        disk.point("lock")
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        os.close(handle)
        if error.errno in _UNABLE:
            hint = "keep the project on a local disk"
            raise EngineError(f"{file} cannot be locked: {error.strerror}", hint) from None
        raise disk.failure(file, error, "locked") from None
    return True


def _same(file: Path, handle: int) -> bool:
    """Whether what was locked is what lies there: it may have been removed in between."""
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(handle), file.stat())
    return False
