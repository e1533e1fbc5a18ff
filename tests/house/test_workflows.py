"""The workflows and actions of the project are clean, pinned, and fit together."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
ACTIONS = [ROOT / "action.yml", ROOT / "ci" / "setup" / "action.yml"]
_ZIZMOR = ("zizmor", "--offline", "--quiet", "--persona", "pedantic")
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


@pytest.mark.parametrize("tool", [["actionlint"], [*_ZIZMOR, *map(str, ACTIONS)]])
def test_a_linter_finds_nothing(tool: list[str]) -> None:
    found = shutil.which(tool[0], path=PATH)
    if found is None:
        pytest.skip(f"{tool[0]} is not installed")
    ended = subprocess.run(
        [found, *tool[1:], *map(str, WORKFLOWS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    for line in path.read_text("utf-8").splitlines():
        if "uses:" in line:
            assert re.search(r"uses: (\S+@[0-9a-f]{40} # v\d|\$/\S+$)", line), line


def loaded(path: Path) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as a truth
    return {("on" if key is True else key): value for key, value in _yaml(path).items()}


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def steps(path: Path) -> list[dict[str, Any]]:
    document = loaded(path)
    jobs = document.get("jobs", {"action": document.get("runs")})
    return [step for job in jobs.values() for step in job.get("steps", ())]


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=lambda path: path.name)
def test_Z03_no_value_becomes_part_of_a_script(path: Path) -> None:
    for step in steps(path):
        assert "${{" not in step.get("run", ""), step["run"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_Z02_no_code_of_strangers_meets_a_secret(path: Path) -> None:
    triggers = loaded(path)["on"]
    assert "pull_request_target" not in triggers
    if "workflow_run" in triggers or path.name == "reusable-comment.yaml":
        assert not [step for step in steps(path) if "checkout" in step.get("uses", "")]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_Z05_Z07_nothing_a_request_made_is_published_or_cached(path: Path) -> None:
    uses = " ".join(step.get("uses", "") for step in steps(path))
    assert "actions/cache" not in uses
    assert not [step for step in steps(path) if "cache" in step.get("with", {})]
    if "publish" in path.name:
        assert "artifact" not in uses


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_a_workflow_calls_here_is_there_and_takes_what_it_gives(path: Path) -> None:
    """What actionlint cannot check, since it does not know `$/` yet."""
    calls = [*loaded(path)["jobs"].values(), *steps(path)]
    for call in calls:
        name = call.get("uses", "")
        if not name.startswith("$/"):
            continue
        target = ROOT / name.removeprefix("$/")
        called = loaded(target / "action.yml" if target.is_dir() else target)
        inputs = (
            called["on"]["workflow_call"].get("inputs", {}) if "on" in called else called["inputs"]
        )
        given = set(call.get("with", {}))
        assert given <= set(inputs)
        assert {k for k, body in inputs.items() if body.get("required")} <= given


def test_a_caller_grants_what_the_called_jobs_need() -> None:
    for path in WORKFLOWS:
        for job in loaded(path)["jobs"].values():
            if job.get("uses", "").startswith("$/"):
                called = loaded(ROOT / job["uses"].removeprefix("$/"))
                for inner in called["jobs"].values():
                    assert inner["permissions"] == job["permissions"]
