"""What the objects of a pipeline repeat of their metadata is told once, and by its name."""

from pathlib import Path

from argosy.report.plan import text
from compiler.project import load_project
from compiler.render import render
from gitops.plan import plan

_PIPELINE = """apiVersion: argosy.dev/v1
kind: Pipeline
name: p
owner: growth
description: weekly
tags: [nightly]
schedule: {cron: '@weekly'}
params:
  rows: {type: integer, default: 600, min: 100}
  left: {type: string, default: x}
defaults: {image: 'i:1'}
steps: {a: {run: echo}}
"""


def rendered(folder: Path, spec: str) -> dict[str, bytes]:
    (folder / "pipelines/p").mkdir(parents=True)
    (folder / "argosy.yaml").write_text(
        "apiVersion: argosy.dev/v1\nkind: Project\nname: t\nenvironments: {prod: {namespace: d}}\n"
    )
    (folder / "pipelines/p/pipeline.yaml").write_text(spec)
    return dict(render(load_project(folder), "prod").files)


def told(tmp_path: Path, *edits: tuple[str, str]) -> list[str]:
    """Return the lines on the pipeline, after these edits of it."""
    spec = _PIPELINE
    for old, new in edits:
        assert old in spec
        spec = spec.replace(old, new)
    sides = rendered(tmp_path / "a", _PIPELINE), rendered(tmp_path / "b", spec)
    lines = text(plan(*sides, environment="prod")).splitlines()
    return [line.strip() for line in lines[2 : lines.index("  fields of p:")]]


def test_an_owner_a_description_and_a_tag_are_told_once(tmp_path: Path) -> None:
    lines = told(tmp_path, ("growth", "risk"), ("weekly\n", "monthly\n"), ("nightly", "daily"))
    assert lines == [
        "- tag nightly",
        "+ tag daily",
        "~ owner: growth → risk",
        "~ description: weekly → monthly",
    ]


def test_limits_of_a_parameter_are_told_as_its_own(tmp_path: Path) -> None:
    limits = ("600, min: 100", "900, min: 200, max: 5000")
    lines = told(tmp_path, limits, ("  left", "  came"))
    assert "~ parameter rows: default 600 → 900" in lines
    assert "~ parameter rows: min 100 → 200, + max 5000" in lines
    assert {"+ parameter came: + type string", "- parameter left: − type string"} <= set(lines)
    assert not [line for line in lines if "argosy.dev" in line]
