"""The world says no: each foreseeable fault has a message and a hint, never a traceback."""

import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitops.failure import GitopsFailure
from gitops.git import GitFailure
from gitops.layout import LayoutFailure
from gitops.outcome import Published
from gitops.source import read_source
from tests.servers import Quiet

if TYPE_CHECKING:
    from tests.gitops.conftest import Place, Serve


def _hook(place: "Place", name: str, script: str) -> None:
    hook = place.bare / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)


def test_V06_a_stale_lock_fails_at_the_deadline_and_is_named(place: "Place") -> None:
    place.publish()
    lock = place.bare / "refs/heads/main.lock"
    lock.touch()
    with pytest.raises(GitFailure) as caught:
        place.publish({**place.files, "a.yaml": b"a\n"}, deadline=1.5)
    assert caught.value.message == f"`{place.bare}` is locked"
    assert f"`{lock}` since 0 min" in caught.value.hint
    assert lock.exists()
    assert caught.value.exit_code == 4
    lock.unlink()
    assert isinstance(place.publish({**place.files, "a.yaml": b"a\n"}), Published)


def test_a_lock_that_goes_away_is_waited_for(place: "Place") -> None:
    place.publish()
    lock = place.bare / "refs/heads/main.lock"
    lock.touch()
    timer = threading.Timer(0.6, lock.unlink)
    timer.start()
    assert isinstance(place.publish({**place.files, "a.yaml": b"a\n"}), Published)
    timer.join()


def test_V04_a_hook_of_the_server_is_quoted_and_not_asked_for_ever(
    place: "Place", tmp_path: Path
) -> None:
    asked = tmp_path / "asked"
    _hook(place, "pre-receive", f"echo x >> {asked}\necho 'Only on weekdays, please.' >&2\nexit 1")
    with pytest.raises(GitFailure) as caught:
        place.publish()
    assert caught.value.kind == "rejected"
    assert "Only on weekdays, please." in caught.value.message
    # once with the marker, once without: it may be the marker that it does not like
    assert asked.read_text() == "x\nx\n"


def test_a_refusal_in_unknown_words_is_not_retried_for_ever(place: "Place") -> None:
    place.git("config", "receive.maxInputSize", "1", at=place.bare)
    with pytest.raises(GitFailure, match="pack exceeds maximum allowed size"):
        place.publish()


