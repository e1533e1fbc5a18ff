"""Nested DAGs, run here: what they are given, what they put out, and how they end."""

from pathlib import Path

from argosy.engine.manifests import load
from argosy.engine.run import run
from compiler.project import load_project
from compiler.render import render

GOLDEN = Path(__file__).parents[1] / "compiler" / "golden"


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
        'Unable to resolve: "tasks.a.outputs.parameters.x"',
    )
