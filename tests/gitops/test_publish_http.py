"""The protocol over smart HTTP, spoken by git's own server."""

import base64
import os
import subprocess
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitops.git import GitFailure
from gitops.outcome import Held, Published, Superseded, Unchanged
from gitops.published import read_published

if TYPE_CHECKING:
    from tests.gitops.conftest import Place, Serve

_LOGIN = "Basic " + base64.b64encode(b"bob:hunter2").decode()


class _Backend(BaseHTTPRequestHandler):
    """Runs `git http-backend` for who has the password."""

    root = Path()

    def _serve(self) -> None:
        if self.headers.get("Authorization") != _LOGIN:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        env = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "bob",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
        status = next((value for name, value in lines if name == "Status"), "200")
        self.send_response(int(status[:3]))
        for name, value in lines:
            if name != "Status":
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _serve  # noqa: N815 - the names are inherited

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited too
        pass


@pytest.fixture
def host(place: "Place", serve: "Serve") -> str:
    handler = type("Handler", (_Backend,), {"root": place.bare.parent})
    return f"{serve(handler)}/{place.bare.name}"


@pytest.mark.parametrize("filtering", ["true", "false"])
def test_the_whole_protocol_over_http(place: "Place", host: str, filtering: str) -> None:
    place.git("config", "uploadpack.allowFilter", filtering, at=place.bare)
    target = place.target(repository=f"http://bob:hunter2@{host}")
    place.by_hand(lambda clone: (clone / "big").write_bytes(os.urandom(50_000)))
    old = place.commit("old")
    first = place.publish(target=target, source=place.commit("new"))
    assert isinstance(first, Published)
    assert isinstance(place.publish(target=target), Unchanged)
    assert isinstance(place.publish({}, target=target, source=old), Superseded)
    place.by_hand(lambda clone: (clone / "envs/dev/digits/configmap.yaml").write_text("x"))
    held = place.publish({**place.files, "a.yaml": b"a\n"}, target=target)
    assert isinstance(held, Held)
    published = read_published(target, place.state)
    assert published is not None
    assert published.files["digits/configmap.yaml"] == b"x"


def test_a_credential_helper_is_asked(place: "Place", host: str) -> None:
    place.git("config", "--global", "credential.helper",
              "!f() { echo username=bob; echo password=hunter2; }; f")  # fmt: skip
    assert isinstance(place.publish(target=place.target(repository=f"http://{host}")), Published)


def test_without_a_credential_nobody_is_asked(place: "Place", host: str) -> None:
    with pytest.raises(GitFailure, match="permission denied by") as caught:
        place.publish(target=place.target(repository=f"http://{host}"))
    assert "credential" in caught.value.hint
