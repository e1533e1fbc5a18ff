"""`parallelism`: how many nodes may be at work at once, and who waits for it."""

from collections import deque
from collections.abc import Callable


class Gate:
    """Lets `limit` nodes be at work; others wait in the order of their coming."""

    __slots__ = ("_active", "_limit", "_waiting")

    def __init__(self, limit: int) -> None:
        self._limit, self._active = limit, 0
        self._waiting: deque[Callable[[], None]] = deque()

    def enter(self, begin: Callable[[], None]) -> None:
        """Call `begin` at once, or when a place is free."""
        if self._active >= self._limit:
            self._waiting.append(begin)
        else:
            self._active += 1
            begin()

    def leave(self) -> None:
        """Free a place, and give it to who waits for one."""
        if self._waiting:
            self._waiting.popleft()()
        else:
            self._active -= 1
