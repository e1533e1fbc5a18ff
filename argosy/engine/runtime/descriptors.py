"""How many files may be open: many in the supervisor, as many as ever in what it starts."""

import contextlib
import resource

_ENOUGH = 1 << 16
_EACH, _OWN = 3, 32  # a step's log and its pipes; what else is open here
_USUAL, _MOST = resource.getrlimit(resource.RLIMIT_NOFILE)


class Descriptors:
    """The bound of this process, which is raised once there are steps for which it is too low."""

    def __init__(self) -> None:
        self._bound = _USUAL

    def suffice(self, steps: int) -> None:
        """Let so many steps run at once, if that is allowed."""
        if steps * _EACH + _OWN > self._bound != _most():
            self._bound = _most()
            self.restore()

    def usual(self) -> None:
        """Take the bound that a process which starts now would have without us."""
        if self._bound != _USUAL:
            resource.setrlimit(resource.RLIMIT_NOFILE, (_USUAL, _MOST))

    def restore(self) -> None:
        """Take our own bound again."""
        if self._bound != _USUAL:
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (self._bound, _MOST))


def _most() -> int:
    most = _ENOUGH if _MOST == resource.RLIM_INFINITY else min(_ENOUGH, _MOST)
    return max(_USUAL, most)
