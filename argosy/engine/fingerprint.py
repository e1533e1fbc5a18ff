"""What an artifact was when its step ended, so that it is not believed when it has changed."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from compiler.record import record

LIMIT = 256 * 1024 * 1024
_PIECE = 1024 * 1024


@record
class Fingerprint:
    """The size in bytes of all files, and a digest of names and contents.

    Beyond `LIMIT` bytes the digest is of names and sizes only: reading 50 GB again would cost more
    than it is worth, and says `names:` in front.
    """

    size: int
    digest: str


def take(path: Path, limit: int = LIMIT) -> Fingerprint:
    """Return the fingerprint of a file or folder; links are not followed.

    Raise `OSError` when it is not there or cannot be read.
    """
    import hashlib

    size = sum(found.st_size for _, found in entries(path) if stat.S_ISREG(found.st_mode))
    whole = size <= limit
    digest = hashlib.sha256()
    for entry, found in entries(path):
        name = os.fsencode(entry.relative_to(path))
        digest.update(b"%d:%s:%o:" % (len(name), name, stat.S_IFMT(found.st_mode)))
        digest.update(_content(entry, found) if whole else b"%d" % found.st_size)
    return Fingerprint(size, f"{'' if whole else 'names:'}{digest.hexdigest()}")


def entries(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield a file, or a folder and all below it in a fixed order, with what `lstat` says."""
    found = path.lstat()
    yield path, found
    if stat.S_ISDIR(found.st_mode):
        for name in sorted(os.listdir(path)):  # noqa: PTH208 - a million names, not a million paths
            yield from entries(path / name)


def _content(path: Path, found: os.stat_result) -> bytes:
    """Return the digest of a regular file, the target of a link, nothing for other kinds."""
    import hashlib

    if stat.S_ISLNK(found.st_mode):
        return os.fsencode(path.readlink())
    if not stat.S_ISREG(found.st_mode):
        return b""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.digest()
