"""What is to be done later, by the clock that only goes forward."""

import heapq
import time
from collections.abc import Callable


class Timers:
    """Functions and when each is due."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call `call` after some seconds."""
        self._count += 1
        heapq.heappush(self._due, (time.monotonic() + seconds, self._count, call))

    def fire(self) -> None:
        """Call what is due."""
        while self._due and self._due[0][0] <= time.monotonic():
            heapq.heappop(self._due)[2]()

    def pause(self, longest: float) -> float:
        """Return how many seconds there are until the next is due, at most `longest`."""
        if not self._due:
            return longest
        return min(max(self._due[0][0] - time.monotonic(), 0.0), longest)