def test_a_repository_that_may_not_be_written(place: "Place") -> None:
    """Run as another user if we are root, whom no permission stops."""
    place.publish()
    for path in (place.bare, *place.bare.rglob("*")):
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    script = """
import os, sys
from pathlib import Path
from compiler.tree import RenderedTree
from gitops.failure import GitopsFailure
from gitops.publish import publish
from gitops.source import SourceRevision
from gitops.target import Target
import git.cmd, importlib.metadata
importlib.metadata.version("argosy")  # what is imported late may be out of reach for nobody
if os.getuid() == 0:
    for folder in Path(sys.argv[1]).parents:
        if folder.stat().st_uid == 0 and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    os.setgid(65534); os.setuid(65534)
source = SourceRevision("0" * 39 + "1", False, "", "s", "Ada", "a@b.c")
target = Target(sys.argv[1], "main", "envs/dev", "dev")
try:
    publish(target, RenderedTree({"a.yaml": b"a"}), source, state=Path(sys.argv[2]), resume=True,
            allow_rewind=True)
except GitopsFailure as failure:
    print(failure.kind, failure.message)
"""
    state = place.root.parent / "open"
    state.mkdir()
    state.chmod(0o777)
    config = state / "gitconfig"
    config.write_text("[safe]\n\tdirectory = *\n")
    env = {**os.environ, "GIT_CONFIG_GLOBAL": str(config), "HOME": str(state)}
    done = subprocess.run([sys.executable, "-c", script, str(place.bare), str(state)],
                          env=env, capture_output=True, text=True)  # fmt: skip
    for path in (place.bare, *place.bare.rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("permission permission denied by"), done.stdout


def test_no_git_on_path(place: "Place", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = read_source(place.root)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitFailure, match="git is not installed") as caught:
        place.publish(source=source)
    assert "PATH" in caught.value.hint


def test_no_git_on_path_of_a_fresh_process(tmp_path: Path) -> None:
    script = """
from pathlib import Path
from gitops.failure import GitopsFailure
from gitops.source import read_source
try:
    read_source(Path("."))
except GitopsFailure as failure:
    print(failure.message)
"""
    env = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("git is not installed\n", "")


def test_a_missing_repository_and_a_folder_that_is_none(place: "Place", tmp_path: Path) -> None:
    with pytest.raises(GitFailure, match="there is no repository at") as missing:
        place.publish(target=place.target(repository=str(tmp_path / "absent.git")))
    assert "git init --bare" in missing.value.hint
    with pytest.raises(GitFailure, match="is not a git repository") as none:
        place.publish(target=place.target(repository=str(tmp_path)))
    assert (missing.value.kind, none.value.kind) == ("repository", "repository")


def test_an_unreachable_host_is_told_without_the_password(place: "Place") -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        url = f"http://bob:hunter2@127.0.0.1:{port}/acme/gitops.git"
        with pytest.raises(GitFailure) as caught:
            place.publish(target=place.target(repository=url))
    assert caught.value.kind == "unreachable"
    shown = f"{caught.value.message}{caught.value.hint}{caught.value.detail}{caught.value!r}"
    assert "hunter2" not in shown
    assert f"http://***@127.0.0.1:{port}/acme/gitops.git" in shown


class _Forge(Quiet):
    """Answers every request with the status that its path begins with."""

    def do_GET(self) -> None:
        self.send_response(int(self.path.split("/")[1]))
        self.send_header("WWW-Authenticate", "Basic")
        self.end_headers()


@pytest.fixture
def forge(serve: "Serve") -> str:
    return f"http://bob:hunter2@{serve(_Forge)}"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, "permission"), (403, "permission"), (404, "repository"), (503, "unreachable")],
)
def test_what_a_forge_answers(place: "Place", forge: str, status: int, kind: str) -> None:
    with pytest.raises(GitFailure) as caught:
        place.publish(target=place.target(repository=f"{forge}/{status}/gitops.git"))
    assert caught.value.kind == kind
    assert "hunter2" not in f"{caught.value.message}{caught.value.detail}"


def test_V08_a_server_that_never_answers_is_left_at_the_deadline(place: "Place") -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/gitops.git"
        with pytest.raises(GitFailure, match="git fetch did not end within") as caught:
            place.publish(target=place.target(repository=url), deadline=1)
    assert caught.value.kind == "timeout"
    assert list(place.state.glob("publish/*")) == []


def test_an_unwritable_state_is_told(place: "Place", tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GitopsFailure, match="cannot write to"):
        place.publish(state=tmp_path / "file")


@pytest.mark.parametrize(
    "path",
    ["../up", "/abs", "a//b", ".git/config", "a/.GIT/x", "git~1", "a\\b", "a b", "ä", "con.yaml",
     "a/./b", "", "argosy.lock", "a\nb", "-x", "a.", "x" * 101],
)  # fmt: skip
def test_unsafe_names_are_refused(place: "Place", path: str) -> None:
    with pytest.raises(LayoutFailure):
        place.publish({path: b"x"})
    assert place.git("for-each-ref", at=place.bare) == ""


def test_names_that_exclude_each_other_and_large_files_are_refused(place: "Place") -> None:
    with pytest.raises(LayoutFailure, match="differ in case only"):
        place.publish({"a.yaml": b"x", "A.yaml": b"x"})
    with pytest.raises(LayoutFailure, match="is a file and a folder"):
        place.publish({"a": b"x", "a/b": b"x"})
    with pytest.raises(LayoutFailure, match="the limit is"):
        place.publish({"a": b"x" * (1024 * 1024 + 1)})


def test_ssh_addresses_reach_the_repository(
    place: "Place", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`ssh` is a script that runs what it is told on this machine."""
    ssh = tmp_path / "ssh"
    ssh.write_text('#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(ssh))
    first = place.publish(target=place.target(repository=f"git@example.com:{place.bare}"))
    assert isinstance(first, Published)
    url = f"ssh://git@example.com{place.bare}"
    second = place.publish({"b.yaml": b"b\n"}, target=place.target("prod", url))
    assert isinstance(second, Published)
