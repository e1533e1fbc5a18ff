"""The components that come with Argosy, each really run: what they do, and how they say no."""

import hashlib
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from compiler.component import Library, versions
from compiler.source import plain
from tests.servers import Quiet, listening

if TYPE_CHECKING:
    from tests.engine.conftest import Execute

BODY = b"a,b\n1,2\n" * 1000
DIGEST = hashlib.sha256(BODY).hexdigest()


class Answers(Quiet):
    """A server of one file, and one that remembers what it was sent."""

    seen: dict[str, Any]

    def do_GET(self) -> None:
        self.seen[self.path] = dict(self.headers)
        self.seen["count"] = self.seen.get("count", 0) + 1
        late = self.path == "/late" and self.seen["count"] < 3
        self._answer(404 if late or self.path == "/none" else 200, BODY)

    def do_HEAD(self) -> None:
        self.seen["head"] = (self.path, dict(self.headers))
        self._answer(200 if self.path == "/bucket/a%20key" else 403, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen[self.path] = json.loads(body)
        self._answer(200 if self.path == "/hook" else 403, b"no_service")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def served(
    kind: type[BaseHTTPRequestHandler] = Answers,
) -> Iterator[tuple[str, dict[str, Any]]]:
    """A server on loopback, its address, and what it was asked."""
    seen: dict[str, Any] = {}
    handler = type("Handler", (kind,), {"seen": seen})
    with listening(handler) as port:
        yield f"http://127.0.0.1:{port}", seen


def step(uses: str, given: dict[str, Any], more: str = "", before: str = "") -> str:
    return (
        f"steps:\n{before}  a:\n    uses: argosy/{uses}@1\n    with: {json.dumps(given)}\n"
        f"    retries: 0\n{more}"
    )


@pytest.mark.parametrize("name", versions())
def test_each_is_described_and_has_a_document(name: str) -> None:
    library = Library(Path(), partial(plain, ""))
    page = (Path(__file__).parents[2] / "docs/components.md").read_text("utf-8")
    for version in versions()[name]:
        component, problems = library.find(f"argosy/{name}@{version}")
        assert component
        assert problems == ()
        assert (component.version, component.document.data["name"]) == (int(version), name)
        assert component.document.data["description"]
        image = component.document.data.get("image", "")
        assert f"| `argosy/{name}@{version}` |" in page
        assert image in page
        for parameter in component.params:
            assert f"`{parameter}`" in page, f"{name}: {parameter}"


def test_a_download_is_what_was_asked_for(execute: "Execute") -> None:
    more = "  b: {run: 'wc -c < ${inputs.f}', inputs: {f: \"${steps.a.outputs.file}\"}}\n"
    with served() as (address, seen):
        given = {"url": f"{address}/x.csv", "sha256": DIGEST}
        env = "    env: {HTTP_AUTHORIZATION: Bearer 1}\n"
        found = execute(step("http-download", given, env + more))
    assert found["a"][:2] == ("Succeeded", {"size": "8000"}), found["a"][2]
    assert found["b"][2].strip() == "8000"
    assert seen["/x.csv"]["Authorization"] == "Bearer 1"


def test_a_download_of_other_bytes_fails(execute: "Execute") -> None:
    with served() as (address, _):
        given = {"url": f"{address}/x.csv", "sha256": "0" * 64}
        phase, _, log = execute(step("http-download", given))["a"]
    assert phase == "Failed"
    assert f"is not what was asked for: its SHA-256 is\n  {DIGEST}, 8,000 bytes" in log


@pytest.mark.parametrize(
    ("path", "said"), [("/none", "answers 404 Not Found"), (None, "cannot be read: [Errno 111]")]
)
def test_a_download_that_fails_says_why(path: str | None, said: str, execute: "Execute") -> None:
    with served() as (address, _):
        url = f"{address}{path}" if path else "http://127.0.0.1:9/x"
        phase, _, log = execute(step("http-download", {"url": url, "sha256": DIGEST}))["a"]
    assert phase == "Failed"
    assert said in log
    assert "Traceback" not in log


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str, str]:
    """A git repository: its address, an old commit of it and the newest."""
    place = tmp_path / "source"
    (place / "sub").mkdir(parents=True)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)

    def git(*arguments: str) -> str:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        command = ["git", "-C", str(place), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q", "-b", "main")
    commits = []
    for text in ("old", "new"):
        (place / "sub/a.txt").write_text(text, "utf-8")
        git("add", "-A")
        git("commit", "-qm", text)
        commits.append(git("rev-parse", "HEAD"))
    return f"file://{place}", commits[0], commits[1]


@pytest.mark.parametrize("folder", [".", "sub"])
def test_a_checkout_is_the_commit_that_was_named(
    folder: str, repository: tuple[str, str, str], execute: "Execute"
) -> None:
    address, old, _ = repository
    file = "a.txt" if folder == "sub" else "sub/a.txt"
    given = {"repository": address, "commit": old, "folder": folder}
    more = f"  b: {{run: 'ls -A inputs/c; cat inputs/c/{file}', inputs: {{c: "
    more += '"${steps.a.outputs.code}"}}\n'
    found = execute(step("git-checkout", given, more))
    assert found["a"][0] == "Succeeded", found["a"][2]
    assert old[:7] in found["a"][2]
    assert found["b"][2] == f"{'a.txt' if folder == 'sub' else 'sub'}\nold"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"commit": "1" * 40},
            f"has no commit {'1' * 40} on a branch",
        ),
        ({"folder": "other"}, "has no folder other"),
        ({"repository": "file:///nowhere"}, "file:///nowhere cannot be read: "),
        ({"repository": "ext::sh -c true"}, "ext::sh -c true cannot be read: "),
    ],
)
def test_a_checkout_that_fails_says_why(
    change: dict[str, str], said: str, repository: tuple[str, str, str], execute: "Execute"
) -> None:
    address, _, new = repository
    given = {"repository": address, "commit": new, **change}
    phase, _, log = execute(step("git-checkout", given))["a"]
    assert phase == "Failed"
    assert f"git-checkout: {'commit ' + new + ' ' if 'folder' in change else ''}" in log
    assert said in log


