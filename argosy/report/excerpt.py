"""Pieces of files that a run left: bounded, cleaned, never followed, never executed."""

import os
import re
import stat
from pathlib import Path

from compiler.record import record

_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
# what would steer a terminal or turn the order of letters round
_STEERS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


@record
class Excerpt:
    """The head and the tail of a text; `left_out` bytes lie between them."""

    head: str
    tail: str = ""
    left_out: int = 0
    size: int = 0


def clean(text: str) -> str:
    """Return `text` without terminal sequences, other control characters as `·`."""
    return _STEERS.sub("·", _SEQUENCE.sub("", text))


def cut(text: str, limit: int) -> str:
    """Return at most `limit` letters of `text`, with `…` where some are left out."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def open_plain(path: Path) -> int:
    """Open a regular file for reading; raise `OSError` for links, pipes, devices and folders."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(None, "is no plain file", str(path))
    return handle


def head(path: Path, limit: int) -> bytes:
    """Return the first `limit` bytes of a regular file; raise `OSError` if it is none."""
    with os.fdopen(open_plain(path), "rb") as file:
        return file.read(limit)


def log(path: Path, limit: int) -> Excerpt:
    """Return the log at `path`, as lines for people: a fifth of `limit` bytes from its head.

    A line that was written over, as progress bars are, is told as it was last.
    """
    with os.fdopen(open_plain(path), "rb") as file:
        total = os.fstat(file.fileno()).st_size
        if total <= limit:
            return Excerpt(_lines(file.read(limit)), size=total)
        first = file.read(limit // 5)
        file.seek(total - (limit - limit // 5))
        last = file.read(limit - limit // 5)
    first, last = _whole(first, tail=False), _whole(last, tail=True)
    return Excerpt(_lines(first), _lines(last), total - len(first) - len(last), total)


def _whole(piece: bytes, *, tail: bool) -> bytes:
    """Leave out the part of a line at the cut, unless the line is most of the piece."""
    place = piece.find(b"\n") if tail else piece.rfind(b"\n")
    if place < 0 or (place > len(piece) // 2 if tail else place < len(piece) // 2):
        return piece
    return piece[place + 1 :] if tail else piece[: place + 1]


def _lines(content: bytes) -> str:
    text = content.decode("utf-8", "replace").replace("\r\n", "\n")
    return clean("\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n")))
