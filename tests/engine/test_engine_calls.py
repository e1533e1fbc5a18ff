"""Nested DAGs, run here: what they are given, what they put out, and how they end."""

import os
import sys
from pathlib import Path

import pytest

from argosy.engine.manifests import load
from argosy.engine.nodes import Run
from argosy.engine.run import run
from compiler import argo
from compiler.dag import members
from compiler.emit import emit
from compiler.nesting import nested
from compiler.parts import Sizes
from compiler.project import load_project
from compiler.render import compile_pipeline, render

SPECS = Path(__file__).parents[1] / "specs"
GOLDEN = Path(__file__).parents[1] / "compiler" / "golden"


@pytest.fixture(autouse=True)
def path_of_this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([folder, os.environ["PATH"]]))


def test_a_call_is_a_nested_dag_with_values_and_files(tmp_path: Path) -> None:
    for path, content in render(load_project(GOLDEN), "dev", ["calls"]):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    options = {"environment": {}, "on_event": lambda _event: None}
    ended = run(load(tmp_path), name="r", parameters={}, folder=tmp_path / "s", **options)  # type: ignore[arg-type]
    found = {node.name.removeprefix("r."): node for node in ended.nodes}
    assert ended.phase == "Succeeded", [(n.name, n.message) for n in ended.nodes]
    assert (found["doubtful"].type, found["doubtful"].phase) == ("DAG", "Failed")
    assert found["doubtful.deeper"].parameters == {"rows": "2", "parts": "[2,4]", "note": "none"}
    lines = found["r"].parameters["all"].splitlines()
    assert lines == ["eu 7", "us 1", "eu 200", "us 200", "[[1,2],[200,400],[200,400]] [3,3] 0"]


def test_an_output_that_cannot_be_resolved_is_an_error_as_in_argo(tmp_path: Path) -> None:
    manifest = tmp_path / "w.yaml"
    manifest.write_text(
        """apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: w}
spec:
  entrypoint: main
  templates:
  - name: main
    dag: {tasks: [{name: a, template: a, when: "1 == 2"}]}
    outputs:
      parameters:
      - {name: given, valueFrom: {parameter: "{{tasks.a.outputs.parameters.x}}", default: d}}
      - {name: lost, valueFrom: {parameter: "{{tasks.a.outputs.parameters.x}}"}}
  - name: a
    container: {image: i, command: ["true"]}
    outputs: {parameters: [{name: x, valueFrom: {path: /tmp/x}}]}
""",
        "utf-8",
    )
    options = {"environment": {}, "on_event": lambda _event: None}
    ended = run(load(manifest), name="r", parameters={}, folder=tmp_path / "s", **options)  # type: ignore[arg-type]
    assert (ended.phase, ended.message) == (
        "Error",
        'error in entry template execution: Unable to resolve: "tasks.a.outputs.parameters.x"',
    )


def outcomes(ended: Run) -> dict[str, tuple[str, str, dict[str, str]]]:
    """Type, phase and outputs of each node by its name, without the part that it lies in."""
    found = {}
    for node in ended.nodes:
        names = [name for name in node.name.split(".")[1:] if not name.startswith("from-")]
        if names and "--" not in names[-1]:
            found[".".join(names)] = (node.type, node.phase, node.parameters)
    return found


@pytest.mark.parametrize("size", [2, 5])
def test_a_dag_that_is_cut_ends_as_it_does_whole(size: int, tmp_path: Path) -> None:
    place = tmp_path / "pipelines" / "lists"
    place.mkdir(parents=True)
    (tmp_path / "argosy.yaml").write_text(
        "apiVersion: argosy.dev/v1\nkind: Project\nname: t\nenvironments: {dev: {namespace: d}}\n"
    )
    (place / "pipeline.yaml").write_bytes((SPECS / "lists.yaml").read_bytes())
    project = load_project(tmp_path)
    pipeline = compile_pipeline(project, "lists", "dev").pipeline
    manifests = argo.manifests(pipeline, project.nodes)
    found = []
    for cut in (False, True):
        spec = manifests["workflowtemplate.yaml"]["spec"]
        if cut:
            main, *leaves = spec["templates"]
            parts = nested(main, members(pipeline), Sizes(size, 1, size))
            assert len(parts) > 5
            spec["templates"] = [*parts, *leaves]
        folder = tmp_path / str(cut)
        folder.mkdir()
        for name, manifest in manifests.items():
            (folder / name).write_bytes(emit(manifest, "test"))
        options = {"environment": {}, "on_event": lambda _event: None}
        ended = run(load(folder), name="r", parameters={}, folder=folder / "s", **options)  # type: ignore[arg-type]
        assert ended.phase == "Succeeded", [(n.name, n.message) for n in ended.nodes]
        found.append(outcomes(ended))
    assert found[0] == found[1]


def test_so_many_tasks_of_a_step_run_at_once(tmp_path: Path) -> None:
    for path, content in render(load_project(GOLDEN), "dev", ["wide"]):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    options = {"environment": {}, "on_event": lambda _event: None, "capacity": (8.0, 1e12)}
    ended = run(load(tmp_path), name="r", parameters={}, folder=tmp_path / "s", **options)  # type: ignore[arg-type]
    assert ended.phase == "Succeeded", [(n.name, n.message) for n in ended.nodes]
    for step, limit in (("fold-", 2), ("region(", 1)):
        spans = [
            (node.started or 0.0, node.finished or 0.0)
            for node in ended.nodes
            if node.type == "Pod" and node.display_name.startswith(step)
        ]
        assert len(spans) > limit
        assert max(sum(s <= at < e for s, e in spans) for at, _ in spans) == limit
