"""A checkpoint here: the folder is found again by the next attempt, and by no other task."""

from pathlib import Path

from argosy.engine.manifests import load
from argosy.engine.run import run
from compiler.project import load_project
from compiler.render import render
from tests.scratch import write

SPEC = """apiVersion: argosy.dev/v1
kind: Pipeline
name: p
defaults: {image: "a:1", retries: {limit: 2, backoff: 1s, on: [7]}}
steps:
  train:
    matrix: {m: [x, y]}
    checkpoint: {path: deep/state, size: 1Gi}
    run: |
      echo ${matrix.m} >> "$ARGOSY_CHECKPOINT/seen"
      test $(wc -l < deep/state/seen) = 2 || exit 7
      tr -d '\\n' < deep/state/seen > out
    outputs: {out: {value: out}}
"""


def test_attempts_share_a_folder_and_tasks_do_not(tmp_path: Path) -> None:
    for path, content in render(load_project(write(tmp_path, SPEC)), "dev").files.items():
        (tmp_path / "out" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / path).write_bytes(content)
    ended = run(
        load(tmp_path / "out"),
        name="r",
        parameters={},
        folder=tmp_path / "state",
        environment={},
        on_event=lambda _event: None,
    )
    found = {node.name: (node.phase, node.parameters) for node in ended.nodes}
    assert found["r.train-x"] == ("Succeeded", {"out": "xx"})
    assert found["r.train-y(1)"] == ("Succeeded", {"out": "yy"})
    assert found["r.train-y(0)"][0] == "Failed"
