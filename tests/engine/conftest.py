"""A spec, compiled and run on this machine: how each node ended."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from argosy.engine.manifests import load
from argosy.engine.run import run
from compiler.project import load_project
from compiler.render import render
from tests.scratch import PROJECT

HEAD = "apiVersion: argosy.dev/v1\nkind: Pipeline\nname: p\ndefaults: {image: 'a:1'}\n"
Ended = tuple[str, Mapping[str, str], str]
Execute = Callable[..., dict[str, Ended]]


@pytest.fixture
def execute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Execute:
    """Return what runs pipeline `p`: phase, output parameters and log of each node by its name."""
    folder = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([folder, os.environ["PATH"]]))

    def executed(
        spec: str, files: Mapping[str, str] | None = None, **parameters: str
    ) -> dict[str, Ended]:
        written = {"argosy.yaml": PROJECT, "pipelines/p/pipeline.yaml": HEAD + spec}
        _write(tmp_path, {**written, **(files or {})})
        for path, content in render(load_project(tmp_path), "dev", verified=True):
            _write(tmp_path / "out", {path: content.decode()})
        ended = run(
            load(tmp_path / "out"),
            name="r",
            parameters=parameters,
            folder=tmp_path / "state",
            environment={},
            on_event=lambda _event: None,
        )
        return {
            node.name.removeprefix("r."): (
                node.phase,
                node.parameters,
                node.log.read_text("utf-8") if node.log and node.log.is_file() else "",
            )
            for node in ended.nodes
        }

    return executed


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
