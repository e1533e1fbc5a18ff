"""The faults of processes seen by a person: `argosy run` in a process of its own, to its end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from argosy.engine.failure import EngineError
from argosy.engine.journal import runs
from argosy.engine.manifests import load
from argosy.engine.nodes import Run
from argosy.engine.run import run
from argosy.engine.runtime import choice
from compiler.emit import emit
from tests.engine.processes import PATIENCE, gone, wait_for, written

PROJECT = """apiVersion: argosy.dev/v1
kind: Project
name: t
environments: {dev: {namespace: d}}
"""
STUBBORN = "setsid sleep 300 & echo $! > %s; trap '' TERM; sleep 300"
QUICK = "setsid sleep 300 & echo $! > %s; exec sleep 300"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a project, where the store of MLflow is made once."""
    root = tmp_path_factory.mktemp("project")
    (root / "argosy.yaml").write_text(PROJECT)
    (root / "pipelines").mkdir()
    (root / "warm.yaml").write_bytes(emit(workflow({"a": leaf("true")}), ""))
    argosy(root, "warm.yaml", "warm").communicate(timeout=PATIENCE * 4)
    return root


def argosy(root: Path, file: str, name: str, **more: Any) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "argosy", "run", file, "--name", name],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **more,
    )


def leaf(script: str, **more: Any) -> dict[str, Any]:
    container = {"image": "i", "command": ["sh", "-c"], "args": [script], "workingDir": "/work"}
    return {"container": container, **more}


def workflow(templates: dict[str, Any], **spec: Any) -> dict[str, Any]:
    """Return a workflow whose DAG has a task for each of `templates`."""
    tasks = [{"name": name, "template": name} for name in templates]
    leaves = [{"name": name, **body} for name, body in templates.items()]
    main = {"name": "main", "dag": {"tasks": tasks}}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": "w"},
        "spec": {"entrypoint": "main", "templates": [main, *leaves], **spec},
    }


def stuck(root: Path, name: str, script: str) -> tuple["subprocess.Popen[str]", str]:
    """Start a run of a step that stays, and return it with the process that left its session."""
    pid = root / f"{name}.pid"
    (root / f"{name}.yaml").write_bytes(emit(workflow({"a": leaf(script % pid)}), ""))
    started = argosy(root, f"{name}.yaml", name)
    return started, written(pid)


def execute(folder: Path, manifest: dict[str, Any], **more: Any) -> Run:
    (folder / "m.yaml").write_bytes(emit(manifest, ""))
    return run(
        load(folder / "m.yaml"),
        name="r",
        parameters={},
        folder=folder / "state",
        environment={},
        on_event=lambda _event: None,
        **more,
    )


def node(ended: Run, name: str) -> Any:
    return next(each for each in ended.nodes if each.name == f"r.{name}")


def test_P01_the_first_ctrl_c_asks_the_steps_to_end(project: Path) -> None:
    started, child = stuck(project, "p01", QUICK)
    os.kill(started.pid, signal.SIGINT)
    out, _ = started.communicate(timeout=PATIENCE)
    assert started.returncode == 130
    assert "Traceback" not in out
    wait_for(lambda: gone(child))


def test_P01_the_second_ctrl_c_kills_them(project: Path) -> None:
    started, child = stuck(project, "p01-twice", STUBBORN)
    start = time.monotonic()
    os.kill(started.pid, signal.SIGINT)
    time.sleep(0.3)
    os.kill(started.pid, signal.SIGINT)
    started.communicate(timeout=PATIENCE)
    assert started.returncode == 130
    assert time.monotonic() - start < PATIENCE / 2
    wait_for(lambda: gone(child))


def test_P02_a_cancelled_ci_job_leaves_nothing_and_closes_its_record(project: Path) -> None:
    started, child = stuck(project, "p02", QUICK)
    os.kill(started.pid, signal.SIGTERM)
    started.communicate(timeout=PATIENCE)
    assert started.returncode == 143
    wait_for(lambda: gone(child))
    assert [each.phase for each in runs(project / ".argosy") if each.name == "p02"] == ["Failed"]


