"""Inputs: what a compilation reads of the source tree, told to whoever wants to know.

A cache is right only if it knows all of it. Whatever reads a file or a folder says so here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_observer: ContextVar[set[str] | None] = ContextVar("observer", default=None)


@contextmanager
def observed() -> Iterator[set[str]]:
    """Collect the absolute path of each file and folder that is read meanwhile, or looked for."""
    found: set[str] = set()
    token = _observer.set(found)
    try:
        yield found
    finally:
        _observer.reset(token)


def note(path: Path) -> Path:
    """Say that `path` is read, whether it exists or not; return it."""
    found = _observer.get()
    if found is not None:
        found.add(str(path))
    return path
