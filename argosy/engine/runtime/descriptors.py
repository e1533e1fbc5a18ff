"""How many files may be open: many in the supervisor, as many as ever in what it starts."""

import contextlib
import resource

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ENOUGH = 1 << 16  # two for each step that runs
_USUAL, _MOST = resource.getrlimit(resource.RLIMIT_NOFILE)


def _wanted() -> int:
    most = _ENOUGH if _MOST == resource.RLIM_INFINITY else min(_ENOUGH, _MOST)
    return max(_USUAL, most)


def allow() -> None:
    """Let this process open as many as it may."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (_wanted(), _MOST))


@contextlib.contextmanager
def usual() -> "Iterator[None]":
    """Give a process that starts within the bound that it would have without us."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (_USUAL, _MOST))
    try:
        yield
    finally:
        allow()
