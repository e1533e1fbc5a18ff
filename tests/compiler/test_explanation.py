"""Every value is explained, and by its true origin: what is changed there changes the value."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compiler.duration import go
from compiler.explanation import Explained, below, explain, prefixes
from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import compile_pipeline

GOLDEN = Path(__file__).parent / "golden"
PAIRS = [
    (path.parent.name, environment)
    for path in sorted(GOLDEN.glob("pipelines/*/pipeline.yaml"))
    for environment in ("dev", "prod")
]
_OTHERS = (
    *(("integer", "number"), ("number", "integer"), ("boolean", "string"), ("list", "string")),
    *(("string", "integer"), ("true", "false"), ("false", "true"), ("max", "min"), ("us", "eu")),
    *(
        ("Exists", "Equal"),
        ("In", "NotIn"),
        ("Exists", "DoesNotExist"),
        ("forbid", "allow"),
        ("NoSchedule", "NoExecute"),
    ),
    *(("all", "none"), ("none", "all"), ("allow", "forbid"), ("fri", "mon"), ("ssl", "none")),
)


def told(root: Path, pipeline: str, environment: str) -> dict[str, Explained]:
    return {v.dotted: v for v in explain(load_project(root), pipeline, environment)}


def others(token: str) -> Iterator[str]:
    """Texts of the same kind as `token`, none of them equal to it."""
    for old, new in _OTHERS:
        if token.strip("\"'") == old:
            yield token.replace(old, new)
    for number in re.finditer("[0-9]", token):
        for digit in set("147") - {number[0]}:
            yield token[: number.start()] + digit + token[number.end() :]
    for letter in reversed(list(re.finditer("[a-z]", token))):
        other = "x" if letter[0] != "x" else "y"
        yield token[: letter.start()] + other + token[letter.end() :]


def changes(text: str, value: Explained) -> Iterator[str]:
    """Yield the text of a file, changed where `value` is said to stand."""
    assert value.at
    lines = text.split("\n")
    index, start = value.at.line - 1, value.at.column - 1
    token = lines[index][start : start + value.at.width]
    if token[:1] in "|>":
        index, start = index + 1, 0
        token = lines[index]
    elif isinstance(value.value, list) and value.value:
        start = lines[index].index("[", start) + 1
        token = re.split(r"[,\]]", lines[index][start:])[0]
    for other in others(token):
        changed = lines[index][:start] + other + lines[index][start + len(token) :]
        yield "\n".join([*lines[:index], changed, *lines[index + 1 :]])


@pytest.mark.parametrize(("pipeline", "environment"), PAIRS)
def test_what_is_changed_at_the_named_place_changes_the_value(
    pipeline: str, environment: str, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    shutil.copytree(GOLDEN, root)
    values = told(root, pipeline, environment)
    assert len(values) > 20
    for value in values.values():
        # the name is that of the folder, nothing else; what is empty has nothing to change
        if value.at is None or value.dotted == "name" or value.value in ([], {}):
            assert value.at or value.layer == "tool"
            continue
        path = root / value.at.file
        if value.layer == "component" and value.at.file.startswith("argosy/"):
            continue  # it comes with Argosy
        text = path.read_text("utf-8")
        assert changed(root, (pipeline, environment), value, text), value
        path.write_text(text, "utf-8")


def changed(root: Path, pair: tuple[str, str], value: Explained, text: str) -> bool:
    """Whether a change at the place of `value` changes it, and nothing that stands elsewhere."""
    assert value.at
    before = told(root, *pair)
    for other in changes(text, value):
        (root / value.at.file).write_text(other, "utf-8")
        try:
            after = told(root, *pair)
        except Rejected:
            continue
        if value.dotted in after and after[value.dotted].value != value.value:
            rest = {key for key, item in before.items() if item.at != value.at}
            kept = {key for key in rest if key in after and after[key].value == before[key].value}
            return rest == kept or after.keys() != before.keys()
    return False


@pytest.mark.parametrize(("pipeline", "environment"), PAIRS)
def test_what_is_explained_is_what_is_rendered(pipeline: str, environment: str) -> None:
    project = load_project(GOLDEN)
    values = told(GOLDEN, pipeline, environment)
    found = compile_pipeline(project, pipeline, environment).pipeline
    assert values["environment.namespace"].value == found.namespace
    assert values["serviceAccount"].value == found.terms.service_account
    assert values["security.user"].value == found.terms.security.user
    for step in found.steps:
        own: dict[str, Any] = {
            key.removeprefix(f"steps.{step.name}."): value.value
            for key, value in values.items()
            if key.startswith(f"steps.{step.name}.")
        }
        assert own.get("image", "") == step.image
        assert go(own.get("timeout", "")) == step.timeout
        assert str(own.get("retries.limit", 0)) == str(step.retries.limit if step.retries else 0)
        cpu = str(own.get("hardware.cpu", own.get("hardware.cpu.request", "")))
        assert cpu == step.hardware.cpu.request or "resource.manifest.kind" in own
        assert {f"env.{name}" for name, _ in step.env} == {k for k in own if k.startswith("env.")}


def test_every_layer_is_told() -> None:
    dev, prod = told(GOLDEN, "every", "dev"), told(GOLDEN, "every", "prod")
    found = {
        path: (prod[path].value, prod[path].layer)
        for path in (
            "steps.inline.hardware.cpu",
            "steps.ingest.hardware.cpu",
            "steps.ingest.image",
            "steps.ingest.retries.maxBackoff",
            "environment.namespace",
        )
    }
    assert found == {
        "steps.inline.hardware.cpu": ("2", "step"),
        "steps.ingest.hardware.cpu": ("500m", "profile"),
        "steps.ingest.image": ("ghcr.io/argosy-dev/digits:1", "pipeline"),
        "steps.ingest.retries.maxBackoff": ("30m", "tool"),
        "environment.namespace": ("ml-prod", "environment"),
    }
    assert (prod["params.rows.default"].value, prod["params.rows.default"].layer) == (
        1797,
        "pipeline",
    )
    assert (dev["params.rows.default"].value, dev["params.rows.default"].layer) == (
        500,
        "environment",
    )
    assert "schedule.cron" in prod
    assert not any(path.startswith("schedule") for path in dev)
    named = [via.value for via in prod["steps.ingest.hardware.cpu"].via]
    assert named == ["small"]


def test_a_path_selects_a_value_or_a_subtree() -> None:
    values = explain(load_project(GOLDEN), "every", "prod")
    assert [v.dotted for v in below(values, "steps.inline.retries")] == [
        "steps.inline.retries.limit",
        "steps.inline.retries.backoff",
        "steps.inline.retries.maxBackoff",
    ]
    assert below(values, "steps.inl") == ()
    assert below(values, "") == values
    assert {"steps", "steps.inline", "steps.inline.retries"} <= set(prefixes(values))
