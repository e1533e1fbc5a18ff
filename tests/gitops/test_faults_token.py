"""A token is nowhere but in the environment of git: not in an output, a file or a command line."""

import base64
import os
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from gitops.failure import GitopsFailure
from gitops.hold import set_hold
from gitops.outcome import Published
from gitops.probe import probe
from gitops.published import read_published
from tests.gitops import processes
from tests.gitops.conftest import backend
from tests.gitops.servers import LOGIN, Backend, Cut, Hanging, hook

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.gitops.conftest import Place, Serve

CANARY = "canary+t0ken/9f8e7d6c5b4a=="
_BASIC = base64.b64encode(f"x-access-token:{CANARY}".encode()).decode()
FORMS = (CANARY, quote(CANARY, safe=""), _BASIC, _BASIC[24:40])


class Guarded(Backend):
    """Lets in who has the token."""

    login = ("x-access-token", CANARY)


class Lost(Guarded, Cut):
    """Loses the reply to a push."""


class Silent(Guarded, Hanging):
    """Never answers a push."""


class Watch(threading.Thread):
    """Samples the command lines of all processes."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: set[str] = set()
        self.ended = threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        while not self.ended.is_set():
            self.seen.update(processes.commands())
            time.sleep(0.002)


@pytest.fixture
def traced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Git with every trace that a user can ask for; return where they go."""
    traces = tmp_path / "traces"
    traces.mkdir()
    for name in ("GIT_TRACE", "GIT_TRACE_PACKET", "GIT_TRACE_SETUP"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("GIT_CURL_VERBOSE", "1")
    monkeypatch.setenv("GIT_TRACE_REDACT", "0")
    for name in ("GIT_TRACE_CURL", "GIT_TRACE2", "GIT_TRACE2_EVENT"):
        monkeypatch.setenv(name, str(traces / name))
    return traces


def _leaks(*texts: str) -> list[str]:
    return [form for form in FORMS for text in texts if form in text]


def _files(*folders: Path) -> str:
    return "\n".join(
        path.read_text("utf-8", "replace")
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    )


@pytest.mark.parametrize("given", ["environment", "url"])
def test_V20_a_token_is_in_no_command_line_file_or_trace(
    place: "Place", serve: "Serve", traced: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    address = f"{serve(backend(place, Guarded))}/{place.bare.name}"
    if given == "environment":
        monkeypatch.setenv("ARGOSY_GIT_TOKEN", CANARY)
        url = f"http://{address}"
    else:
        url = f"http://x-access-token:{quote(CANARY, safe='')}@{address}"
    hook(place.bare, "pre-receive", "sleep 0.3")
    watch = Watch()
    watch.start()
    target = place.target(repository=url)
    done = place.publish(target=target)
    found = read_published(target, place.state)
    watch.ended.set()
    watch.join()
    assert isinstance(done, Published)
    assert found is not None
    assert any("git-remote-http" in line for line in watch.seen)
    assert _leaks(*watch.seen) == []
    assert _leaks(_files(traced, place.state, place.root, place.bare), repr(done)) == []


def _rejecting(place: "Place") -> None:
    said = " ".join(f"'{form}'" for form in FORMS[:3])
    hook(place.bare, "pre-receive", f"echo no {said} >&2\nexit 1")


_FAILURES: "dict[str, tuple[type[Backend], Callable[[Place], None] | None, str]]" = {
    "a hook that repeats it": (Guarded, _rejecting, CANARY),
    "a lost reply, then a refusal": (Lost, _rejecting, CANARY),
    "a push without an answer": (Silent, None, CANARY),
    "a token that is refused": (Guarded, None, CANARY[:-3] + "x=="),
}


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("failure", _FAILURES)
def test_V20_story_12_a_failure_tells_everything_but_the_token(
    place: "Place", serve: "Serve", monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    Hanging.released.clear()
    kind, prepare, token = _FAILURES[failure]
    if prepare:
        prepare(place)
    monkeypatch.setenv("ARGOSY_GIT_TOKEN", token)
    url = f"http://{serve(backend(place, kind))}/{place.bare.name}"
    target = place.target(repository=url)
    told: list[str] = []
    actions: list[Callable[[], object]] = [
        lambda: place.publish(target=target, deadline=3),
        lambda: set_hold(target, place.state, "why", "Ada", deadline=3),
        lambda: probe(target, place.state, deadline=3),
    ]
    for action in actions[: 1 if failure == "a push without an answer" else 3]:
        try:
            told.append(repr(action()))
        except GitopsFailure as error:
            told += [*traceback.format_exception(error), repr(vars(error)), error.hint]
    Hanging.released.set()
    assert told
    leaks = [form for form in (*FORMS, token) for text in told if form in text]
    assert leaks == []
    assert _leaks(_files(place.state)) == []


def test_V20_only_the_host_that_was_named_gets_the_token(
    place: "Place", serve: "Serve", monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []

    class Thief(Backend):
        def serve(self) -> None:
            heard.append(self.headers.get("Authorization", ""))
            super().serve()

        do_GET = do_POST = serve  # noqa: N815 - inherited

    thief = serve(backend(place, Thief))

    class Redirect(Backend):
        def serve(self) -> None:
            self.send_response(302)
            self.send_header("Location", f"http://{thief}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = serve  # noqa: N815 - inherited

    monkeypatch.setenv("ARGOSY_GIT_TOKEN", CANARY)
    url = f"http://{serve(backend(place, Redirect))}/{place.bare.name}"
    with pytest.raises(GitopsFailure):
        place.publish(target=place.target(repository=url))
    assert heard
    assert set(heard) == {""}


def test_V20_story_13_a_token_is_not_kept_by_the_users_helpers(
    place: "Place", serve: "Serve", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = tmp_path / "asked"
    address = serve(backend(place, Guarded))
    for key in ("credential.helper", f"credential.http://{address}.helper"):
        place.git("config", "--global", key, f"!f() {{ cat >>{asked}; }}; f")
    monkeypatch.setenv("ARGOSY_GIT_TOKEN", CANARY)
    url = f"http://{address}/{place.bare.name}"
    assert isinstance(place.publish(target=place.target(repository=url)), Published)
    assert not asked.exists()


def test_V20_a_user_may_bring_an_askpass_program(
    place: "Place", host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "askpass"
    program.write_text('#!/bin/sh\ncase "$1" in User*) echo bob ;; *) echo $SECRET ;; esac\n')
    program.chmod(0o755)
    monkeypatch.setenv("GIT_ASKPASS", str(program))
    monkeypatch.setenv("SECRET", LOGIN[1])
    assert isinstance(place.publish(target=place.target(repository=f"http://{host}")), Published)
    assert "SECRET" in os.environ
