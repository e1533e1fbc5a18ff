"""Small servers that tests talk to, in threads or processes of their own, gone afterwards."""

import contextlib
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.patience import wait_until


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
        wait_until(lambda: _listens(port) or server.poll() is not None, "it listens", patience=300)
        assert server.poll() is None, log.read_text("utf-8")
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait()


class Quiet(BaseHTTPRequestHandler):
    """A handler that writes nothing about what it is asked."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited too
        """Say nothing."""


@contextlib.contextmanager
def listening(
    handler: type[socketserver.StreamRequestHandler], host: str = "127.0.0.1"
) -> Iterator[int]:
    """Let `handler` answer what comes in at a port of `host`, and yield that."""
    with ThreadingHTTPServer((host, 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def mlflow(folder: Path, port: int, *options: str) -> contextlib.AbstractContextManager[None]:
    """Run MLflow's own server, with an empty store in a new folder."""
    folder.mkdir()
    kept = ["--backend-store-uri", f"sqlite:///{folder}/db", "--serve-artifacts"]
    kept += ["--artifacts-destination", f"{folder}/a", "--workers", "1"]
    command = ("-m", "mlflow", "server", "--port", str(port), *kept, *options)
    return serving(folder / "log", port, *command)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
