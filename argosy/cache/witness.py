"""A witness of files: it knows what they hold, and reads again only what may have changed.

As in git's index, a file whose size, times, inode and mode are those of its last reading holds
what it held. Times are not trusted while the file is so young that a change could share them.
"""

import os
import stat
import time
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

_FINE, _COARSE = 20_000_000, 2_000_000_000  # nanoseconds: what a clock of a file system resolves
MISSING, REGULAR, EXECUTABLE = "missing", "f", "x"


class Witness:
    """Digests of files and folders by path; `seen` are (signature, digest) of earlier readings."""

    def __init__(self, seen: Mapping[str, tuple[str, str]]) -> None:
        self._seen = seen
        self.news: dict[str, tuple[str, str]] = {}

    def digest(self, path: str) -> str:
        """Return what tells the content of `path`, its kind and its executable bit from others."""
        try:
            found = os.lstat(path)
        except OSError:
            return MISSING
        signature = _signature(found)
        known = self._seen.get(path) or self.news.get(path)
        if known and known[0] == signature:
            return known[1]
        try:
            digest = _read(path, found.st_mode)
        except OSError:
            return MISSING
        self._remember(path, found, digest)
        return digest

    def wrote(self, path: str, digest: str) -> None:
        """Remember a file that this process has just written, without reading it."""
        self._remember(path, os.lstat(path), digest)

    def _remember(self, path: str, found: os.stat_result, digest: str) -> None:
        if _older(found, time.time_ns()):
            self.news[path] = (_signature(found), digest)

    def calm(self, paths: Iterable[str], since: int) -> bool:
        """Whether nothing at `paths` has changed since that time (nanoseconds of the epoch)."""
        return all(_unchanged(path, since) for path in paths)


def _signature(found: os.stat_result) -> str:
    times = f"{found.st_mtime_ns} {found.st_ctime_ns}"
    return f"{found.st_mode} {found.st_size} {times} {found.st_ino} {found.st_dev}"


def _unchanged(path: str, since: int) -> bool:
    try:
        return _older(os.lstat(path), since)
    except OSError:
        return True


def _older(found: os.stat_result, moment: int) -> bool:
    """Whether a change after `moment` would show in the times; of a link's target it would not."""
    if stat.S_ISLNK(found.st_mode):
        return False
    newest = max(found.st_mtime_ns, found.st_ctime_ns)
    return newest < moment - (_FINE if newest % 1_000_000 else _COARSE)


def _read(path: str, mode: int) -> str:
    if stat.S_ISLNK(mode):
        link = Path(path)
        return f"l{link.readlink()}:{_read(path, link.stat().st_mode)}"
    if stat.S_ISDIR(mode):
        return f"d{sha256(_listing(path)).hexdigest()}"
    if not stat.S_ISREG(mode):
        return f"o{stat.S_IFMT(mode)}"
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a tenth of the time of pathlib
        kind = EXECUTABLE if mode & stat.S_IXUSR else REGULAR
        return f"{kind}{sha256(file.readall()).hexdigest()}"


def _listing(path: str) -> bytes:
    with os.scandir(path) as entries:
        lines = sorted(f"{_kind(entry)}{entry.name}" for entry in entries)
    return "\0".join(lines).encode("utf-8", "surrogateescape")


def _kind(entry: "os.DirEntry[str]") -> str:
    if entry.is_symlink():
        return "l"
    return "d" if entry.is_dir() else "f"
