"""Faults of clocks: one that is set, zones that nobody knows, runs of one moment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from argosy.engine import journal
from argosy.engine.clock import Clock
from compiler.emit import emit

PATIENCE = 120.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a workflow of one step."""
    leaf = {"name": "a", "container": {"image": "i", "command": ["true"]}}
    head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": "w"}}
    spec = {"entrypoint": "a", "templates": [leaf]}
    (tmp_path / "w.yaml").write_bytes(emit({**head, "spec": spec}, ""))
    return tmp_path


def argosy(folder: Path, *words: str, **env: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "argosy", *words],
        cwd=folder,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def code(process: "subprocess.Popen[str]") -> int:
    out, _ = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in out, out
    return process.returncode


@pytest.mark.parametrize("jump", [-3600.0, 86_400.0])
def test_T01_a_clock_that_is_set_changes_no_duration(jump: float) -> None:
    wall = iter([1000.0, 1000.0 + jump, 1000.0 + jump])
    steady = iter([5.0, 5.0, 7.5])
    clock = Clock(wall=lambda: next(wall), steady=lambda: next(steady))
    began = clock.now()
    assert clock.now() - began == 2.5


@pytest.mark.parametrize("zone", ["", "Mars/Base", "Asia/Kathmandu", "<+25>-25"])
def test_T03_no_zone_of_the_machine_matters(zone: str, folder: Path) -> None:
    assert code(argosy(folder, "run", "./w.yaml", "--name", "r", TZ=zone)) == 0
    assert code(argosy(folder, "runs", TZ=zone)) == 0


def test_T05_runs_of_one_moment_have_names_of_their_own(folder: Path) -> None:
    together = [argosy(folder, "run", "./w.yaml") for _ in range(3)]
    assert [code(process) for process in together] == [0, 0, 0]
    names = [each.name for each in journal.runs(folder / ".argosy")]
    assert len(set(names)) == 3
    assert names == [each.name for each in journal.runs(folder / ".argosy")]
