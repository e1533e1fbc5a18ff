"""Files written for a test: a project of one pipeline, by the shortest heads, and any others."""

from collections.abc import Iterable
from pathlib import Path

PROJECT = """apiVersion: argosy.dev/v1
kind: Project
name: t
environments: {dev: {namespace: d}}
"""
SPEC = """apiVersion: argosy.dev/v1
kind: Pipeline
name: p
defaults: {image: "img:1"}
"""


def write(folder: Path, spec: str, project: str = PROJECT, *, name: str = "p") -> Path:
    """Write the project file and the spec of pipeline `name` below `folder`, and return it."""
    place = folder / "pipelines" / name
    place.mkdir(parents=True, exist_ok=True)
    (folder / "argosy.yaml").write_text(project, "utf-8")
    (place / "pipeline.yaml").write_text(spec, "utf-8")
    return folder


def put(folder: Path, files: Iterable[tuple[str, bytes]]) -> Path:
    """Write files, by their paths below `folder`, and return that; a rendered tree is one kind."""
    for path, content in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder
