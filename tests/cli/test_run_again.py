"""Runs that go on: detached, stopped, resumed, retried, begun in the middle."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.flows import HEAD, argosy, data, environment
from tests.patience import wait_until

WORKFLOW = (
    HEAD
    + """\
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, template: count}
      - {name: b, template: bad, depends: a}
      - {name: c, template: count, depends: b}
      - {name: d, template: count}
  - name: count
    container: {image: a, command: [sh, -c, "echo ran >> FOLDER/{{pod.name}}"]}
  - name: bad
    container: {image: a, command: [sh, -c, "echo ran >> FOLDER/b; SCRIPT"]}
"""
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".argosy").mkdir()
    (tmp_path / "ran").mkdir()
    return tmp_path


def write(folder: Path, script: str) -> None:
    text = WORKFLOW.replace("FOLDER", str(folder / "ran")).replace("SCRIPT", script)
    (folder / "flow.yaml").write_text(text, "utf-8")


def ran(folder: Path) -> dict[str, int]:
    """Return how often each step ran since the last call, by the name of its pod."""
    found: dict[str, int] = {}
    for file in (folder / "ran").iterdir():
        found[file.name] = file.read_text("utf-8").count("ran")
        file.unlink()
    return found


def until(folder: Path, name: str) -> None:
    wait_until((folder / "ran" / name).exists, f"{name} has run")


def test_retry_runs_what_failed_and_what_waits_for_it(folder: Path) -> None:
    write(folder, f"test -e {folder}/ok")
    assert argosy(folder, "run", "flow.yaml", "--name", "r")[0] == 1
    assert (len(ran(folder)), "b") == (3, "b")
    (folder / "ok").touch()
    code, out, err = argosy(folder, "retry")
    assert code == 0, err
    assert "✔ run r Succeeded" in out
    assert "2 steps have ended and are not run again" in err
    again = ran(folder)
    assert (len(again), again["b"]) == (2, 1)
    code, _, err = argosy(folder, "retry", "r")
    assert code == 2
    assert "nothing failed for good" in err


def test_from_takes_what_comes_before_from_the_last_run(folder: Path) -> None:
    write(folder, "true")
    assert "no run of `flow`" in argosy(folder, "run", "flow.yaml", "--from", "b")[2]
    assert argosy(folder, "run", "flow.yaml", "--name", "one")[0] == 0
    ran(folder)
    code, _, err = argosy(folder, "run", "flow.yaml", "--from", "b", "--name", "two")
    assert code == 0, err
    assert "is taken from run one" in err
    again = ran(folder)
    assert (len(again), again["b"]) == (2, 1)
    found = data(folder, "why", "two", "a", schema="why")
    assert found["phase"] == "Succeeded"
    assert "it was taken from run one, where it succeeded in" in found["reasons"][-1]["text"]
    report = data(folder, "report", "two", schema="report")
    steps = {step["label"]: step for step in report["steps"]}
    assert (steps["a"]["started"], steps["a"]["reason"]) == (None, "taken from run one")
    assert not steps["a"]["critical"]
    assert 0 <= steps["b"]["waited"] < 10


def test_only_runs_one_step(folder: Path) -> None:
    write(folder, "true")
    assert argosy(folder, "run", "flow.yaml", "--name", "one")[0] == 0
    ran(folder)
    code, _, err = argosy(folder, "run", "flow.yaml", "--only", "b", "--name", "two")
    assert code == 0, err
    assert ran(folder) == {"b": 1}
    found = data(folder, "why", "two", "c", schema="why")
    assert found["phase"] == "Omitted"
    assert [r["text"] for r in found["reasons"]] == ["omitted: only another step was asked for"]
    code, out, _ = argosy(folder, "run", "flow.yaml", "--only", "b", "--dry-run")
    assert (code, "flow would run 1 step\n" in out) == (0, True)
    assert "· a  taken from an earlier run" in out
    assert "· c  after b  left out" in out
    code, _, err = argosy(folder, "run", "flow.yaml", "--only", "bb")
    assert (code, "there is no step `bb`" in err) == (2, True)


def test_a_dry_run_runs_nothing_and_makes_nothing(folder: Path) -> None:
    write(folder, "true")
    code, out, _ = argosy(folder, "run", "flow.yaml", "--dry-run")
    assert code == 0
    assert "flow would run 4 steps" in out
    assert "· c  after b" in out
    found = data(folder, "run", "flow.yaml", "--dry-run", schema="preview")
    names = [step["name"] for step in found["steps"]]
    assert names.index("a") < names.index("b") < names.index("c")
    assert ran(folder) == {}
    assert not (folder / ".argosy/runs").exists()


def test_a_detached_run_can_be_followed_and_stopped_and_goes_on(folder: Path) -> None:
    write(folder, f"test -e {folder}/ok || sleep 300")
    code, out, err = argosy(folder, "run", "flow.yaml", "--detach", "--name", "far")
    assert (code, out) == (0, "far\n"), err
    assert err.endswith("next: argosy logs -f far\n")
    until(folder, "b")
    with subprocess.Popen(
        [sys.executable, "-m", "argosy", "logs", "-f"],
        cwd=folder,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as following:
        found = data(folder, "stop", schema="asked")
        assert found["run"] == "far"
        _, said = following.communicate(timeout=60)
    assert said.splitlines()[-1].startswith("run far: Failed")
    assert len(ran(folder)) == 3
    (folder / "ok").touch()
    code, out, err = argosy(folder, "resume", "far")
    assert code == 0, err
    again = ran(folder)
    assert (len(again), again["b"]) == (2, 1)


def test_a_detached_run_that_is_refused_says_why(folder: Path) -> None:
    write(folder, "true")
    assert argosy(folder, "run", "flow.yaml", "--name", "r")[0] == 0
    code, out, err = argosy(folder, "run", "flow.yaml", "--detach", "--name", "r")
    assert (code, out) == (1, "")
    assert "a run called `r` exists" in err
    code, _, err = argosy(folder, "run", "flow.yaml", "--detach", "-p", "x=1")
    assert (code, "no such parameter" in err) == (2, True)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_P02_a_signal_ends_the_run_and_shows_in_the_exit_code(
    folder: Path, number: signal.Signals, code: int
) -> None:
    write(folder, "sleep 300")
    with subprocess.Popen(
        [sys.executable, "-m", "argosy", "run", "flow.yaml", "--name", "r"],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        until(folder, "b")
        process.send_signal(number)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == code
    assert "✖ run r Failed" in out.decode()
    runs = data(folder, "runs", schema="runs")["runs"]
    assert [run["phase"] for run in runs] == ["Failed"]


def test_P03_a_run_whose_engine_was_killed_is_resumed(folder: Path) -> None:
    write(folder, f"test -e {folder}/ok || sleep 300")
    with subprocess.Popen(
        [sys.executable, "-m", "argosy", "run", "flow.yaml", "--name", "r"],
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        until(folder, "b")
        # that it runs is on record after a moment
        pending = "b of run r: Pending"
        wait_until(lambda: pending not in argosy(folder, "why", "r", "b")[1], "b runs")
        os.kill(process.pid, signal.SIGKILL)
    listed = argosy(folder, "runs")
    assert "Interrupted" in listed[1]
    assert listed[2] == "next: argosy resume r\n"
    assert "the engine died before it ended" in argosy(folder, "why", "r", "b")[1]
    ran(folder)
    (folder / "ok").touch()
    code, _, err = argosy(folder, "resume")
    assert code == 0, err
    again = ran(folder)
    assert again.pop("b") == 1
    # what had ended is not run again; at the moment of death `d` may have been on its way
    assert len(again) <= 2
    assert argosy(folder, "resume", "r")[0] == 2


@pytest.mark.parametrize(("word", "code"), [("approve", 0), ("reject", 1)])
def test_a_person_answers_a_step_that_waits(folder: Path, word: str, code: int) -> None:
    text = WORKFLOW.partition("  - name: bad")[0] + "  - {name: bad, suspend: {}}\n"
    (folder / "flow.yaml").write_text(text.replace("FOLDER", str(folder / "ran")), "utf-8")
    assert argosy(folder, "run", "flow.yaml", "--detach", "--name", "far")[0] == 0
    wait_until(lambda: "waits for an answer" in argosy(folder, "why", "far", "b")[1], "b asks")
    assert "did you mean `b`?" in argosy(folder, word, "far", "bb")[2]
    found = data(folder, word, "far", "--message", "seen", schema="asked")
    assert (found["asked"], found["step"]) == (word, "b")
    argosy(folder, "logs", "-f", "far")
    phases = {run["name"]: run["phase"] for run in data(folder, "runs", schema="runs")["runs"]}
    assert phases == {"far": "Failed" if code else "Succeeded"}


def test_nothing_to_stop_or_answer(folder: Path) -> None:
    write(folder, "true")
    assert "there are no runs yet" in argosy(folder, "stop")[2]
    argosy(folder, "run", "flow.yaml", "--name", "r")
    for command in ("stop", "approve", "reject"):
        code, _, err = argosy(folder, command, "r")
        assert code == 2
        assert "run `r` does not go on: Succeeded" in err


def test_an_answer_carries_what_the_step_asks_for(folder: Path) -> None:
    outputs = "outputs: {parameters: [{name: rate, valueFrom: {supplied: {}}}]}"
    text = WORKFLOW.partition("  - name: bad")[0] + f"  - {{name: bad, suspend: {{}}, {outputs}}}\n"
    (folder / "flow.yaml").write_text(text.replace("FOLDER", str(folder / "ran")), "utf-8")
    assert argosy(folder, "run", "flow.yaml", "--detach", "--name", "far")[0] == 0
    wait_until(lambda: "waits for an answer" in argosy(folder, "why", "far", "b")[1], "b asks")
    assert "the step asks for rate\n  help: -p rate=VALUE" in argosy(folder, "approve", "far")[2]
    assert "did you mean `rate`?" in argosy(folder, "approve", "far", "-p", "rat=1")[2]
    assert argosy(folder, "approve", "far", "b", "-p", "rate=0.5")[0] == 0
    argosy(folder, "logs", "-f", "far")
    assert data(folder, "runs", schema="runs")["runs"][0]["phase"] == "Succeeded"


MATRIX = (
    HEAD
    + """\
  templates:
  - name: main
    dag:
      tasks:
      - {name: a, template: a}
      - {name: train-x, template: train, depends: a}
      - {name: train-y, template: train, depends: a}
      - {name: best, template: best, depends: train-x && train-y}
