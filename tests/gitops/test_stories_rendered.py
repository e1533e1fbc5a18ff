"""Stories of what is rendered and of CI: what others' objects and workflows did, ours cannot."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler import emit
from compiler.project import load_project
from compiler.render import render

ROOT = Path(__file__).parents[2]
_KINDS = {"WorkflowTemplate", "CronWorkflow", "ConfigMap"}
_SCALARS = ["1e3", "12e4", "1234e56", "6063e25", "123E5", "0o17", "-.5", "08", "no", "on", "1_000"]


@pytest.fixture(scope="module")
def objects() -> list[dict[str, Any]]:
    """Every object of every pipeline of this repository, as production gets it."""
    project = load_project(ROOT)
    trees = [render(project, environment) for environment in project.environments]
    return [yaml.safe_load(body) for tree in trees for _, body in tree]


def test_story_11_no_namespace_is_rendered_that_could_be_deleted(
    objects: list[dict[str, Any]],
) -> None:
    assert {one["kind"] for one in objects} <= _KINDS


def test_story_16_nothing_that_runs_once_is_synced(objects: list[dict[str, Any]]) -> None:
    """A Workflow or Job that is deleted after its time would be made again for ever."""
    assert not [one for one in objects if one["kind"] in ("Workflow", "Job", "Pod")]
    assert not [one for one in objects if "generateName" in one["metadata"]]


def test_story_19_no_template_is_looked_up_while_a_run_goes_on(
    objects: list[dict[str, Any]],
) -> None:
    def keys(node: object) -> set[str]:
        if isinstance(node, dict):
            return set(node) | {key for value in node.values() for key in keys(value)}
        return {key for item in node for key in keys(item)} if isinstance(node, list) else set()

    assert objects
    assert not [one for one in objects if {"templateRef", "workflowTemplateRef"} & keys(one)]


@pytest.mark.parametrize("scalar", _SCALARS)
def test_story_14_a_text_that_looks_like_a_number_stays_a_text(scalar: str) -> None:
    written = emit.text({"tag": scalar})
    assert written == f'tag: "{scalar}"\n'
    assert yaml.safe_load(written) == {"tag": scalar}


_WORKFLOWS = [
    *(ROOT / ".github/workflows").glob("*.y*ml"),
    *(ROOT / "argosy/scaffold").rglob("workflows/*.y*ml"),
]


@pytest.mark.parametrize("path", _WORKFLOWS, ids=lambda path: path.name)
def test_story_15_no_workflow_hands_secrets_to_strangers(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "pull_request_target" not in text
    used = re.findall(r"^\s*-?\s*uses:\s*(\S+)", text, re.MULTILINE)
    foreign = [name for name in used if not name.startswith(("./", "$/"))]
    assert [name for name in foreign if not re.search(r"@[0-9a-f]{40}$", name)] == []
