"""The project's target: what its release of Argo does not have, or does not take, is refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from compiler import versions
from compiler.emit import emit
from compiler.problems import Problem, Rejected
from compiler.project import load_project
from compiler.render import compile_pipeline, render

GOLDEN = Path(__file__).parent / "golden"
TEMPLATE: Mapping[str, Any] = {"name": "train", "container": {"image": "a"}}


def checked(manifest: Mapping[str, Any], target: str) -> list[Problem]:
    pipeline = compile_pipeline(load_project(GOLDEN), "every", "dev").pipeline
    files, manifests = {"x.yaml": emit(manifest, "")}, {"x.yaml": manifest}
    return list(versions.check(pipeline, files, manifests, target))


def nested(path: str, value: Any = "x") -> dict[str, Any]:
    """Return a manifest that has `path`, in a template called `train` if it is of templates."""
    for part in reversed(path.split(".")):
        value = {part.removesuffix("[]"): [value] if part.endswith("[]") else value}
    if "templates" in value:
        value["templates"][0] |= TEMPLATE
    found: dict[str, Any] = value if path.startswith("spec.") else {"spec": value}
    return found


@pytest.mark.parametrize("field", versions.FIELDS, ids=lambda field: field.path)
def test_each_field_is_refused_outside_of_its_releases_alone(field: versions.Field) -> None:
    for target in ("3.7", "4.0", "4.1"):
        release = (int(target[0]), int(target[2]))
        found = checked(nested(field.path), target)
        if field.since <= release < field.until:
            assert found == []
        else:
            (problem,) = found
            assert problem.code == "target-argo"
            assert f"`{field.path}`" in problem.message
            limit = field.since if release < field.since else field.until
            assert f"Argo {limit[0]}.{limit[1]}" in problem.message


def test_the_place_is_that_of_the_step() -> None:
    (problem,) = checked(nested("templates[].pendingTimeout", "5m"), "4.0")
    pipeline = compile_pipeline(load_project(GOLDEN), "every", "dev").pipeline
    assert problem.at == pipeline.step("train").at
    assert problem.message == (
        "`templates[].pendingTimeout` needs Argo 4.1; the project's target is 4.0"
    )


def test_a_field_of_the_same_name_elsewhere_is_none() -> None:
    assert (
        checked({"spec": {"templates": [{"plugin": 1, "container": {"priority": 1}}]}}, "3.7") == []
    )


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        ({"templates": [{"name": f"t{n}"} for n in range(201)]}, "201 templates"),
        ({"templates": [{"name": "m", "dag": {"tasks": [{}] * 201}}]}, "201 dag.tasks"),
        (
            {"templates": [{"name": "m", "inputs": {"parameters": [{}] * 501}}]},
            "501 inputs.parameters",
        ),
    ],
)
def test_what_the_api_of_argo_4_takes_of_each_is_limited(spec: dict[str, Any], what: str) -> None:
    assert checked({"spec": spec}, "3.7") == []
    for target in ("4.0", "4.1"):
        (problem,) = checked({"spec": spec}, target)
        assert problem.message.startswith(f"{what}; the API of Argo {target} takes ")


def test_the_golden_pipelines_are_for_every_release(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(GOLDEN, tmp_path / "g")
    file = tmp_path / "g/argosy.yaml"
    text = file.read_text("utf-8")
    trees = []
    for target in ("3.7", "4.0", "4.1"):
        file.write_text(f'{text}\ntargetArgo: "{target}"\n', "utf-8")
        trees.append(render(load_project(tmp_path / "g"), "prod").files)
    assert trees[0] == trees[1] == trees[2]


def test_a_release_that_nobody_knows_is_a_mistake_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "argosy.yaml").write_text(
        "apiVersion: argosy.dev/v1\nkind: Project\nname: t\ntargetArgo: '3.5'\n"
        "environments: {dev: {namespace: d}}\n"
    )
    with pytest.raises(Rejected) as caught:
        load_project(tmp_path)
    assert [(p.code, p.at.line) for p in caught.value.problems] == [("bad-value", 4)]
