"""Plans in words: of real manifests, before and after a change of their source."""

import copy
import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from argosy.report.plan import text
from argosy.report.plan_json import as_json, read
from argosy.report.plan_markdown import escaped, markdown
from compiler.emit import emit
from compiler.project import load_project
from compiler.render import render
from gitops.plan import Plan, Review, plan

ROOT = Path(__file__).parents[2]
EXAMPLES = ["digits", "quality", "wine"]
SPEC = "pipelines/digits/pipeline.yaml"


@pytest.fixture(scope="module")
def before() -> dict[str, bytes]:
    return dict(render(load_project(ROOT), "dev", EXAMPLES).files)


def changed(tmp_path: Path, before: dict[str, bytes], *edits: tuple[str, str]) -> Plan:
    shutil.copytree(ROOT / "pipelines", tmp_path / "pipelines")
    shutil.copy(ROOT / "argosy.yaml", tmp_path)
    spec = (tmp_path / SPEC).read_text("utf-8")
    for old, new in edits:
        assert old in spec
        spec = spec.replace(old, new)
    (tmp_path / SPEC).write_text(spec, "utf-8")
    return plan(before, render(load_project(tmp_path), "dev", EXAMPLES).files, environment="dev")


def test_nothing_changes(before: dict[str, bytes]) -> None:
    found = plan(before, before, environment="dev")
    assert not found
    assert text(found) == "dev: no manifest changes\nNo changes. dev is up to date.\n"


def test_a_model_more_and_other_hardware(tmp_path: Path, before: dict[str, bytes]) -> None:
    found = changed(
        tmp_path,
        before,
        ("neighbors]", "neighbors, svc]"),
        ("    hardware: small", "    hardware: medium"),
        ("default: 1797", "default: 1500"),
    )
    lines = text(found).splitlines()
    assert lines[0] == "dev: 1 changed of 3 pipelines"
    assert lines[1] == "  ~ digits changed"
    assert any("train" in line and "svc" in line for line in lines)
    assert any("cpu 500m → 1" in line and "memory 512Mi → 1Gi" in line for line in lines)
    assert any("rows" in line and "1797 → 1500" in line for line in lines)
    assert lines[-1] == "Plan: 1 pipeline changed, 1 step instance added."


def test_a_first_publication(before: dict[str, bytes]) -> None:
    found = plan(None, before, environment="dev")
    assert text(found).splitlines()[-1] == "Plan: 3 pipelines created."


def test_the_code_of_a_caller_is_told_apart_from_that_of_the_called() -> None:
    files = dict(render(load_project(ROOT), "dev", ["calls-features"]).files)
    path = "calls-features/configmap.yaml"
    after = {**files, path: files[path].replace(b"import json\n", b"import json as json\n")}
    created = text(plan(None, files, environment="dev"))
    assert "code compare.py: 25 lines" in created
    assert "file calls-features/configmap-features.yaml: " in created
    lines = text(plan(files, after, environment="dev")).splitlines()
    assert lines[1:3] == ["  ~ calls-features changed", "      ~ code compare.py: +1 −1 lines"]


def test_a_removal_comes_first(before: dict[str, bytes]) -> None:
    after = {path: content for path, content in before.items() if not path.startswith("wine/")}
    lines = text(plan(before, after, environment="dev")).splitlines()
    assert lines[1] == "  - wine removed"
    assert lines[-1] == "Plan: 1 pipeline removed."


def test_json_follows_its_schema(tmp_path: Path, before: dict[str, bytes]) -> None:
    schema = json.loads((ROOT / "schemas" / "plan.schema.json").read_text("utf-8"))
    validator = jsonschema_rs.validator_for(schema)
    found = changed(tmp_path, before, ("neighbors]", "neighbors, svc]"))
    for each in (found, plan(None, before, environment="dev")):
        review = Review("examples", "a" * 40, True, "", "0.1.0", (each, each))
        data = json.loads(as_json(review))
        validator.validate(data)
        assert markdown(read(data)) == markdown(review)


@pytest.mark.parametrize(
    "hostile",
    ["<img src=x>", "@team", "[a](http://b)", "`x`", "# h", "a|b", "fixes #12", "GH-7", "$x$"],
)
def test_text_of_strangers_stays_text(hostile: str) -> None:
    safe = escaped(hostile)
    assert "<" not in safe
    assert "@team" not in safe
    assert "://" not in safe
    assert not any(part in safe for part in ("#12", "GH-7", "$"))
    bare = re.sub(r"&#\d+;", "", safe)
    assert not any(f"{c}" in bare.replace(f"\\{c}", "") for c in "`[]#|")


