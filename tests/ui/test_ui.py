"""The local page: who gets in, what is answered, what may be asked; a real server, real sockets."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from argosy.engine import journal
from argosy.engine.journal import Description, Journal, Request
from argosy.engine.nodes import Node

ROOT = Path(__file__).parents[2]
START = 1_795_500_000.0


@dataclass
class Answered:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass
class Page:
    """A server in a process of its own, and a browser's memory of it."""

    process: "subprocess.Popen[str]"
    port: int
    token: str
    cookie: str = ""
    secret: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answered:
        """Send a request as a page of the server would; an empty header is left out."""
        sent = {"Host": f"127.0.0.1:{self.port}", "Cookie": self.cookie}
        if method == "POST":
            sent |= {"Origin": f"http://127.0.0.1:{self.port}", "X-Argosy-Secret": self.secret}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = b"" if body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_host=True)
            for name, value in sent.items():
                if value:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(data)))
            connection.endheaders(data)
            found = connection.getresponse()
            return Answered(found.status, dict(found.headers), found.read().decode())

    def enter(self) -> None:
        """Open a session and read the secret of its pages."""
        opened = self.ask("POST", "/session", {"token": self.token})
        self.cookie = opened.headers["Set-Cookie"].partition(";")[0]
        found = re.search(r'name="argosy-secret" content="([^"]+)"', self.ask("GET", "/").text)
        assert found
        self.secret = found[1]


