"""A lock holds between the runs of one machine too, goes with its run, and outlives no stop."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from argosy.engine import journal
from argosy.engine.failure import EngineError
from argosy.engine.nodes import Node
from tests.engine.processes import wait_for

DRIVER = """
import sys
from pathlib import Path
from argosy.engine.manifests import load
from argosy.engine.run import run
ended = run(load(Path(sys.argv[1])), parameters={}, folder=Path(sys.argv[2]), environment={},
            on_event=lambda event: None, name=sys.argv[3])
print(ended.phase, [node.message for node in ended.nodes])
"""
LOCK = {"mutexes": [{"name": "m"}]}
Start = Callable[[str], "subprocess.Popen[str]"]


def manifest(level: str, script: str) -> dict[str, Any]:
    step: dict[str, Any] = {
        "name": "a",
        "container": {"image": "i", "command": ["sh", "-c", script]},
    }
    spec: dict[str, Any] = {"entrypoint": "a", "templates": [step]}
    (step if level == "template" else spec)["synchronization"] = LOCK
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": "w"},
        "spec": spec,
    }


def starter(folder: Path, content: dict[str, Any]) -> Start:
    """Return what starts a run of `content` in a process of its own."""
    (folder / "w.json").write_text(json.dumps(content))

    def started(name: str) -> "subprocess.Popen[str]":
        words = [sys.executable, "-c", DRIVER, str(folder / "w.json"), str(folder / "s"), name]
        return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True)

    return started


@pytest.mark.parametrize("level", ["workflow", "template"])
def test_two_runs_hold_a_mutex_one_after_the_other(level: str, tmp_path: Path) -> None:
    script = f"mkdir {tmp_path}/one || exit 1; sleep 0.5; rmdir {tmp_path}/one"
    start = starter(tmp_path, manifest(level, script))
    runs = [start(name) for name in ("x", "y", "z")]
    said = [run.communicate(timeout=60)[0] for run in runs]
    assert [text.partition(" ")[0] for text in said] == ["Succeeded"] * 3


def test_a_run_that_is_killed_lets_go_of_its_lock(tmp_path: Path) -> None:
    start = starter(tmp_path, manifest("template", f"touch {tmp_path}/$$$$; sleep 300"))
    first = start("x")
    wait_for(lambda: any(file.name.isdigit() for file in tmp_path.iterdir()))
    os.kill(first.pid, signal.SIGKILL)
    first.communicate(timeout=30)
    second = start("y")
    wait_for(lambda: sum(file.name.isdigit() for file in tmp_path.iterdir()) == 2)
    os.kill(second.pid, signal.SIGINT)
    assert second.communicate(timeout=30)[0].startswith("Failed")


@pytest.mark.parametrize("level", ["workflow", "template"])
def test_a_run_that_waits_for_a_lock_can_be_stopped(level: str, tmp_path: Path) -> None:
    start = starter(tmp_path, manifest(level, f"touch {tmp_path}/began; sleep 300"))
    holder = start("x")
    wait_for((tmp_path / "began").exists)
    waiter = start("y")
    wait_for((tmp_path / "s" / "runs" / "y" / "run.db").exists)
    time.sleep(1)
    os.kill(waiter.pid, signal.SIGINT)
    assert (
        waiter.communicate(timeout=30)[0].strip()
        == "Failed ['workflow shutdown with strategy: Stop']"
    )
    os.kill(holder.pid, signal.SIGINT)
    assert holder.communicate(timeout=30)[0].startswith("Failed")


def test_what_waits_for_its_turn_does_not_start_after_a_stop(tmp_path: Path) -> None:
    tasks = [{"name": name, "template": "a"} for name in ("t", "u", "v")]
    content = manifest("template", f"touch {tmp_path}/$$$$; sleep 300")
    spec = content["spec"]
    del spec["templates"][0]["synchronization"]
    spec["templates"].append({"name": "main", "parallelism": 1, "dag": {"tasks": tasks}})
    spec["entrypoint"] = "main"
    run = starter(tmp_path, content)("x")
    wait_for(lambda: any(file.name.isdigit() for file in tmp_path.iterdir()))
    os.kill(run.pid, signal.SIGINT)
    assert run.communicate(timeout=30)[0].startswith("Failed")
    assert sum(file.name.isdigit() for file in tmp_path.iterdir()) == 1


def test_what_a_whole_workflow_waits_for_is_on_record(tmp_path: Path) -> None:
    start = starter(tmp_path, manifest("workflow", f"echo >> {tmp_path}/began; sleep 300"))
    holder = start("x")
    wait_for((tmp_path / "began").exists)
    waiter = start("y")
    state = tmp_path / "s"

    def root() -> Node | None:
        with contextlib.suppress(EngineError):  # its record is being made
            return next(iter(journal.load(state, "y").nodes), None)
        return None

    wait_for(lambda: (node := root()) is not None and bool(node.message))
    node = root()
    assert node is not None
    said = "Waiting for default/Mutex/m lock. Lock status: 0/1"
    assert (node.name, node.phase, node.message) == ("y", "Pending", said)
    os.kill(holder.pid, signal.SIGINT)
    assert holder.communicate(timeout=30)[0].startswith("Failed")
    wait_for(lambda: (tmp_path / "began").read_text() == "\n\n")
    wait_for(lambda: (node := root()) is not None and node.phase == "Running" and not node.message)
    os.kill(waiter.pid, signal.SIGINT)
    assert waiter.communicate(timeout=30)[0].startswith("Failed")
