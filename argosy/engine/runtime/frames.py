"""Messages between the engine and its supervisor: marshalled lists behind their length.

Both ends are the same interpreter, and one of them must start in milliseconds: hence marshal.
"""

import marshal
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HEADER = 4
_CHUNK = 1 << 16


def packed(message: "list[Any]") -> bytes:
    """Return `message` as bytes to be written."""
    data = marshal.dumps(message)
    return len(data).to_bytes(_HEADER, "little") + data


class Inbox:
    """Reads whole messages from a descriptor."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor, self.closed = descriptor, False
        self._buffer = bytearray()

    def receive(self) -> "list[list[Any]]":
        """Read once, and return the messages that are complete; none, and `closed`, at the end."""
        data = os.read(self.descriptor, _CHUNK)
        self.closed = not data
        self._buffer += data
        return list(iter(self._next, []))

    def _next(self) -> "list[Any]":
        size = int.from_bytes(self._buffer[:_HEADER], "little") + _HEADER
        if len(self._buffer) < max(size, _HEADER + 1):
            return []
        message: list[Any] = marshal.loads(self._buffer[_HEADER:size])  # noqa: S302 - our own
        del self._buffer[:size]
        return message


class Outbox:
    """Writes to a non-blocking descriptor what fits, and keeps the rest for later."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor = descriptor
        self.waiting = bytearray()

    def send(self, message: "list[Any]") -> None:
        """Queue a message; `flush` writes it."""
        self.waiting += packed(message)

    def flush(self) -> None:
        """Write what the other end takes now; raise `OSError` when it is gone."""
        while self.waiting:
            try:
                del self.waiting[: os.write(self.descriptor, self.waiting)]
            except BlockingIOError:
                return
