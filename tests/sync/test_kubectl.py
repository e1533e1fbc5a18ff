"""kubectl as a function: its JSON, its words, its time limit; no secret in what it says."""

import stat
import time
from pathlib import Path

import pytest

from argosy.cluster.kubectl import ClusterFailure, Kubectl


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in kubectl's place; the test writes what it does."""
    program = tmp_path / "bin" / "kubectl"
    program.parent.mkdir()
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    return program


def does(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def test_json_is_read_and_the_context_is_named(kubectl: Path) -> None:
    does(kubectl, 'echo "[\\"$1\\", \\"$3\\"]"')
    assert Kubectl("prod").json("get", "pods") == ["--context=prod", "get"]


def test_nothing_is_none(kubectl: Path) -> None:
    does(kubectl, "true")
    assert Kubectl().json("get", "pods", "--ignore-not-found") is None


def test_input_arrives(kubectl: Path) -> None:
    does(kubectl, "cat")
    assert Kubectl().json("apply", "-f", "-", text='{"a": "ü"}') == {"a": "ü"}


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("The connection to the server localhost:1 was refused", "tunnel"),
        ("error: You must be logged in to the server (Unauthorized)", "log in"),
        ('Error from server (Forbidden): pods is forbidden: User "a"', "right"),
        ('error: context "nope" does not exist', "get-contexts"),
        ("error: current-context is not set", "use-context"),
    ],
)
def test_a_failure_is_in_kubectls_words_with_a_hint(kubectl: Path, words: str, hint: str) -> None:
    does(kubectl, f"echo 'E1125 12:00:00.0 memcache.go:265] noise' >&2; echo '{words}' >&2; exit 1")
    with pytest.raises(ClusterFailure) as raised:
        Kubectl().json("get", "pods")
    assert raised.value.message == f"kubectl get: {words}"
    assert hint in raised.value.hint
    assert raised.value.exit_code == 4


def test_what_kubectl_says_again_and_again_is_said_once(kubectl: Path) -> None:
    does(kubectl, "for at in 1 2 3; do echo 'context \"x\" does not exist' >&2; done; exit 1")
    with pytest.raises(ClusterFailure) as raised:
        Kubectl().text("get", "pods")
    assert raised.value.message == 'kubectl get: context "x" does not exist'


def test_a_secret_is_never_repeated(kubectl: Path) -> None:
    said = "proxy https://me:hunter2hunter2@proxy: Authorization: Bearer abcdefgh12345678"
    does(kubectl, f"echo '{said}' >&2; exit 1")
    with pytest.raises(ClusterFailure) as raised:
        Kubectl().text("get", "pods")
    assert "hunter2" not in raised.value.message
    assert "abcdefgh" not in raised.value.message


def test_who_does_not_answer_is_left_after_a_while(kubectl: Path) -> None:
    does(kubectl, "exec sleep 600")
    began = time.monotonic()
    with pytest.raises(ClusterFailure, match="kubectl get did not end within 1 s"):
        Kubectl(patience=1).json("get", "pods")
    assert time.monotonic() - began < 60


def test_without_kubectl_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ClusterFailure, match="kubectl cannot be started"):
        Kubectl().json("get", "pods")


def test_other_output_is_no_answer(kubectl: Path) -> None:
    does(kubectl, "echo hello")
    with pytest.raises(ClusterFailure, match="wrote no JSON"):
        Kubectl().json("get", "pods")


def test_a_step_gets_every_line_and_all_the_time_that_it_takes(kubectl: Path) -> None:
    does(kubectl, 'echo "$1"; for line in 1 2 3 4 5 6 7; do echo "line $line" >&2; done; exit 1')
    answer = Kubectl(patience=None).ask("get", "pods")
    assert answer.out == "get\n", "no limit is asked for"
    assert answer.err.splitlines()[0] == "line 1"
    assert answer.words.splitlines() == [f"line {number}" for number in range(3, 8)]
