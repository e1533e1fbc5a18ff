"""Checkpoints: a claim for each task, and what would make one useless or hide something."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import render
from tests.scratch import write

SPEC = """apiVersion: argosy.dev/v1
kind: Pipeline
name: p
defaults: {image: "img:1", retries: 2}
steps:
"""


def project(folder: Path, steps: str, name: str = "p") -> Path:
    return write(folder, SPEC.replace("name: p", f"name: {name}") + steps, name=name)


def spec(folder: Path, steps: str) -> dict[str, Any]:
    root = load_project(project(folder, steps))
    content = render(root, "dev", verified=True).files["p/workflowtemplate.yaml"]
    found: dict[str, Any] = yaml.safe_load(content)["spec"]
    return found


def test_combinations_share_no_folder(tmp_path: Path) -> None:
    found = spec(tmp_path, "  a: {matrix: {m: [x, y]}, checkpoint: {path: c/}, run: 'true'}\n")
    claims = [claim["metadata"]["name"] for claim in found["volumeClaimTemplates"]]
    assert claims == ["ckpt-a-x", "ckpt-a-y"]
    main, leaf = found["templates"]
    given = [p["value"] for t in main["dag"]["tasks"] for p in t["arguments"]["parameters"]]
    assert set(claims) <= set(given)
    (volume,) = leaf["volumes"]
    name = "{{workflow.name}}-{{inputs.parameters._checkpoint}}"
    assert volume["persistentVolumeClaim"]["claimName"] == name
    assert {"name": "checkpoint", "mountPath": "/work/c"} in leaf["container"]["volumeMounts"]
    assert {"name": "ARGOSY_CHECKPOINT", "value": "c"} in leaf["container"]["env"]


def test_size_and_class_are_asked_for(tmp_path: Path) -> None:
    step = "  a: {checkpoint: {path: c, size: 1Gi, storageClass: fast}, run: 'true'}\n"
    (claim,) = spec(tmp_path, step)["volumeClaimTemplates"]
    assert claim["spec"] == {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "fast",
        "resources": {"requests": {"storage": "1Gi"}},
    }


BROKEN = {
    "tried once": (
        "{checkpoint: c/, retries: 0, run: 'true'}",
        "bad-checkpoint: `a` keeps a checkpoint, but is tried once only",
    ),
    "an output": (
        "{checkpoint: c/, outputs: {o: c/o}, run: 'true'}",
        "bad-checkpoint: the checkpoint of `a` clashes with output `o`",
    ),
    "an input": (
        "{checkpoint: inputs/c, run: 'true'}",
        "bad-checkpoint: the checkpoint of `a` clashes with the inputs",
    ),
    "code": (
        "{checkpoint: .argosy, run: 'true'}",
        "bad-checkpoint: the checkpoint of `a` clashes with the code",
    ),
    "a volume": (
        "{checkpoint: c/d, hardware: {volumes: {v: {path: c, ephemeral: 1Gi}}}, run: 'true'}",
        "bad-checkpoint: the checkpoint of `a` clashes with volume `v`",
    ),
    "items of run time": (
        "{checkpoint: c, foreach: '${params.l}', run: 'true'}",
        "bad-checkpoint: the checkpoints of `a` are as many as its items at run time",
    ),
    "another place": ("{checkpoint: ../c, run: 'true'}", "bad-value: `../c` is not a path"),
    "an approval": (
        "{checkpoint: c, approval: {message: m}}",
        "no-effect: `checkpoint` has no effect on a step of kind `approval`",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_checkpoint_that_would_be_useless_or_hide_something(name: str, tmp_path: Path) -> None:
    step, expected = BROKEN[name]
    params = "params: {l: {type: list, default: [1]}}\n".replace("[1]", "[x]")
    root = project(tmp_path, f"  a: {step}\n{params}")
    with pytest.raises(Rejected) as caught:
        render(load_project(root), "dev")
    (problem,) = caught.value.problems
    assert f"{problem.code}: {problem.message}".startswith(expected)


def test_who_keeps_checkpoints_is_not_called(tmp_path: Path) -> None:
    project(tmp_path, "  a: {checkpoint: c, run: 'true'}\n")
    project(tmp_path, "  b: {pipeline: p}\n", name="q")
    with pytest.raises(Rejected) as caught:
        render(load_project(tmp_path), "dev", ["q"])
    (problem,) = caught.value.problems
    assert problem.code == "bad-checkpoint"
    assert problem.message == "`p` keeps checkpoints, so it cannot be called"
