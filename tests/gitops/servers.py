"""Git servers over HTTP: git's own, and what can go wrong on the way to it."""

import base64
import os
import subprocess
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import ClassVar

from tests.servers import Quiet

LOGIN = ("bob", "hunter2-canary")


def http_backend(
    request: BaseHTTPRequestHandler, root: Path, path: str, query: str, body: bytes
) -> bytes:
    """Return what `git http-backend` says to a request for `path` below `root`."""
    headers = request.headers
    env = {
        **os.environ,
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REMOTE_USER": "bob",
        "REQUEST_METHOD": request.command,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "GIT_PROTOCOL": headers.get("Git-Protocol", ""),
        "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
    }
    done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True)
    return done.stdout


def parted(raw: bytes) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and content of what a CGI program said."""
    head, _, content = raw.partition(b"\r\n\r\n")
    lines = (line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    headers = dict(lines)
    return int(headers.pop("Status", "200")[:3]), headers, content


class Backend(Quiet):
    """Runs `git http-backend` for who has the password; for everybody where there is none."""

    root = Path()
    login: ClassVar[tuple[str, str] | None] = LOGIN

    def authorised(self) -> bool:
        """Say whether the request has the login, and ask for it if not."""
        if self.login is None:
            return True
        word = base64.b64encode(":".join(self.login).encode()).decode()
        if self.headers.get("Authorization") == f"Basic {word}":
            return True
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def serve(self) -> None:
        """Answer as git does."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.authorised():
            self.answer(self.ask(body))

    def ask(self, body: bytes) -> bytes:
        """Return what git's backend answers."""
        path, _, query = self.path.partition("?")
        return http_backend(self, self.root, path, query, body)

    def answer(self, raw: bytes) -> None:
        """Send what a CGI program said."""
        status, headers, content = parted(raw)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        with suppress(ConnectionError):  # the client was killed meanwhile
            self.end_headers()
            self.wfile.write(content)

    do_GET = do_POST = serve  # noqa: N815 - the names are inherited


class Open(Backend):
    """Asks nobody for a password."""

    login = None


class Cut(Backend):
    """Takes the first push, and cuts the connection instead of saying so."""

    cuts = 1

    def answer(self, raw: bytes) -> None:
        """Answer, but not the first push."""
        if self.path.endswith("/git-receive-pack") and type(self).cuts:
            type(self).cuts -= 1
            self.close_connection = True
            return
        super().answer(raw)

    do_GET = do_POST = Backend.serve  # noqa: N815 - the names are inherited


class Hanging(Backend):
    """Accepts a push, and never answers it."""

    released = threading.Event()

    def serve(self) -> None:
        """Answer everything else."""
        if self.path.endswith("/git-receive-pack"):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.released.wait(120)
            return
        super().serve()

    do_GET = do_POST = serve  # noqa: N815 - the names are inherited


class Counting(Backend):
    """Counts the bytes it has sent."""

    sent = 0

    def answer(self, raw: bytes) -> None:
        """Answer, and count."""
        type(self).sent += len(raw)
        super().answer(raw)


class Refusing(Backend):
    """Refuses every push."""

    status = 403

    def serve(self) -> None:
        """Answer everything else."""
        if "git-receive-pack" not in self.path:
            super().serve()
        elif self.authorised():
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(self.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    do_GET = do_POST = serve  # noqa: N815 - the names are inherited


def hook(bare: Path, name: str, script: str) -> Path:
    """Give a repository a hook."""
    path = bare / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def meanwhile(bare: Path, command: str, after: str = "exit 0") -> None:
    """Let something happen once, between what a publisher saw and its push."""
    path = bare / "hooks" / "pre-receive"
    hook(bare, "pre-receive", f"rm {path}\nunset GIT_QUARANTINE_PATH\n{command}\n{after}")
