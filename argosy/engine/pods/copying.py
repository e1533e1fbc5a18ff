"""Files from here to there: shared where that is safe, copied in constant memory where not."""

import contextlib
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from argosy.engine import disk
from argosy.engine.failure import EngineError

SHARED_FROM = 1 << 30  # bytes from which a consumer gets a read-only link rather than a copy
_FICLONE = 0x40049409
_UNABLE: set[int] = set()  # devices that were found unable to clone
Take = Callable[[Path, Path], None]


def take(source: Path, target: Path, *, links: bool = True, empty: bool = True) -> None:
    """Keep an output where it costs nothing: by hard links, which later writes would reach.

    Without `links` and `empty`, symbolic links and empty folders are left out. Raise `EngineError`
    for what is no file, folder or link.
    """
    _tree(source, target, _linked, links=links, empty=empty)


def give(source: Path, target: Path) -> None:
    """Hand an artifact to a consumer who may change it: a clone, or a copy.

    A file of a GiB or more that cannot be cloned is linked, write-protected.
    """
    _tree(source, target, _cloned, links=True, empty=True)


def copy(source: Path, target: Path) -> None:
    """Copy what others may still write to, such as a claim."""
    _tree(source, target, _copied, links=True, empty=True)


def _tree(source: Path, target: Path, one: Take, *, links: bool, empty: bool) -> None:
    disk.point("copy")
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = (source.stat() if not source.is_symlink() or source.exists() else source.lstat()).st_mode
    if stat.S_ISDIR(mode):
        _folder(source.resolve(), target, one, links=links, empty=empty)
    else:
        _one(source.resolve(), target, mode, one)


def _folder(source: Path, target: Path, one: Take, *, links: bool, empty: bool) -> None:
    pending = [(source, target)]
    target.mkdir(parents=True, exist_ok=True)
    while pending:
        here, there = pending.pop()
        if empty:
            there.mkdir(exist_ok=True)
            there.chmod(stat.S_IMODE(here.stat().st_mode) | stat.S_IRWXU)
        for path, mode in _entries(here):
            if stat.S_ISDIR(mode):
                pending.append((path, there / path.name))
            elif links or not stat.S_ISLNK(mode):
                there.mkdir(parents=True, exist_ok=True)
                _one(path, there / path.name, mode, one)


def _entries(folder: Path) -> Iterator[tuple[Path, int]]:
    with os.scandir(folder) as entries:
        yield from ((Path(e.path), e.stat(follow_symlinks=False).st_mode) for e in entries)


def _one(source: Path, target: Path, mode: int, one: Take) -> None:
    if stat.S_ISLNK(mode):
        target.unlink(missing_ok=True)
        target.symlink_to(source.readlink())
    elif stat.S_ISREG(mode):
        target.unlink(missing_ok=True)
        one(source, target)
    else:
        raise EngineError(f"{source} is a {_kind(mode)}: only files, folders and links are kept")


def _kind(mode: int) -> str:
    kinds = {stat.S_IFIFO: "named pipe", stat.S_IFSOCK: "socket"}
    return kinds.get(stat.S_IFMT(mode), "device")


def _linked(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        _copied(source, target)


def _cloned(source: Path, target: Path) -> None:
    if _clone(source, target):
        return
    if source.stat().st_size >= SHARED_FROM:
        with contextlib.suppress(OSError):
            os.link(source, target)
            target.chmod(stat.S_IMODE(target.stat().st_mode) & ~0o222)
            return
    _streamed(source, target)


def _copied(source: Path, target: Path) -> None:
    if not _clone(source, target):
        _streamed(source, target)


def _clone(source: Path, target: Path) -> bool:
    """Share the blocks of a file, copy on write, where the file system can (Linux)."""
    import shutil

    device = source.stat().st_dev
    if sys.platform != "linux" or device in _UNABLE:
        return False
    import fcntl

    try:
        with source.open("rb") as reading, target.open("wb") as writing:
            fcntl.ioctl(writing.fileno(), _FICLONE, reading.fileno())
    except OSError:
        _UNABLE.add(device)
        target.unlink(missing_ok=True)
        return False
    shutil.copystat(source, target)
    return True


def _streamed(source: Path, target: Path) -> None:
    import shutil

    found = source.stat()
    if found.st_blocks * 512 >= found.st_size:
        shutil.copyfile(source, target)
    else:
        _sparsely(source, target, found.st_size)
    shutil.copystat(source, target)


def _sparsely(source: Path, target: Path, size: int) -> None:
    """Copy the data of a file with holes, and leave the holes."""
    with source.open("rb") as reading, target.open("wb") as writing:
        at = 0
        while at < size:
            try:
                at = os.lseek(reading.fileno(), at, os.SEEK_DATA)
            except OSError:
                break  # nothing but a hole is left
            end = os.lseek(reading.fileno(), at, os.SEEK_HOLE)
            writing.seek(at)
            while at < end and (data := os.pread(reading.fileno(), min(end - at, 1 << 20), at)):
                writing.write(data)
                at += len(data)
        writing.truncate(size)
