"""Logs as a terminal may show them, read piece by piece while they grow."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

_PIECE = 1 << 16
_LONGEST = 1 << 20  # a line without an end is shown in pieces of this size
# colours, cursor movements, window titles and the like
_STEERING = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")


def cleaned(line: str) -> str:
    """Return a line without what steers a terminal; of a progress bar its last state."""
    text = line.rstrip("\r").rpartition("\r")[2]
    text = _STEERING.sub("", text) if "\x1b" in text else text
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter == "\t" else "·" for letter in text)


class Reading:
    """A log file in reading; it may not be there yet, grow, or be put in order at its end."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._offset, self._inode = 0, 0
        self._rest = b""

    def raw(self) -> Iterator[bytes]:
        """Yield what is new, as it was written."""
        try:
            with self.file.open("rb") as opened:
                yield from self._new(opened.fileno())
        except OSError:
            return

    def _new(self, handle: int) -> Iterator[bytes]:
        found = os.fstat(handle)
        if self._inode not in (0, found.st_ino) or found.st_size < self._offset:
            # beyond its bounds a log keeps its end; the middle is gone for those who follow
            yield b"\n"
            self._offset = max(found.st_size - _PIECE, 0)
        self._inode = found.st_ino
        while piece := os.pread(handle, _PIECE, self._offset):
            self._offset += len(piece)
            yield piece

    def lines(self, *, last: bool) -> Iterator[str]:
        """Yield the new lines, cleaned; with `last` also one without an end."""
        for piece in self.raw():
            whole = (self._rest + piece).split(b"\n")
            self._rest = whole.pop()
            yield from (cleaned(line.decode("utf-8", "replace")) for line in whole)
            if len(self._rest) > _LONGEST:
                yield self._end()
        if last and self._rest:
            yield self._end()

    def _end(self) -> str:
        text, self._rest = cleaned(self._rest.decode("utf-8", "replace")), b""
        return text
