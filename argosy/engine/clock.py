"""The clock of a run: seconds since the epoch that never go back while the engine lives.

The wall clock is read once; from then on the monotonic clock counts, so that a clock that is set
during a run makes no duration negative. Like it, this one stands still while the machine sleeps:
durations and time-outs are time awake.
"""

import time
from collections.abc import Callable


class Clock:
    """Starts at the wall clock."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._steady = steady
        self._offset = wall() - steady()

    def reach(self, at: float) -> None:
        """Go on from `at` at least: what an earlier engine has noted is past."""
        self._offset = max(self._offset, at - self._steady())

    def now(self) -> float:
        """Return the time in seconds since the epoch."""
        return self._offset + self._steady()
