"""A terminal, small: what stands on the screen after a program wrote to it."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping
from pathlib import Path

_TOKEN = re.compile(r"\x1b\[(\d*(?:;\d+)*)([A-Za-z])|\r|\n|[^\x1b\r\n]", re.DOTALL)


class Screen:
    """Knows what Argosy writes: text, returns, lines up, erasing, colours."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.lines: list[str] = [""]
        self.row = self.column = 0
        self.colours = 0

    def feed(self, text: str) -> None:
        """Take what a program wrote."""
        for token in _TOKEN.finditer(text):
            if token[2]:
                self._control(token[2], int((token[1] or "0").split(";")[0]))
            elif token[0] == "\r":
                self.column = 0
            elif token[0] == "\n":
                self._down()
            else:
                self._put(token[0])

    def _control(self, letter: str, number: int) -> None:
        if letter == "A":
            self.row = max(self.row - max(number, 1), 0, len(self.lines) - self.height)
        elif letter == "K":
            self.lines[self.row] = self.lines[self.row][: self.column]
        elif letter == "J":
            del self.lines[self.row + 1 :]
            self.lines[self.row] = self.lines[self.row][: self.column]
        else:
            assert letter == "m", letter
            self.colours += 1

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")

    def _put(self, letter: str) -> None:
        if self.column == self.width:
            self.column = 0
            self._down()
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[: self.column] + letter + line[self.column + 1 :]
        self.column += 1

    def shown(self) -> str:
        """Return everything, what has scrolled off included."""
        return "\n".join(line.rstrip() for line in self.lines)


def play(
    command: list[str],
    folder: Path,
    env: Mapping[str, str],
    size: tuple[int, int],
    act: Callable[["subprocess.Popen[bytes]", Screen, int], None] = lambda *_: None,
) -> tuple[Screen, int]:
    """Run `python -m argosy COMMAND` on a terminal of `size`; return the screen and exit code.

    `act` is called with the process, the screen and the terminal after each piece of output.
    """
    leader, follower = pty.openpty()
    resize(leader, size)
    process = subprocess.Popen(
        [sys.executable, "-m", "argosy", *command],
        cwd=folder,
        env=dict(env),
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
        # Ctrl-C reaches those whose terminal it is
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(follower)
    screen = Screen(*size)
    try:
        while piece := _read(leader):
            screen.feed(piece.decode("utf-8", "replace"))
            act(process, screen, leader)
        return screen, process.wait(60)
    finally:
        process.kill()
        process.wait()
        os.close(leader)


def resize(terminal: int, size: tuple[int, int]) -> None:
    """Give a terminal other columns and lines."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the last writer has closed it
        return b""
