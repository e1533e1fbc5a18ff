"""A log of bounded size: the first bytes and the last ones, with a line that counts the rest."""

import os

_CHUNK = 1 << 20


class Spool:
    """Writes a log file of at most `head` + `tail` bytes and a line, in constant memory.

    Beyond `head` the file is a ring of `tail` bytes, which `close` puts in order. A disk that is
    full costs the log, never the step: `problem` then says what was wrong.
    """

    def __init__(self, path: bytes, head: int, tail: int) -> None:
        self._path, self._head, self._tail = path, head, max(tail, 1)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        self._total = 0
        self.problem = ""

    def write(self, data: memoryview) -> None:
        """Append `data`."""
        while data and not self.problem:
            offset, room = self._place()
            try:
                written = os.pwrite(self._file, data[:room], offset)
            except OSError as error:
                self.problem = f"log cut at {self._total} bytes: {error.strerror}"
                return
            self._total += written
            data = data[written:]

    def _place(self) -> tuple[int, int]:
        if self._total < self._head:
            return self._total, self._head - self._total
        within = (self._total - self._head) % self._tail
        return self._head + within, self._tail - within

    @property
    def dropped(self) -> int:
        """How many bytes the finished log lacks."""
        return max(self._total - self._head - self._tail, 0)

    def close(self) -> None:
        """Put the log in order."""
        try:
            if self.dropped:
                self._reorder()
        except OSError as error:
            self.problem = self.problem or f"log not put in order: {error.strerror}"
        finally:
            os.close(self._file)

    def _reorder(self) -> None:
        partial = self._path + b".partial"
        target = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        oldest = self._head + (self._total - self._head) % self._tail
        try:
            self._copy(target, 0, self._head)
            os.write(target, f"\n… {self.dropped} bytes dropped …\n".encode())
            self._copy(target, oldest, self._head + self._tail)
            self._copy(target, self._head, oldest)
            os.replace(partial, self._path)  # noqa: PTH105 - pathlib would double the start
        except OSError:
            os.unlink(partial)  # noqa: PTH108
            raise
        finally:
            os.close(target)

    def _copy(self, target: int, start: int, end: int) -> None:
        while start < end:
            data = os.pread(self._file, min(_CHUNK, end - start), start)
            if not data:
                return
            os.write(target, data)
            start += len(data)


class Last:
    """Keeps the last `size` bytes of a stream for a file, as Argo does with a result."""

    def __init__(self, path: bytes, size: int) -> None:
        self._path, self._size = path, size
        self._data = bytearray()
        self.problem = ""

    def write(self, data: memoryview) -> None:
        """Append `data`."""
        self._data += data
        if len(self._data) > 2 * self._size:
            del self._data[: -self._size]

    def close(self) -> None:
        """Write the file."""
        try:
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            os.write(file, self._data[-self._size :])
            os.close(file)
        except OSError as error:
            self.problem = f"result not written: {error.strerror}"
