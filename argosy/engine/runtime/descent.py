"""Who descends from whom, as `/proc` tells it; where there is none, nobody is found."""

import os
import sys

MARK = "ARGOSY_LOCAL_RUN"
ADOPTS = sys.platform == "linux"
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER


def adopt_orphans() -> None:
    """Become the parent of what our descendants leave behind (Linux)."""
    if ADOPTS:
        import ctypes

        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def children(process: int) -> list[int]:
    """Return the living children of `process`, zombies too."""
    try:
        return [int(word) for word in _content(f"/proc/{process}/task/{process}/children").split()]
    except OSError:
        return [child for child in _processes() if _stat(child)[:1] == [process]]


def descendants(process: int) -> list[int]:
    """Return the children of `process` and theirs, parents first."""
    found = children(process)
    for child in found:
        found += children(child)
    return found


def session(process: int) -> int:
    """Return the session of `process`, 0 when it is gone."""
    found = _stat(process)
    return found[2] if len(found) > 2 else 0


def mark(process: int) -> bytes:
    """Return the value of `ARGOSY_LOCAL_RUN` in the environment that `process` began with."""
    prefix = MARK.encode() + b"="
    try:
        items = _content(f"/proc/{process}/environ").split(b"\0")
    except OSError:
        return b""
    return next((item[len(prefix) :] for item in items if item.startswith(prefix)), b"")


def marked(wanted: bytes) -> list[int]:
    """Return the processes whose mark begins with `wanted`, this one not."""
    own = os.getpid()
    return [each for each in _processes() if each != own and mark(each).startswith(wanted)]


def kill(processes: list[int], number: int) -> None:
    """Send a signal to each of `processes` that is still there and ours."""
    for process in processes:
        try:
            os.kill(process, number)
        except OSError:
            continue


def _content(path: str) -> bytes:
    """Read a file of the kernel's; the library's files would take thrice the calls."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return b"".join(iter(lambda: os.read(file, 1 << 14), b""))
    finally:
        os.close(file)


def _processes() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    except OSError:
        return []


def _stat(process: int) -> list[int]:
    """Return parent, group and session of `process`; nothing when it is gone."""
    try:
        fields = _content(f"/proc/{process}/stat").rpartition(b")")[2].split()
    except OSError:
        return []
    return [int(field) for field in fields[1:4]]
