"""What `render --verify`, plan and publish hold every manifest against."""

import copy
from pathlib import Path
from typing import Any

import pytest

from compiler.manifests import Finding, check
from compiler.verify import objections
from tests.argo import mutants

EVERY = mutants.ROOT / "tests/compiler/expected/dev/every"


def golden() -> dict[str, Any]:
    files = sorted(EVERY.glob("*.yaml"))
    return {file.name: mutants.load(file.read_text("utf-8"))[0] for file in files}


def test_nothing_is_said_against_what_we_render() -> None:
    assert objections(golden()) == []


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("spec.templates.0.containerr", {}, 'unknown field "containerr" (V01)'),
        ("spec.templates.0.containerr", {}, "spec.templates[0].containerr: unknown field"),
        ("spec.entrypoint", "nope", "template name 'nope' undefined (V11)"),
        ("spec.onExit", "nope", "template name 'nope' undefined (V11)"),
        ("spec.podGC.strategy", "Never", "podGC.strategy unknown strategy 'Never' (V12)"),
        ("metadata.name", "Every_", "a lowercase RFC 1123 subdomain"),
        ("spec.workflowMetadata.labels.x", "a b", 'invalid label value "a b"'),
    ],
)
def test_a_mistake_of_ours_is_said_with_its_path(place: str, value: Any, said: str) -> None:
    manifests = copy.deepcopy(golden())
    target: Any = manifests["workflowtemplate.yaml"]
    *parents, last = place.split(".")
    for part in parents:
        target = target[int(part) if part.isdecimal() else part]
    target[last] = value
    found = objections(manifests)
    assert {file for file, _ in found} == {"workflowtemplate.yaml"}
    assert any(said in text for _, text in found), found


def test_a_parameter_that_the_submitter_gives_is_no_mistake() -> None:
    text = (mutants.REJECTIONS / "G01b.yaml").read_text("utf-8")
    assert objections({"workflowtemplate.yaml": mutants.load(text)[0]}) == []


def test_references_are_looked_up_among_the_manifests() -> None:
    caller, called = mutants.load(
        """
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: caller, namespace: ml}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks:
      - {name: t, templateRef: {name: called, template: a}}
---
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: called, namespace: ml}
spec:
  templates:
  - {name: a, inputs: {parameters: [{name: p}]}, container: {image: a, args: ["{{item.x}}"]}}
"""
    )
    assert rules(check([caller])[0]) == {"V56"}
    found = check([caller, called])[0]
    assert rules(found) == {"V50", "V51"}
    assert {each.path[:6] for each in found} == {("spec", "templates", 0, "dag", "tasks", 0)}
    elsewhere = {**called, "metadata": {"name": "called", "namespace": "other"}}
    assert rules(check([caller, elsewhere])[0]) == {"V56"}


def rules(found: tuple[Finding, ...]) -> set[str]:
    return {each.rule for each in found}


def test_a_foreign_kind_is_nobodys_business() -> None:
    assert check([{"kind": "Deployment", "spec": {"x": 1}}, {}]) == [(), ()]


def test_the_quick_render_needs_none_of_it() -> None:
    text = (mutants.ROOT / "compiler/render.py").read_text("utf-8")
    head = text.split("\ndef ", 1)[0]
    assert "verify" not in head
    assert "manifests import" not in head
    assert Path(EVERY).is_dir()