def test_a_message_is_posted(execute: "Execute", monkeypatch: pytest.MonkeyPatch) -> None:
    with served() as (address, seen):
        monkeypatch.setenv("SLACK_WEBHOOK", f"{address}/hook")
        given = {"text": 'p is "done" & <well>', "title": "${run.name}"}
        phase, _, log = execute(step("slack", given))["a"]
    assert phase == "Succeeded", log
    head, body = seen["/hook"]["blocks"]
    assert (head["text"]["text"], body["text"]["text"]) == ("r", 'p is "done" & <well>')


def test_a_message_that_is_refused_does_not_show_the_secret(
    execute: "Execute", monkeypatch: pytest.MonkeyPatch
) -> None:
    with served() as (address, _):
        monkeypatch.setenv("SLACK_WEBHOOK", f"{address}/T0/hunter2")
        phase, _, log = execute(step("slack", {"text": "x"}))["a"]
    assert phase == "Failed"
    assert "slack: refused with 403: no_service" in log
    assert "hunter2" not in log


def test_waiting_for_an_address(execute: "Execute") -> None:
    with served() as (address, seen):
        given = {"target": f"{address}/late", "every": "1s", "within": "30s"}
        phase, outputs, log = execute(step("wait-for", given))["a"]
    assert phase == "Succeeded", log
    assert seen["count"] == 3
    assert "not yet: it answers 404 Not Found" in log
    assert int(outputs["waited"]) in range(1, 20)


def test_waiting_for_a_port(execute: "Execute") -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        given = {"target": f"tcp://127.0.0.1:{server.getsockname()[1]}"}
        assert execute(step("wait-for", given))["a"][0] == "Succeeded"


@pytest.mark.parametrize("keys", [True, False])
def test_waiting_for_an_object(keys: bool, execute: "Execute") -> None:
    if importlib.util.find_spec("boto3"):
        pytest.skip("boto3 would be asked instead")
    env = "    env: {AWS_ACCESS_KEY_ID: me, AWS_SECRET_ACCESS_KEY: mine}\n" if keys else ""
    with served() as (address, seen):
        given = {"target": "s3://bucket/a key", "endpoint": address}
        phase, _, log = execute(step("wait-for", given, env))["a"]
    assert phase == "Succeeded", log
    path, headers = seen["head"]
    assert path == "/bucket/a%20key"
    assert ("Credential=me/" in headers.get("Authorization", "")) is keys