def test_P03_a_killed_engine_takes_its_steps_with_it(project: Path) -> None:
    started, child = stuck(project, "p03", STUBBORN)
    start = time.monotonic()
    os.kill(started.pid, signal.SIGKILL)
    wait_for(lambda: gone(child))
    assert time.monotonic() - start < 10  # ten times the second that is promised
    started.communicate(timeout=PATIENCE)


def test_P04_a_closed_terminal_ends_the_run_whole(project: Path) -> None:
    started, child = stuck(project, "p04", QUICK)
    os.kill(started.pid, signal.SIGWINCH)
    os.kill(started.pid, signal.SIGHUP)
    started.communicate(timeout=PATIENCE)
    assert started.returncode
    wait_for(lambda: gone(child))


def test_P04_a_stopped_engine_goes_on_where_it_was(project: Path) -> None:
    pid = project / "p04-stop.pid"
    script = f"echo $$$$ > {pid}; sleep 0.5"  # `$$` is the kubelet's `$`
    (project / "p04-stop.yaml").write_bytes(emit(workflow({"a": leaf(script)}), ""))
    started = argosy(project, "p04-stop.yaml", "p04-stop")
    step = written(pid)
    os.kill(started.pid, signal.SIGSTOP)
    wait_for(lambda: gone(step))
    os.kill(started.pid, signal.SIGCONT)
    out, _ = started.communicate(timeout=PATIENCE)
    assert (started.returncode, "Succeeded" in out) == (0, True)


def test_P04_a_reader_that_leaves_is_no_failure_of_the_run(project: Path) -> None:
    leaves = {name: leaf("echo x") for name in ("a", "b", "c")}
    (project / "p04-head.yaml").write_bytes(emit(workflow(leaves), ""))
    started = argosy(project, "p04-head.yaml", "p04-head")
    assert started.stdout is not None
    started.stdout.close()
    assert started.stderr is not None
    said = started.stderr.read()
    started.stderr.close()
    started.wait(PATIENCE)
    assert "Traceback" not in said
    assert started.returncode in (0, 141)


def test_P10_the_bounds_of_a_log_are_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGOSY_LOG_HEAD", "1Ki")
    monkeypatch.setenv("ARGOSY_LOG_TAIL", "2Ki")
    ended = execute(tmp_path, workflow({"a": leaf("head -c 10240 /dev/zero")}))
    assert b"7168 bytes dropped" in node(ended, "a").log.read_bytes()
    monkeypatch.setenv("ARGOSY_LOG_TAIL", "much")
    with pytest.raises(EngineError, match="ARGOSY_LOG_TAIL: `much` is no size"):
        choice.opened("process", "m", tmp_path)


def test_P12_what_a_step_over_its_time_has_half_written_is_not_published(tmp_path: Path) -> None:
    half = leaf(
        "echo half > out; sleep 300",
        activeDeadlineSeconds=1,
        outputs={
            "parameters": [{"name": "p", "valueFrom": {"path": "/work/out"}}],
            "artifacts": [{"name": "f", "path": "/work/out"}],
        },
    )
    ended = execute(tmp_path, workflow({"a": half}))
    late = node(ended, "a")
    assert late.message == "Pod was active on the node longer than the specified deadline"
    assert (late.phase, late.parameters, late.artifacts) == ("Failed", {}, {})
    assert not list((tmp_path / "state/runs/r").glob("artifacts/*/*"))


def test_P12_a_workflow_over_its_time_ends_all_of_its_steps(tmp_path: Path) -> None:
    scripts = {name: leaf(f"echo $$$$ > {tmp_path}/{name}; exec sleep 300") for name in ("a", "b")}
    ended = execute(tmp_path, workflow(scripts, activeDeadlineSeconds=1), capacity=(8, 2**40))
    assert ended.phase == "Failed"
    wait_for(lambda: all(gone(written(tmp_path / name)) for name in ("a", "b")))


def test_P13_the_message_of_a_killed_step_has_its_code(tmp_path: Path) -> None:
    ended = execute(tmp_path, workflow({"a": leaf("kill -SEGV $$$$")}))
    assert (node(ended, "a").message, node(ended, "a").exit_code) == (
        "main: Error (exit code 139)",
        139,
    )