def test_hardware_and_volumes_in_words(asking: dict[str, bytes]) -> None:
    file = "hardware/workflowtemplate.yaml"
    content = asking[file].decode()
    edits = (
        ("claimName: features", "claimName: features-2"),
        ('storage: "100Gi"', 'storage: "200Gi"'),
        ("priorityClassName: batch", "priorityClassName: urgent"),
        ("retries) < 2", "retries) < 3"),
        ('google.com/tpu: "4"', 'google.com/tpu: "8"'),
    )
    for old, new in edits:
        content = content.replace(old, new)
    found = text(plan(asking, {**asking, file: content.encode()}, environment="prod"))
    for words in (
        "volume-features claim features at /mnt/features → claim features-2 at /mnt/features",
        "volume-scratch ephemeral 100Gi at /work/scratch → ephemeral 200Gi at /work/scratch",
        "priority class batch → urgent",
        "tpu 4 → 8",
        "attempts on spot nodes 2 → 3",
    ):
        assert words in found, found


def leaves(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(data, dict | list) and data:
        pairs = data.items() if isinstance(data, dict) else enumerate(data)
        for key, value in pairs:
            yield from leaves(value, (*path, key))
    else:
        yield path


def mutated(data: Any, path: tuple[Any, ...]) -> Any:
    copied = copy.deepcopy(data)
    node = copied
    for key in path[:-1]:
        node = node[key]
    value = node[path[-1]]
    node[path[-1]] = not value if isinstance(value, bool) else f"{value}x"
    return copied


@pytest.fixture(scope="module")
def asking() -> dict[str, bytes]:
    """A pipeline that asks for everything that a node can have."""
    return dict(render(load_project(ROOT / "tests/compiler/golden"), "prod", ["hardware"]).files)


@pytest.mark.parametrize(
    "file",
    ["digits/workflowtemplate.yaml", "digits/configmap.yaml", "hardware/workflowtemplate.yaml"],
)
def test_no_change_of_any_field_is_hidden(
    file: str, before: dict[str, bytes], asking: dict[str, bytes]
) -> None:
    before = asking if file in asking else before
    manifest = yaml.safe_load(before[file])
    paths = list(leaves(manifest))
    assert len(paths) > 5
    for path in paths:
        after = {**before, file: emit(mutated(manifest, path), "h")}
        found = plan(before, after, environment="dev")
        assert found, path
        assert len(text(found).splitlines()) >= 3, path


def scheduled(folder: Path, schedule: str) -> dict[str, bytes]:
    (folder / "pipelines/p").mkdir(parents=True)
    (folder / "argosy.yaml").write_text(
        "apiVersion: argosy.dev/v1\nkind: Project\nname: t\nenvironments: {prod: {namespace: d}}\n"
    )
    (folder / "pipelines/p/pipeline.yaml").write_text(
        "apiVersion: argosy.dev/v1\nkind: Pipeline\nname: p\ndefaults: {image: 'i:1'}\n"
        f"steps: {{a: {{run: echo}}}}\n{schedule}"
    )
    return dict(render(load_project(folder), "prod").files)


def test_each_schedule_and_each_limit_is_told_by_its_name(tmp_path: Path) -> None:
    before = scheduled(tmp_path / "a", "schedule: [{name: eu, cron: '@daily'}]\nconcurrency: 2\n")
    after = scheduled(
        tmp_path / "b",
        "schedule: [{name: eu, cron: '@daily', until: 2027-03-31},"
        " {name: us, cron: '@weekly'}]\n"
        "concurrency: 3\n",
    )
    found = plan(before, after, environment="prod", now=datetime(2026, 11, 25, tzinfo=UTC))
    changes = [(c.action, c.subject, c.name, c.text) for c in found.pipelines[0].changes]
    assert [(action, subject, name) for action, subject, name, _ in changes] == [
        ("changed", "schedule", "eu"),
        ("added", "schedule", "us"),
        ("changed", "other", "limit.data.p"),
    ]
    assert "with silent times" in changes[0][3]
    assert changes[0][3].endswith("if not silent")
    assert "every Sunday at 00:00 Etc/UTC" in changes[1][3]
    assert changes[2][3] == "2 → 3"