def test_waiting_for_a_time(execute: "Execute") -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2)
    given = {"target": soon.isoformat(), "every": "1s"}
    phase, outputs, log = execute(step("wait-for", given))["a"]
    assert phase == "Succeeded", log
    assert datetime.now(UTC) >= soon
    assert int(outputs["waited"]) <= 10


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("tcp://127.0.0.1:9", "is not there within 1s: [Errno 111] Connection refused"),
        ("2030-01-01T00:00:00", "names no time zone"),
        ("2030-01-01Tnoon", "cannot be waited for: Invalid isoformat string"),
    ],
)
def test_waiting_in_vain_says_why(target: str, said: str, execute: "Execute") -> None:
    phase, _, log = execute(step("wait-for", {"target": target, "within": "1s"}))["a"]
    assert phase == "Failed"
    assert said in log


class Bucket(Quiet):
    """As much of an S3 store as `aws s3 sync` asks for."""

    seen: dict[str, bytes]

    def do_PUT(self) -> None:
        size = int(self.headers["Content-Length"])
        body = self.rfile.read(size)
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            body = body.split(b"\r\n")[1]
        self.seen[self.path] = body
        self._answer(b"")

    def do_GET(self) -> None:
        if "list-type=2" not in self.path:
            return self._answer(self.seen[self.path])
        entries = "".join(
            f"<Contents><Key>{key.removeprefix('/bucket/')}</Key><Size>{len(body)}</Size>"
            "<LastModified>2030-01-01T00:00:00Z</LastModified></Contents>"
            for key, body in self.seen.items()
        )
        return self._answer(f"<ListBucketResult>{entries}</ListBucketResult>".encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Tue, 01 Jan 2030 00:00:00 GMT")
        self.send_header("ETag", '"0"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()


SYNC = """steps:
  make: {{run: "mkdir -p f/g; echo 1 > f/a; echo 22 > f/g/b", outputs: {{f: f}}}}
  up:
    uses: argosy/s3-sync@1
    with: {{direction: upload, url: s3://bucket/x, endpoint: "{address}"}}
    inputs: {{files: "${{steps.make.outputs.f}}"}}
    env: {{AWS_ACCESS_KEY_ID: a, AWS_SECRET_ACCESS_KEY: b}}
    retries: 0
  down:
    needs: [up]
    uses: argosy/s3-sync@1
    with: {{url: s3://bucket/x, endpoint: "{address}"}}
    env: {{AWS_ACCESS_KEY_ID: a, AWS_SECRET_ACCESS_KEY: b}}
    retries: 0
  show: {{run: "cat inputs/f/a inputs/f/g/b", inputs: {{f: "${{steps.down.outputs.files}}"}}}}
  none:
    uses: argosy/s3-sync@1
    with: {{direction: upload, url: s3://bucket/y}}
    retries: 0
"""


@pytest.mark.skipif(not shutil.which("aws"), reason="aws is not installed")
def test_a_folder_goes_to_a_store_and_back(execute: "Execute") -> None:
    with served(Bucket) as (address, seen):
        found = execute(SYNC.format(address=address))
    assert found["up"][:2] == ("Succeeded", {"count": "2"}), found["up"][2]
    assert seen == {"/bucket/x/a": b"1\n", "/bucket/x/g/b": b"22\n"}
    assert found["down"][1] == {"count": "2"}, found["down"][2]
    assert found["show"][2] == "1\n22\n"
    assert found["none"][2] == "s3-sync: an upload needs the input files\n"


MAKE = "  make: {run: 'printf \"x,y\\n1,2\\n3,4\\n\" > t.csv', outputs: {t: t.csv}}\n"
WIRED = '    inputs: {data: "${steps.make.outputs.t}"}\n'
TESTS = """import pathlib

def test_rows():
    assert len(pathlib.Path("inputs/data").read_text().splitlines()) == 3

def test_other():
    pathlib.Path("made").write_text("1")
"""


def test_tests_see_the_inputs_of_the_step(execute: "Execute") -> None:
    files = {"pipelines/p/tests/test_it.py": TESTS}
    more = WIRED + "    outputs: {made: made}\n"
    found = execute(step("pytest", {}, more, MAKE), files)
    assert found["a"][:2] == ("Succeeded", {"passed": "2"}), found["a"][2]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "pytest: tests failed"),
        ({"select": "nothing"}, "pytest: no test was found"),
        ({"paths": ["more"]}, "pytest: there is no more beside the pipeline"),
    ],
)
def test_tests_that_fail_fail_the_step(
    given: dict[str, Any], said: str, execute: "Execute"
) -> None:
    files = {"pipelines/p/tests/test_it.py": "def test_it():\n    assert 1 == 2\n"}
    phase, _, log = execute(step("pytest", given), files)["a"]
    assert phase == "Failed"
    assert log.rstrip().endswith(said)


