"""What a host's API answers when it does not do what was asked."""

from argosy.failure import Failure


class HostFailure(Failure):
    """The host cannot be reached, or refuses; `status` is its HTTP status, 0 when it gave none."""

    def __init__(self, message: str, hint: str = "", status: int = 0) -> None:
        super().__init__(message, hint)
        self.status = status


class TooLongFailure(HostFailure):
    """A text is longer than the host takes: a shorter one may be tried."""


class LimitFailure(HostFailure):
    """Too many requests, and the host wants us to wait for longer than we have."""


class SilentFailure(HostFailure):
    """The host gave no answer, or none that could be read: what was asked may have been done."""