"""
    + "".join(
        f"  - name: {name}\n    container: {{image: a, "
        f"command: [sh, -c, 'echo ran >> FOLDER/{{{{pod.name}}}}']}}\n"
        for name in ("a", "train", "best")
    )
)
STEPS = """\
  - name: main
    steps:
    - - {name: a, template: a}
    - - {name: train-x, template: train}
      - {name: train-y, template: train}
    - - {name: best, template: best}
"""


@pytest.mark.parametrize("kind", ["dag", "steps"])
def test_the_name_of_a_matrix_step_means_all_that_it_has_become(folder: Path, kind: str) -> None:
    text = MATRIX.replace("FOLDER", str(folder / "ran"))
    if kind == "steps":
        first, _, rest = text.partition("  - name: main\n")
        text = first + STEPS + rest[rest.index("  - name: a\n") :]
    (folder / "flow.yaml").write_text(text, "utf-8")
    assert argosy(folder, "run", "flow.yaml", "--name", "one")[0] == 0
    assert len(ran(folder)) == 4
    code, _, err = argosy(folder, "run", "flow.yaml", "--from", "train", "--name", "two")
    assert code == 0, err
    assert sorted(name.split("-")[1] for name in ran(folder)) == ["best", "train", "train"]
    code, _, err = argosy(folder, "run", "flow.yaml", "--only", "train", "--name", "three")
    assert code == 0, err
    assert [name.split("-")[1] for name in ran(folder)] == ["train", "train"]
    assert data(folder, "why", "three", "best", schema="why")["phase"] == "Omitted"
    code, _, err = argosy(folder, "run", "flow.yaml", "--only", "trian")
    assert (code, "there is no step `trian`" in err) == (2, True)
    assert "did you mean `train`?" in err
    _, _, err = argosy(folder, "run", "flow.yaml", "--from", "zebra")
    assert "a, best, train, train-x, train-y" in err, "steps with a matrix are named too"


def test_a_run_that_was_stopped_tells_its_end_again_when_it_has_gone_on(folder: Path) -> None:
    write(folder, "[ -e FOLDER/../go ] || sleep 300".replace("FOLDER", str(folder / "ran")))
    text = (folder / "flow.yaml").read_text("utf-8")
    bye = "  - {name: bye, container: {image: a, command: [sh, -c, 'echo ran >> FOLDER/bye']}}\n"
    text = text.replace("spec:\n", "spec:\n  onExit: bye\n") + bye.replace(
        "FOLDER", str(folder / "ran")
    )
    (folder / "flow.yaml").write_text(text, "utf-8")
    started = subprocess.Popen(
        [sys.executable, "-m", "argosy", "run", "flow.yaml", "--name", "r"],
        cwd=folder,
        env=environment(),
        stderr=subprocess.PIPE,
    )
    until(folder, "b")
    assert argosy(folder, "stop", "r")[0] == 0
    started.communicate(timeout=60)
    assert ran(folder)["bye"] == 1
    assert "Stopped with strategy 'Stop'" in argosy(folder, "runs", "--json")[1]
    (folder / "go").touch()
    code, _, err = argosy(folder, "resume", "r")
    assert code == 0, err
    again = ran(folder)
    assert (again["b"], again["bye"]) == (1, 1)


def test_P02_templates_that_call_themselves_without_end_are_stopped_too(folder: Path) -> None:
    calls = "[[{name: a, template: main}, {name: b, template: main}]]"
    (folder / "flow.yaml").write_text(f"{HEAD}  templates: [{{name: main, steps: {calls}}}]\n")
    words = [sys.executable, "-m", "argosy", "run", "flow.yaml", "--name", "r"]
    with (folder / "said").open("wb") as said:
        how: dict[str, Any] = {"cwd": folder, "env": environment(), "stderr": said}
        started = subprocess.Popen(words, stdout=subprocess.PIPE, **how)
    wait_until(lambda: b"a.a.a.a.a" in (folder / "said").read_bytes(), "it says where it is")
    started.terminate()
    out, _ = started.communicate(timeout=60)
    assert (started.returncode, b"run r Failed" in out) == (143, True)


def test_of_several_workflows_in_a_file_one_is_named(tmp_path: Path) -> None:
    template = "{name: a, container: {image: i, command: [echo, NAME]}}"
    spec = f"spec: {{entrypoint: a, templates: [{template}]}}"
    head = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: NAME}\n"
    texts = [f"{head}{spec}\n".replace("NAME", name) for name in ("one", "two")]
    (tmp_path / "flows.yaml").write_text("---\n".join(texts), "utf-8")
    code, _, err = argosy(tmp_path, "run", "flows.yaml")
    assert (code, "name one by --workflow" in err) == (1, True)
    code, out, err = argosy(tmp_path, "run", "flows.yaml", "--workflow", "two", "--name", "r")
    assert (code, "run r Succeeded" in out) == (0, True), err
    assert "two" in argosy(tmp_path, "logs", "r")[1]
    code, _, err = argosy(tmp_path, "run", "flows.yaml", "--workflow", "tow")
    assert (code, "did you mean `two`?" in err) == (1, True)
    code, _, err = argosy(tmp_path, "run", "nothing", "--workflow", "two")
    assert (code, "--workflow chooses in a file" in err) == (2, True)


def test_S04_of_two_that_resume_one_run_at_once_one_goes_on(folder: Path) -> None:
    write(folder, "sleep 1")
    words = [sys.executable, "-m", "argosy"]
    how: dict[str, Any] = {"cwd": folder, "env": environment(), "stderr": subprocess.PIPE}
    with subprocess.Popen([*words, "run", "flow.yaml", "--name", "r"], **how) as engine:
        until(folder, "b")
        os.kill(engine.pid, signal.SIGKILL)
        engine.communicate(timeout=60)
    ran(folder)
    both = [subprocess.Popen([*words, "resume", "r"], text=True, **how) for _ in range(2)]
    said = [each.communicate(timeout=60)[1] for each in both]
    codes = [each.returncode for each in both]
    assert sorted(codes) == [0, 1], said
    assert "has gone on meanwhile" in said[codes.index(1)]
    assert set(ran(folder).values()) == {1}