@contextlib.contextmanager
def served(root: Path, *options: str) -> Iterator[Page]:
    """Yield a page over the runs below `root`."""
    words = [sys.executable, "-m", "argosy", "ui", "--no-open", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        words, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            found = re.fullmatch(
                r"http://127\.0\.0\.1:(\d+)/#token=(\S+)\n", process.stdout.readline()
            )
            assert found
            yield Page(process, int(found[1]), found[2])
        finally:
            process.kill()


def begun(state: Path, name: str, *nodes: Node) -> Journal:
    """Return the open journal of a run with a root and `nodes`."""
    opened = journal.create(state, Description(name, f"uid-{name}", "churn", started=START))
    for node in (Node(name, "main", "DAG", "Running", started=START), *nodes):
        opened.record(node)
    opened.flush()
    return opened


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a state folder: a run that ended, one that waits for an answer."""
    folder = tmp_path_factory.mktemp("project") / ".argosy"
    folder.mkdir()
    (folder / "secret.txt").write_text("not for everybody", "utf-8")
    ended = begun(folder, "ended")
    node = Node("ended.train", "t", "Pod", "Failed", "Error (exit code 1)", START, START + 2)
    node.log = folder / "runs" / "ended" / "logs" / "train.log"
    node.log.parent.mkdir()
    node.log.write_text("<b>epoch</b>\n" * 1000, "utf-8")
    made = folder / "runs" / "ended" / "artifacts"
    made.mkdir()
    (made / "page.html").write_text("<script>alert(1)</script>", "utf-8")
    (made / "link").symlink_to(folder / "secret.txt")
    node.artifacts = {"page": made / "page.html", "link": made / "link"}
    node.artifacts |= {"away": folder / "secret.txt"}
    ended.record(node)
    ended.finish("Failed", "", START + 3)
    ended.close()
    waits = Node("waits.ok", "ok", "Suspend", "Running", started=START + 1)
    with begun(folder, "waits", waits):
        yield folder


@pytest.fixture(scope="module")
def page(state: Path) -> Iterator[Page]:
    with served(state.parent) as found:
        found.enter()
        yield found


def test_without_the_token_there_is_nothing_to_see(page: Page) -> None:
    for path in ("/", "/runs/ended", "/events", "/runs/ended/log?step=ended.train", "/x"):
        for cookie in ("", f"argosy-{page.port}=guess", "argosy=;;;=", page.cookie + "x"):
            answered = page.ask("GET", path, Cookie=cookie)
            assert "/runs/ended" not in answered.text
            assert "epoch" not in answered.text
            assert page.token not in answered.text
            assert answered.status in (200, 401, 403)
    wrong = page.ask("POST", "/session", {"token": "wrong"})
    assert (wrong.status, wrong.headers.get("Set-Cookie")) == (403, None)
    assert page.ask("POST", "/session", ["token"]).status == 403


def test_the_cookie_is_for_this_page_alone(page: Page) -> None:
    cookie = page.ask("POST", "/session", {"token": page.token}).headers["Set-Cookie"]
    assert "; HttpOnly" in cookie
    assert "; SameSite=Strict" in cookie
    assert cookie.startswith(f"argosy-{page.port}=")
    assert page.token not in cookie


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil:1", ""]
)
def test_a_host_name_that_is_not_ours_is_refused(page: Page, host: str) -> None:
    assert page.ask("GET", "/", Host=host).status in (400, 403)
    assert page.ask("POST", "/runs/waits/stop", {}, Host=host).status in (400, 403)
    assert page.ask("GET", "/events", Host=host).status in (400, 403)


def test_localhost_is_ours_too(page: Page) -> None:
    assert page.ask("GET", "/", Host=f"localhost:{page.port}").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"X_Argosy_Secret": ""},
        {"X_Argosy_Secret": "0" * 64},
        {"Cookie": ""},
    ],
)
def test_nothing_is_changed_for_others(page: Page, state: Path, headers: dict[str, str]) -> None:
    before = requested(state)
    for deed in ("stop", "approve", "reject", "resume", "retry"):
        assert (
            page.ask("POST", f"/runs/waits/{deed}", {"node": "waits.ok"}, **headers).status == 403
        )
    assert page.ask("POST", "/mlflow", {}, **headers).status == 403
    assert requested(state) == before


def test_reading_changes_nothing(page: Page, state: Path) -> None:
    before = requested(state)
    for deed in ("stop", "approve", "resume"):
        assert page.ask("GET", f"/runs/waits/{deed}").status == 404
    assert requested(state) == before


def requested(state: Path) -> int:
    import sqlite3

    with contextlib.closing(sqlite3.connect(state / "runs" / "waits" / "run.db")) as opened:
        return int(opened.execute("select count(*) from requests").fetchone()[0])


def test_every_answer_bears_the_headers_that_keep_it_harmless(page: Page) -> None:
    for path in ("/", "/runs/ended", "/nowhere", "/runs/ended/log?step=ended.train"):
        headers = page.ask("GET", path).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Origin" not in headers


def test_the_list_and_the_report_of_each_run(page: Page) -> None:
    listed = page.ask("GET", "/").text
    assert 'href="/runs/ended"' in listed
    assert "Failed" in listed
    told = page.ask("GET", "/runs/ended").text
    for part in ("Timeline", "ended with exit code 1", "Retry failed steps", 'data-deed="retry"'):
        assert part in told
    waits = page.ask("GET", "/runs/waits").text
    assert 'data-deed="approve" data-node="waits.ok"' in waits
    assert 'data-deed="stop"' in waits
    assert page.ask("GET", "/runs/none").status == 404


def test_files_are_saved_never_shown(page: Page) -> None:
    for path in ("log?step=ended.train", "artifact?step=ended.train&name=page"):
        answered = page.ask("GET", f"/runs/ended/{path}")
        assert answered.status == 200
        assert answered.headers["Content-Disposition"].startswith("attachment;")
        assert answered.headers["Content-Type"] == "application/octet-stream"
        assert "sandbox" in answered.headers["Content-Security-Policy"]
    assert answered.text == "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "path",
    [
        "/runs/ended/artifact?step=ended.train&name=link",
        "/runs/ended/artifact?step=ended.train&name=away",
        "/runs/ended/artifact?step=ended.train&name=../../secret.txt",
        "/runs/ended/artifact?step=../x&name=page",
        "/runs/..%2Fsecret.txt",
        "/runs/../secret.txt",
        "/runs/%2e%2e",
        "/runs/%00",
        "/runs/ended%2F..%2Fwaits",
        "//etc/passwd",
        "/../../../etc/passwd",
        "/runs/ended/log/x",
        "http://evil.example/",
        "/runs/" + "a" * 5000,
    ],
)
def test_no_path_leads_elsewhere(page: Page, path: str) -> None:
    answered = page.ask("GET", path)
    assert answered.status in (400, 404, 414)
    assert "not for everybody" not in answered.text
    assert "Traceback" not in answered.text


def test_deeds_reach_the_engine(page: Page, state: Path) -> None:
    approved = page.ask("POST", "/runs/waits/approve", {"node": "waits.ok"})
    assert (approved.status, json.loads(approved.text)["said"]) == (200, "approved")
    none = page.ask("POST", "/runs/waits/approve", {"node": "waits.none"})
    assert none.status == 409
    assert page.ask("POST", "/runs/waits/stop", {}).status == 200
    ended = page.ask("POST", "/runs/ended/stop", {})
    assert ended.status == 409
    assert "does not work" in json.loads(ended.text)["error"]
    assert page.ask("POST", "/runs/ended/explode", {}).status == 404
    assert requested(state) == 2


def test_what_is_no_request_is_refused(page: Page) -> None:
    for line in ("GET\r\n\r\n", "BREW / HTTP/1.1\r\nHost: x\r\n\r\n", "\x00\xff\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", page.port), timeout=30) as raw:
            raw.sendall(line.encode("latin-1"))
            raw.settimeout(30)
            assert b"Traceback" not in raw.recv(4096)
    too_much = page.ask("POST", "/runs/waits/stop", "x" * 70_000)
    assert too_much.status == 413
    assert page.ask("GET", "/").status == 200


def test_what_changes_is_told(page: Page, state: Path) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", "/events?run=*", headers={"Cookie": page.cookie})
        stream = connection.getresponse()
        assert stream.headers["Content-Type"] == "text/event-stream"
        begun(state, "new").close()
        while b"changed" not in stream.readline():
            pass


def test_C_a_port_that_is_taken_is_said(page: Page, state: Path) -> None:
    words = [sys.executable, "-m", "argosy", "ui", "--no-open", "--port", str(page.port)]
    ended = subprocess.run(
        words, cwd=state.parent, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (4, "")
    assert f"port {page.port} cannot be used" in ended.stderr
    assert "without --port a free one is taken" in ended.stderr


def test_C_two_pages_do_not_share_their_keys(page: Page, state: Path) -> None:
    with served(state.parent) as second:
        second.enter()
        assert second.port != page.port
        assert second.ask("GET", "/", Cookie=page.cookie.replace(str(page.port), str(second.port)))
        crossed = second.ask("POST", "/session", {"token": page.token})
        assert crossed.status == 403
        assert page.ask("GET", "/").status == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_C_ctrl_c_ends_it_quietly(state: Path, number: int) -> None:
    with served(state.parent) as found:
        found.enter()
        connection = http.client.HTTPConnection("127.0.0.1", found.port, timeout=60)
        connection.request("GET", "/events?run=*", headers={"Cookie": found.cookie})
        connection.getresponse()
        found.process.send_signal(number)
        out, err = found.process.communicate(timeout=60)
        connection.close()
    assert found.process.returncode == 0
    assert out == ""
    assert "Traceback" not in err
    assert len(err.splitlines()) == 1


def test_requests_are_what_the_engine_takes(state: Path) -> None:
    with begun(state, "asked", Node("asked.ok", "ok", "Suspend", "Running", started=START)) as own:
        journal.ask(state, "asked", Request("stop"))
        assert [one.kind for one in own.requests()] == ["stop"]