SCHEMA = """import pandera.pandas as pa

schema = pa.DataFrameSchema({"x": pa.Column(int), "y": pa.Column(int, pa.Check.lt(LIMIT))})
"""


@pytest.mark.parametrize(("limit", "phase"), [(9, "Succeeded"), (3, "Failed")])
def test_a_table_is_held_against_its_schema(limit: int, phase: str, execute: "Execute") -> None:
    files = {"pipelines/p/checks.py": SCHEMA.replace("LIMIT", str(limit))}
    found = execute(step("data-check", {"schema": "checks.py:schema"}, WIRED, MAKE), files)
    assert found["a"][0] == phase, found["a"][2]
    if phase == "Succeeded":
        assert found["a"][1] == {"rows": "2"}
    else:
        assert "data-check: 1 values of 2 rows break checks.py:schema" in found["a"][2]


NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}},
    "cells": [
        {
            "id": "a",
            "cell_type": "code",
            "source": "rows, who = 1, 'nobody'",
            "metadata": {"tags": ["parameters"]},
            "outputs": [],
            "execution_count": None,
        },
        {
            "id": "b",
            "cell_type": "code",
            "source": "open('said', 'w').write(f'{rows + 1} {who}')\nassert rows < 50, 'too many'",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        },
    ],
}


@pytest.mark.parametrize(("rows", "phase"), [(41, "Succeeded"), (51, "Failed")])
def test_a_notebook_runs_with_parameters(rows: int, phase: str, execute: "Execute") -> None:
    files = {"pipelines/p/n.ipynb": json.dumps(NOTEBOOK)}
    more = "    env: {NOTEBOOK_rows: '${params.rows}', NOTEBOOK_who: \"O'Hara\"}\n"
    more += "    outputs: {said: {value: said}}\nparams: {rows: {type: integer}}\n"
    found = execute(step("papermill", {"notebook": "n.ipynb"}, more), files, rows=str(rows))
    assert found["a"][0] == phase, found["a"][2]
    if phase == "Succeeded":
        assert found["a"][1] == {"said": "42 O'Hara"}
    else:
        assert "AssertionError: too many" in found["a"][2]


CODE = "  make: {run: 'mkdir -p c/.dvc; touch c/.dvc/config', outputs: {t: c}}\n"


@pytest.mark.parametrize(
    ("name", "given", "more", "before", "said"),
    [
        (
            "data-check",
            {"schema": "checks.py:schema"},
            WIRED,
            MAKE,
            "data-check: the image has no pandas; install pandas and pandera",
        ),
        (
            "papermill",
            {"notebook": "n.ipynb"},
            "",
            "",
            "papermill: the image has no papermill; install papermill and ipykernel",
        ),
        (
            "dvc-pull",
            {},
            WIRED.replace("data:", "code:"),
            CODE,
            "dvc-pull: the image has no dvc; install dvc and the plug-in of the remote",
        ),
        (
            "s3-sync",
            {"url": "s3://bucket/x"},
            "",
            "",
            "s3-sync: the image has no AWS command line (aws)",
        ),
    ],
)
def test_an_image_that_lacks_the_tool_is_told_so(
    name: str,
    given: dict[str, Any],
    more: str,
    before: str,
    said: str,
    execute: "Execute",
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "mkdir", "touch"):
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    # by this name the interpreter does not know its environment, nor what is installed there
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    phase, _, log = execute(step(name, given, more, before))["a"]
    assert (phase, log.rstrip()) == ("Failed", said)
