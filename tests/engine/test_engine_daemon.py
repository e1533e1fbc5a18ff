"""Daemons: what the rest need not wait for, and what ends with the graph."""

import time
from pathlib import Path
from typing import Any

from argosy.engine.manifests import load
from argosy.engine.nodes import Run
from argosy.engine.run import run
from compiler.emit import emit

LATE = "late.Daemoned || late.Succeeded || late.Failed || late.Errored"


def workflow(watch: str, step: str) -> dict[str, Any]:
    def container(script: str) -> dict[str, Any]:
        return {"image": "i", "command": ["sh", "-c", script]}

    tasks = [
        {"name": "late", "template": "late"},
        {"name": "late-settled", "template": "settled", "depends": LATE},
        {"name": "a", "template": "a"},
    ]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": "w"},
        "spec": {
            "entrypoint": "main",
            "templates": [
                {"name": "main", "dag": {"tasks": tasks}},
                {"name": "settled", "steps": [[]]},
                {"name": "late", "daemon": True, "container": container(watch)},
                {"name": "a", "container": container(step)},
            ],
        },
    }


def ended(folder: Path, watch: str, step: str) -> tuple[Run, dict[str, str]]:
    (folder / "m.yaml").write_bytes(emit(workflow(watch, step), ""))
    found = run(
        load(folder / "m.yaml"),
        parameters={},
        folder=folder / "state",
        environment={},
        on_event=lambda _: None,
    )
    return found, {node.display_name: node.phase for node in found.nodes}


def test_a_daemon_ends_with_its_graph(tmp_path: Path) -> None:
    start = time.monotonic()
    found, phases = ended(tmp_path, "exec sleep 60", "sleep 0.3")
    assert time.monotonic() - start < 30
    assert found.phase == "Succeeded"
    assert phases["late"] == phases["a"] == phases["late-settled"] == "Succeeded"


def test_a_daemon_that_ends_by_itself_has_failed_and_fails_nothing(tmp_path: Path) -> None:
    found, phases = ended(tmp_path, "exit 0", "sleep 1")
    assert found.phase == "Succeeded"
    assert phases["late"] == "Failed"


def test_what_fails_beside_a_daemon_fails_the_run(tmp_path: Path) -> None:
    found, phases = ended(tmp_path, "exec sleep 60", "exit 1")
    assert found.phase == "Failed"
    assert phases["late"] == "Succeeded"
