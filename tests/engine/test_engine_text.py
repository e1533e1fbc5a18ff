"""A tag that nothing replaces ends its step in Error, unless the run is to be as Argo's."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from argosy.engine.manifests import load
from argosy.engine.nodes import Node
from argosy.engine.run import run

Data = Mapping[str, Any]
MAKES: Data = {
    "name": "makes",
    "container": {"image": "a", "command": ["false"]},
    "outputs": {
        "parameters": [{"name": "q", "globalName": "g", "valueFrom": {"path": "/tmp/none"}}]
    },
}
READS: Data = {
    "name": "reads",
    "inputs": {"parameters": [{"name": "t", "default": "{{=asInt(workflow.parameters.p)}}"}]},
    "container": {"image": "a", "command": ["echo", "{{inputs.parameters.t}}"]},
}
GONE = "tasks.a.outputs.parameters.q"


def executed(folder: Path, *templates: Data, as_argo: bool = False, **spec: Any) -> dict[str, Node]:
    body = {
        "entrypoint": "main",
        "arguments": {"parameters": [{"name": "p", "value": "no number"}]},
        "templates": [*templates, MAKES, READS],
        **spec,
    }
    manifest = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow"}
    text = json.dumps({**manifest, "metadata": {"name": "w"}, "spec": body})
    (folder / "w.yaml").write_text(text, "utf-8")
    ended = run(
        load(folder / "w.yaml"),
        name="r",
        parameters={},
        folder=folder / f"state{as_argo}",
        environment={},
        on_event=lambda _event: None,
        as_argo=as_argo,
    )
    return {node.name.removeprefix("r"): node for node in ended.nodes}


def dag(*tasks: Data) -> Data:
    return {"name": "main", "dag": {"tasks": list(tasks)}}


def given(value: str) -> Data:
    return {"arguments": {"parameters": [{"name": "t", "value": value}]}}


FIRST: Data = {"name": "a", "template": "makes"}
THEN: Data = {"name": "b", "template": "reads", "depends": "a.Failed || a.Errored"}
LEAF: Data = {"image": "a", "command": ["echo"]}
SUM = "{{=asInt(workflow.parameters.p)}}"
CASES: Mapping[str, tuple[list[Data], str, str]] = {
    "argument of a task": (
        [dag(FIRST, {**THEN, **given(f"{{{{{GONE}}}}}")})],
        ".b",
        f"{{{{{GONE}}}}}",
    ),
    "argument of a step": (
        [
            {
                "name": "main",
                "steps": [
                    [{"name": "a", "template": "makes", "continueOn": {"failed": True}}],
                    [
                        {
                            "name": "b",
                            "template": "reads",
                            **given("{{steps.a.outputs.parameters.q}}"),
                        }
                    ],
                ],
            }
        ],
        "[1].b",
        "{{steps.a.outputs.parameters.q}}",
    ),
    "condition": (
        [dag(FIRST, {**THEN, **given("1"), "when": f"'{{{{{GONE}}}}}' != 'x'"})],
        ".b",
        f"{{{{{GONE}}}}}",
    ),
    "default of an input": ([dag({"name": "b", "template": "reads"})], ".b", SUM),
    "argument of a container": (
        [dag({"name": "b", "template": "c"}), {"name": "c", "container": {**LEAF, "args": [SUM]}}],
        ".b",
        SUM,
    ),
    "global output": (
        [
            dag(FIRST, {**THEN, "template": "c"}),
            {"name": "c", "container": {**LEAF, "args": ["{{workflow.outputs.parameters.g}}"]}},
        ],
        ".b",
        "{{workflow.outputs.parameters.g}}",
    ),
    "name of a lock": (
        [
            dag({"name": "b", "template": "c"}),
            {"name": "c", "synchronization": {"mutexes": [{"name": SUM}]}, "container": LEAF},
        ],
        ".b",
        SUM,
    ),
    "argument of a hook": (
        [
            dag({**FIRST, "hooks": {"exit": {"template": "reads", **given(f"{{{{{GONE}}}}}")}}}),
        ],
        ".a",
        f"{{{{{GONE}}}}}",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_tag_that_stays_text_ends_the_step_and_is_named(case: str, tmp_path: Path) -> None:
    templates, node, tag = CASES[case]
    found = executed(tmp_path, *templates)[node]
    assert found.phase == "Error"
    assert found.message.startswith(f"{tag} has no value: ") or f" {tag} has no" in found.message
    assert "Argo goes on with the tag itself as text, as does --as-argo" in found.message


@pytest.mark.parametrize("case", CASES)
def test_as_argo_it_is_handed_on(case: str, tmp_path: Path) -> None:
    templates, node, tag = CASES[case]
    nodes = executed(tmp_path, *templates, as_argo=True)
    said = "has no value"
    assert not [n.message for n in nodes.values() if said in n.message]
    if case.startswith("argument of a") and node != ".a":
        found = nodes[node]
        assert found.phase == "Succeeded"
        assert found.log
        assert found.log.read_text("utf-8").strip() == tag


def test_the_exit_handler_is_asked_as_well(tmp_path: Path) -> None:
    leaf = {"name": "main", "container": {"image": "a", "command": ["true"]}}
    handler = {"exit": {"template": "reads", **given("{{workflow.outputs.parameters.g}}")}}
    found = executed(tmp_path, leaf, hooks=handler)
    assert list(found) == [""]
    assert ".onExit" in executed(tmp_path, leaf, hooks=handler, as_argo=True)


def test_text_with_braces_in_a_value_is_no_tag_of_the_manifest(tmp_path: Path) -> None:
    told = dag(
        {"name": "a", "template": "tells"},
        {"name": "b", "template": "reads", "depends": "a", **given("{{tasks.a.outputs.result}}")},
    )
    source = "print('{' + '{tasks.z.outputs.result}' + '} {' + '{foo}}')"
    tells = {"name": "tells", "script": {"image": "a", "command": ["python3"], "source": source}}
    found = executed(tmp_path, told, tells)[".b"]
    assert found.log
    assert found.log.read_text("utf-8").strip() == "{{tasks.z.outputs.result}} {{foo}}"
