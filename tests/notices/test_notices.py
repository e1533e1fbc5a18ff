"""Notices: what they say, and their delivery to real servers on this machine."""

import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from argosy.notices.message import Subject, compose, failures
from tests.servers import Quiet, listening

GROUPS = [
    {"displayName": "w", "message": "", "phase": "Failed"},
    {"displayName": "train(0)", "message": "main: Error (exit code 3)", "phase": "Failed"},
    {"displayName": "train", "message": "No more retries left", "phase": "Failed"},
    {"displayName": "check", "message": "main: Error (exit code 1)", "phase": "Failed"},
]
FAILED = {"ARGOSY_STATUS": "Failed", "ARGOSY_RUN": "churn-1", "ARGOSY_DURATION": "3725.1"}
ARGUMENTS = ("--pipeline", "churn", "--env", "prod")


def twice(items: list[dict[str, str]] | None) -> str:
    return json.dumps(json.dumps(items))


@contextmanager
def answering(*codes: int) -> Iterator[tuple[str, list[Any]]]:
    """A web server that answers with `codes`, one after the other, and keeps what it gets."""
    got: list[Any] = []

    class Handler(Quiet):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(codes[min(len(got), len(codes) - 1)])
            got.append(json.loads(body))
            self.end_headers()

    with listening(Handler) as port:
        yield f"http://127.0.0.1:{port}/secret-path", got


def notify(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "argosy", "step", "notify", *ARGUMENTS, *arguments]
    environment = {**os.environ, **variables}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_failures_are_those_of_steps_each_once() -> None:
    assert failures(twice(GROUPS)) == {
        "train": "main: Error (exit code 3)",
        "check": "main: Error (exit code 1)",
    }


@pytest.mark.parametrize("text", ["", '"null"', "null", '"[]"', "[", '"[{"', twice(None), "{{x}}"])
def test_what_is_no_list_is_no_failure(text: str) -> None:
    assert failures(text) == {}


def test_a_message_has_an_end() -> None:
    subject = Subject("p", "dev", "p-1", "Failed", 0, {})
    lines = compose(subject, {f"step-{n}": "m" for n in range(100)}, "").lines
    assert len(lines) == 22
    assert lines[-1] == "and 80 more"


def test_slack_is_told_what_failed_and_where_to_look(tmp_path: Path) -> None:
    (tmp_path / "failures.json").write_text(twice(GROUPS), "utf-8")
    links = ("--link", "run=https://argo.acme.com/workflows/ml/{run}")
    with answering(200) as (url, got):
        ended = notify(
            tmp_path, "--via", "slack", "--channel", "#ml", *links, ARGOSY_NOTICE_URL=url, **FAILED
        )
    assert ended.returncode == 0, ended.stderr
    assert got == [
        {
            "text": "*churn failed in prod*\nrun churn-1, 1h 2m\ntrain: main: Error (exit code 3)\n"
            "check: main: Error (exit code 1)\nrun: https://argo.acme.com/workflows/ml/churn-1",
            "channel": "#ml",
        }
    ]
    assert "secret-path" not in ended.stdout + ended.stderr


def test_text_of_others_is_no_markup_in_slack(tmp_path: Path) -> None:
    with answering(200) as (url, got):
        notify(
            tmp_path, "--via", "slack", ARGOSY_NOTICE_URL=url, ARGOSY_NOTICE_TEXT="<!channel> & co"
        )
    assert got[0]["text"].startswith("*&lt;!channel&gt; &amp; co*")


def test_a_webhook_gets_data(tmp_path: Path) -> None:
    with answering(200) as (url, got):
        ended = notify(tmp_path, "--via", "webhook", "--url", url, **FAILED)
    assert ended.returncode == 0
    assert got[0] == {
        "pipeline": "churn",
        "environment": "prod",
        "run": "churn-1",
        "status": "Failed",
        "duration": 3725.1,
        "failures": [],
        "links": {},
        "text": "churn failed in prod",
    }


def test_what_may_get_better_is_tried_again(tmp_path: Path) -> None:
    with answering(503, 200) as (url, got):
        ended = notify(tmp_path, "--via", "webhook", "--url", url, **FAILED)
    assert (ended.returncode, len(got)) == (0, 2)


@pytest.mark.parametrize("code", [301, 404])
def test_what_is_refused_is_not_tried_again_and_names_no_secret(tmp_path: Path, code: int) -> None:
    with answering(code) as (url, got):
        ended = notify(tmp_path, "--via", "slack", ARGOSY_NOTICE_URL=url, **FAILED)
    assert (ended.returncode, len(got)) == (4, 1)
    assert f"127.0.0.1 answered {code}" in ended.stderr
    assert "secret-path" not in ended.stderr


def test_an_address_that_is_none_is_said(tmp_path: Path) -> None:
    ended = notify(tmp_path, "--via", "slack", ARGOSY_NOTICE_URL="file:///etc/passwd", **FAILED)
    assert ended.returncode == 4
    assert "no http address" in ended.stderr


class _Mail(socketserver.StreamRequestHandler):
    """As much of a mail server as a mail needs."""

    letters: list[str]

    def handle(self) -> None:
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line.upper().split(":")[0].split()[0]
            if word == "DATA":
                self._say("354 go on")
                lines = []
                while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    lines.append(text)
                self.letters.append("\n".join(lines))
            self._say("221 bye" if word == "QUIT" else "250 fine")
            if word == "QUIT":
                return

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


def test_a_mail_goes_to_everybody(tmp_path: Path) -> None:
    letters: list[str] = []
    handler = type("Mail", (_Mail,), {"letters": letters})
    with listening(handler) as port:
        people = ("--to", "a@acme.com", "--to", "b@acme.com", "--from", "argosy@acme.com")
        where = ("--server", "127.0.0.1", "--port", str(port), "--tls", "none")
        ended = notify(tmp_path, "--via", "email", *people, *where, **FAILED)
    assert ended.returncode == 0, ended.stderr
    assert "Subject: churn failed in prod" in letters[0]
    assert "To: a@acme.com, b@acme.com" in letters[0]
    assert "run churn-1, 1h 2m" in letters[0]


def test_a_mail_server_that_is_not_there_is_a_failure_of_the_world(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    people = ("--to", "a@acme.com", "--from", "argosy@acme.com", "--server", "127.0.0.1")
    ended = notify(
        tmp_path, "--via", "email", *people, "--port", str(port), "--tls", "none", **FAILED
    )
    assert ended.returncode == 4
    assert "127.0.0.1 failed" in ended.stderr


def test_a_watch_tells_of_a_late_run_and_stays(tmp_path: Path) -> None:
    with answering(200) as (url, got):
        command = [sys.executable, "-m", "argosy", "step", "notify", *ARGUMENTS]
        with subprocess.Popen(
            [*command, "--via", "webhook", "--url", url, "--after", "1s"],
            cwd=tmp_path,
            env={**os.environ, "ARGOSY_RUN": "churn-1"},
            stdout=subprocess.PIPE,
            text=True,
        ) as watch:
            assert watch.stdout
            assert watch.stdout.readline() == "sent to webhook:\n"
            assert watch.poll() is None
            watch.send_signal(signal.SIGTERM)
            watch.wait(10)
    assert got[0]["status"] == "Late"
    assert got[0]["text"] == "churn has not ended after 1s in prod"
