"""The server: this machine only, a thread for each connection, quiet."""

import contextlib
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from argosy.engine import journal
from argosy.engine.journal import Follower
from argosy.failure import Failure
from argosy.report.run_view import ENDED
from argosy.ui.access import Access
from argosy.ui.answer import Answer, refusal
from argosy.ui.site import Site

_BIGGEST = 64 * 1024
_LOOK, _TICK, _STREAMS = 1.0, 5.0, 64


class Server(ThreadingHTTPServer):
    """Serves the runs of a state folder; `address` carries the token, in a part never sent."""

    daemon_threads = True

    def __init__(self, state: Path, port: int) -> None:
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            hint = "another argosy ui may run there; without --port a free one is taken"
            raise Failure(f"port {port} cannot be used: {error.strerror}", hint) from None
        self.port: int = self.server_address[1]
        self.site = Site(state, Access(self.port))
        self.stopped = threading.Event()
        self.streams = threading.BoundedSemaphore(_STREAMS)

    @property
    def address(self) -> str:
        """Return the address that opens the page."""
        return f"http://127.0.0.1:{self.port}/#token={self.site.access.token}"

    def close(self) -> None:
        """Stop serving; end what was started on request."""
        self.stopped.set()
        self.site.mlflow.close()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Be quiet: a browser may hang up at any time."""


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 60
    server_version, sys_version = "argosy", ""
    error_content_type = "text/plain"
    error_message_format = "%(code)d %(message)s"

    def do_GET(self) -> None:
        """Answer, or begin a stream of events."""
        if urlsplit(self.path).path == "/events":
            self._stream()
        else:
            self._send(self.server.site.get(self.path, _plain(self.headers)))

    def do_POST(self) -> None:
        """Answer."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _BIGGEST:
            self.close_connection = True
            self._send(refusal(413, "too much is asked"))
            return
        body = self.rfile.read(int(length))
        self._send(self.server.site.post(self.path, _plain(self.headers), body))

    def _send(self, answer: Answer) -> None:
        with answer.file or contextlib.nullcontext():
            self.send_response(answer.status)
            for name, value in answer.all_headers().items():
                self.send_header(name, value)
            self.end_headers()
            if answer.file is None:
                self.wfile.write(answer.body)
                return
            # a log that grows meanwhile would break the connection
            shutil.copyfileobj(_Bounded(answer), self.wfile)
            self.close_connection = True

    def _stream(self) -> None:
        site, headers = self.server.site, _plain(self.headers)
        self.close_connection = True
        if not site.access.knows_host(headers) or site.access.session(headers) is None:
            self._send(refusal(403, "the session has ended"))
            return
        run = parse_qs(urlsplit(self.path).query).get("run", ["*"])[-1]
        if not self.server.streams.acquire(blocking=False):
            self._send(refusal(503, "too many pages are open"))
            return
        try:
            self._tell(run)
        except Failure as failure:
            self._send(refusal(404, failure.message))
        finally:
            self.server.streams.release()

    def _tell(self, run: str) -> None:
        changes = _listed(self.server.site) if run == "*" else _changes(self.server.site, run)
        last = next(changes)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        while not self.server.stopped.wait(_LOOK):
            now = next(changes)
            # a comment finds out whether anybody is still there
            self.wfile.write(b": \n\n" if now == last else b"data: changed\n\n")
            self.wfile.flush()
            last = now

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing: the terminal is the user's."""


class _Bounded:
    """As many bytes of a file as were promised."""

    def __init__(self, answer: Answer) -> None:
        self._file, self._left = answer.file, answer.size

    def read(self, count: int = -1) -> bytes:
        """Return the next bytes; nothing after the last."""
        piece = self._file.read(min(count, self._left)) if self._file and self._left else b""
        self._left -= len(piece)
        return piece


def _plain(headers: Message) -> Mapping[str, str]:
    """Return the headers by their usual names; of a repeated one nothing is believed."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        key = name.title()
        found[key] = "" if key in found else value
    return found


def _listed(site: Site) -> Iterator[object]:
    while True:
        yield journal.runs(site.state, 50)


def _changes(site: Site, run: str) -> Iterator[object]:
    """Yield what differs when a run has changed; now and then while it goes on, for its clock."""
    if not (site.stored(run).folder / "run.db").exists():
        while True:
            yield None
    with Follower(site.state, run) as follower:
        while True:
            found = follower.news()
            clock = 0 if found.phase in ENDED else int(time.monotonic() / _TICK)
            yield found.revision, found.phase, clock


def serve(server: Server) -> None:
    """Serve until the thread is interrupted."""
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever(poll_interval=0.2)