@pytest.mark.parametrize("kind", ["parameters", "artifacts"])
def test_P15_an_output_that_was_not_written_fails_the_step(kind: str, tmp_path: Path) -> None:
    output = {"path": "/work/out"} if kind == "artifacts" else {"valueFrom": {"path": "/work/out"}}
    ended = execute(
        tmp_path, workflow({"a": leaf("true", outputs={kind: [{"name": "o", **output}]})})
    )
    assert node(ended, "a").phase == "Error"
    assert f"outputs/{kind}/work/out" in node(ended, "a").message


def test_P16_a_step_killed_while_it_writes_hands_nothing_on(tmp_path: Path) -> None:
    outputs = {"artifacts": [{"name": "f", "path": "/work/out"}]}
    manifest = workflow(
        {"a": leaf("echo half > out; kill -KILL $$$$", outputs=outputs), "b": leaf("true")}
    )
    manifest["spec"]["templates"][0]["dag"]["tasks"][1]["depends"] = "a"
    ended = execute(tmp_path, manifest)
    assert (node(ended, "a").phase, node(ended, "b").phase) == ("Failed", "Omitted")
    assert not list((tmp_path / "state/runs/r").glob("artifacts/*/.*partial"))


def test_P17_each_attempt_begins_in_a_clean_folder(tmp_path: Path) -> None:
    script = f"[ -e left ] && exit 7; touch left; echo x >> {tmp_path}/tries; false"
    again = leaf(script, retryStrategy={"limit": 2})
    ended = execute(tmp_path, workflow({"a": again}))
    assert [node(ended, f"a({n})").exit_code for n in range(3)] == [1, 1, 1]
    assert (tmp_path / "tries").read_text() == "x\n" * 3


@pytest.mark.parametrize("act", ['rm -rf "$PWD"', "chmod 000 .", "chmod -R 000 ..", "rm -rf ../.."])
def test_P18_a_step_that_spoils_its_folder_ends_plainly_and_alone(act: str, tmp_path: Path) -> None:
    outputs = {"parameters": [{"name": "p", "valueFrom": {"path": "/work/out"}}]}
    first = leaf(f"{act}; true", outputs=outputs, retryStrategy={"limit": 1})
    ended = execute(tmp_path, workflow({"a": first, "b": leaf("true")}))
    assert node(ended, "a").phase in ("Error", "Failed")
    assert "Traceback" not in node(ended, "a").message
    assert node(ended, "b").phase == "Succeeded"


def test_P19_what_no_process_can_be_given_is_a_plain_error(tmp_path: Path) -> None:
    big = leaf("true", inputs={"parameters": [{"name": "x", "value": "y"}]})
    big["container"]["env"] = [{"name": "X", "value": "{{inputs.parameters.x}}"}]
    manifest = workflow({"a": big})
    given = {"parameters": [{"name": "x", "value": "x" * 131_072}]}
    manifest["spec"]["templates"][0]["dag"]["tasks"][0]["arguments"] = given
    ended = execute(tmp_path, manifest)
    assert node(ended, "a").phase in ("Error", "Failed")
    assert "variable `X` has 131072 bytes" in node(ended, "a").message
    assert "pass it as a file" in node(ended, "a").message


def test_P20_a_hundred_ready_steps_share_two_cores_in_order(tmp_path: Path) -> None:
    one = leaf("sleep 0.01")
    one["container"]["resources"] = {"requests": {"cpu": "1"}}
    ended = execute(tmp_path, workflow({f"s{n:03}": one for n in range(100)}), capacity=(2, 2**40))
    pods = [each for each in ended.nodes if each.type == "Pod"]
    assert [each.phase for each in pods] == ["Succeeded"] * 100
    moments = sorted([(each.started, 1) for each in pods] + [(each.finished, -1) for each in pods])
    busy, most = 0, 0
    for _, change in moments:
        busy += change
        most = max(most, busy)
    assert most <= 2
    names = [each.name for each in sorted(pods, key=lambda each: each.started or 0)]
    assert names == sorted(names)


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    """Leave no signal handler of a run behind."""
    before = signal.getsignal(signal.SIGINT)
    yield
    assert signal.getsignal(signal.SIGINT) is before
