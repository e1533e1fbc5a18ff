"""Waiting for what another process does: for a condition, never for a duration.

A limit is there so that a test which waits in vain ends; on a busy machine all else may take long.
What is to be ended by what is tested must go on by itself for longer than that: `sleep 300`.
"""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 120.0
Found = TypeVar("Found")


def wait_until(
    condition: Callable[[], Found],
    what: str,
    seen: Callable[[], object] = str,
    *,
    patience: float = PATIENCE,
    pause: float = 0.05,
) -> Found:
    """Wait for something true and return it; fail after `patience` s with what was `seen`."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not in {patience:.0f} s: {what}; seen: {seen()}"
        time.sleep(pause)
    return found
