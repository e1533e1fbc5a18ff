"""One request, one answer: what is an answer, what is none, and what never leaves the machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from argosy import exchange as module
from argosy.exchange import Answer, Silence, exchange
from tests.servers import Quiet, listening

SECRET = "ghp_0123456789abcdef"  # noqa: S105


class Handler(Quiet):
    """It remembers the headers it was sent, and says what the path asks for."""

    seen: list[dict[str, str]]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def do_GET(self) -> None:
        self.seen.append({**self.headers, ":path": self.path})
        status = int(self.path.rpartition("/")[2])
        self.send_response(status, "As Asked")
        self.send_header("Location", "/200")
        self.end_headers()
        self.wfile.write(b"\xffsaid")


class Server(NamedTuple):
    """Where it is, and what it was sent."""

    port: int
    seen: list[dict[str, str]]


@pytest.fixture
def server() -> Iterator[Server]:
    seen: list[dict[str, str]] = []
    with listening(type("Remembering", (Handler,), {"seen": seen})) as port:
        yield Server(port, seen)


def get(url: str, headers: dict[str, str] | None = None) -> Answer:
    return exchange("GET", url, None, headers or {}, 5.0)


@pytest.mark.parametrize("status", [200, 302, 404, 500])
def test_every_status_is_an_answer_and_no_redirect_is_followed(server: Server, status: int) -> None:
    found = get(f"http://127.0.0.1:{server.port}/{status}")
    assert (found.status, found.reason, found.text) == (status, "As Asked", "\ufffdsaid")
    assert found.headers["location"] == "/200"
    assert len(server.seen) == 1


def test_a_login_of_the_address_is_not_sent(server: Server) -> None:
    get(f"http://ada:{SECRET}@127.0.0.1:{server.port}/200")
    assert "Authorization" not in server.seen[0]
    assert SECRET not in str(server.seen)


def test_a_body_and_headers_arrive(server: Server) -> None:
    url = f"http://127.0.0.1:{server.port}/a%20b?c=d/200"
    assert exchange("POST", url, b"{}", {"X-A": "b"}, 5.0).status == 200
    (seen,) = server.seen
    assert (seen["X-A"], seen["Content-Length"], seen[":path"]) == ("b", "2", "/a%20b?c=d/200")


def test_an_answer_is_read_up_to_a_limit(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 4)
    with pytest.raises(Silence, match="too large"):
        get(f"http://127.0.0.1:{server.port}/200")


def test_nothing_but_http_is_opened(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("secret", "utf-8")
    for url in (f"file://{tmp_path}/a", "ftp://127.0.0.1/a", "data:,a"):
        with pytest.raises(Silence):
            get(url)


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://127.0.0.1:9/", {"Authorization": f"Bearer {SECRET}\n"}),
        (f"http://127.0.0.1:9/{SECRET} x\n", {}),
        (f"http://127.0.0.1:{SECRET}/", {}),
        (f"{SECRET}/path", {}),
    ],
)
def test_what_cannot_be_written_is_not_shown(url: str, headers: dict[str, str]) -> None:
    with pytest.raises(Silence) as silent:
        get(url, headers)
    assert SECRET not in str(silent.value)


def test_who_does_not_answer_is_told_from_a_name_that_nobody_has() -> None:
    with pytest.raises(Silence) as silent:
        get("http://127.0.0.1:9/")
    assert not silent.value.nameless
    with pytest.raises(Silence) as silent:
        get("http://nobody.invalid/")
    assert silent.value.nameless


def test_a_proxy_of_the_environment_is_asked(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
    monkeypatch.setenv("no_proxy", "localhost")
    assert get("http://elsewhere.invalid/200").status == 200
    assert server.seen[0][":path"] == "http://elsewhere.invalid/200"
