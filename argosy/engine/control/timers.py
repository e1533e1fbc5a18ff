"""What is to be done later, by the clock that only goes forward."""

import heapq
import time
from collections.abc import Callable


class Timers:
    """Functions and when each is due."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._hasty: set[int] = set()

    def later(self, seconds: float, call: Callable[[], None], *, hasty: bool = False) -> None:
        """Call `call` after some seconds; a `hasty` one at once when the run is to end."""
        self._count += 1
        if hasty:
            self._hasty.add(self._count)
        heapq.heappush(self._due, (time.monotonic() + seconds, self._count, call))

    def fire(self) -> None:
        """Call what is due."""
        while self._due and self._due[0][0] <= time.monotonic():
            _, count, call = heapq.heappop(self._due)
            self._hasty.discard(count)
            call()

    def hurry(self) -> None:
        """Make due what would wait in vain."""
        self._due = [(0.0 if at in self._hasty else due, at, call) for due, at, call in self._due]
        heapq.heapify(self._due)
        self._hasty.clear()

    def pause(self, longest: float) -> float:
        """Return how many seconds there are until the next is due, at most `longest`."""
        if not self._due:
            return longest
        return min(max(self._due[0][0] - time.monotonic(), 0.0), longest)
