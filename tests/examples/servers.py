"""Small servers that a pipeline talks to: processes of their own, gone afterwards."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("0.0.0.0", 0))  # noqa: S104
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(log: Path, port: int, *command: str) -> Iterator[None]:
    """Run a Python program that listens on `port`; what it says goes to `log`."""
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, *command], stdout=out, stderr=out, start_new_session=True
        )
    try:
        deadline = time.monotonic() + 120
        while not _listens(port):
            assert server.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < deadline, "it does not listen"
            time.sleep(0.05)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
