"""The live tree on a terminal: frames written over each other, a few a second."""

import sys
import threading
import time
from collections.abc import Mapping

from argosy.cli import terminal
from argosy.cli.run_tree import Row, Tree, heading
from argosy.cli.run_words import PLAIN, columns, cut
from argosy.engine.nodes import Event

_PAUSE, _TICK = 0.1, 1.0
_SHARE = 20  # a frame may take this part of the time
_TIME = 7
_COLOURS = {"Succeeded": "32", "Failed": "1;31", "Error": "1;31", "Running": "36", "Pending": "33"}
_DIM = "2"


class Screen:
    """Draws a tree from a thread of its own while the run goes on; use as a context."""

    def __init__(self, run: str, plan: Mapping[str, tuple[str, ...]]) -> None:
        self.tree, self.started = Tree(run, plan), time.time()
        self.coloured = terminal.coloured(sys.stderr)
        self.unicode = terminal.writes_unicode(sys.stderr)
        self._drawn: list[int] = []
        self._changed, self._ended = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def __call__(self, event: Event) -> None:
        """Take a change; drawing is left to the thread."""
        with self._lock:
            self.tree.add(event)
        self._changed.set()
        if self._thread is None:
            # only now: the engine has made its own processes by then
            self._thread = threading.Thread(target=self._animate, daemon=True)
            self._thread.start()

    def __enter__(self) -> "Screen":
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._changed.set()
        if self._thread is not None:
            self._thread.join()
            self._draw()

    def _animate(self) -> None:
        while not self._ended.is_set():
            before = time.monotonic()
            self._draw()
            spent = time.monotonic() - before
            self._ended.wait(max(_PAUSE, spent * _SHARE))
            self._changed.wait(_TICK)
            self._changed.clear()

    def _draw(self) -> None:
        width, height = terminal.size()
        with self._lock:
            lines = self._frame(width, height, time.time())
        up = sum(max((drawn - 1) // width + 1, 1) for drawn in self._drawn)
        back = f"\r\033[{up}A" if up else "\r"
        body = "".join(f"{line}\033[K\n" for line, _ in lines)
        terminal.write_over(f"{back}{body}\033[J")
        self._drawn = [used for _, used in lines]

    def _frame(self, width: int, height: int, now: float) -> list[tuple[str, int]]:
        """Return each line as it is written, and the columns that it takes."""
        rows = self.tree.rows(now, max(height - 2, 1))
        room = max(width - 1, 1)
        longest = max((2 * row.depth + columns(row.name) for row in rows), default=0)
        names = max(min(longest, room * 2 // 5 if room > 40 else room - _TIME - 3), 1)
        head = cut(self._spelled(heading(self.tree, self.started, now)), room)
        return [(head, columns(head)), *(self._line(row, names, room) for row in rows)]

    def _line(self, row: Row, names: int, room: int) -> tuple[str, int]:
        indent = "  " * min(row.depth, names // 4)
        name = cut(self._spelled(f"{indent}{row.name}"), names)
        name += " " * (names - columns(name))
        sign = self._spelled(row.mark)
        parts = f"{sign} {name} {row.time:>{_TIME}}"
        left = room - columns(parts) - 2
        detail = cut(self._spelled(row.detail), left) if left > 3 else ""
        text = cut(f"{parts}  {detail}".rstrip(), room)
        shown = f"{self._paint(row.style, sign)}{text[1:]}" if text else ""
        return shown, columns(text)

    def _paint(self, phase: str, text: str) -> str:
        if not self.coloured:
            return text
        return f"\033[{_COLOURS.get(phase, _DIM)}m{text}\033[0m"

    def _spelled(self, text: str) -> str:
        text = "".join(letter if letter.isprintable() else "·" for letter in text)
        if self.unicode:
            return text
        return "".join(c if c.isascii() else PLAIN.get(c, "?") for c in text)
