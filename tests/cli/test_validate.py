"""`argosy validate`: all mistakes at once, each at its place, and files that cannot be read."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shop


def test_what_is_fine_is_said_in_one_line(shop: "Shop") -> None:
    ended = shop.argosy("validate")
    assert (ended.status, ended.out) == (0, "✔ 1 pipeline, 2 environments: no problems\n")
    assert ended.err == "next: argosy render --env dev\n"
    one = shop.argosy("validate", "hello", "--env", "prod")
    assert one.out == "✔ 1 pipeline, 1 environment: no problems\n"


def test_all_mistakes_at_once_with_excerpt_caret_and_hint(shop: "Shop") -> None:
    shop.edit("    needs: [greet]", "    neds: [greet]")
    shop.edit("echo again", "echo ${params.whom} ${steps.greet.outputs.sad}")
    ended = shop.argosy("validate")
    assert ended.status == 1
    assert ended.out.count("pipelines/hello/pipeline.yaml:") >= 3
    for text in ("pipelines/hello/pipeline.yaml:19:5", "neds: [greet]", "^^^^", "`needs`", "`who`"):
        assert text in ended.out
    assert "\033" not in ended.out


def test_colours_only_when_wanted(shop: "Shop") -> None:
    shop.edit("run: echo", "rum: echo")
    assert "\033[" in shop.argosy("validate", FORCE_COLOR="1").out
    assert "\033[" not in shop.argosy("validate", FORCE_COLOR="1", NO_COLOR="1").out


def test_json_is_data_in_success_and_failure(shop: "Shop") -> None:
    fine = shop.argosy("validate", "--format", "json")
    assert fine.status == 0
    json.loads(fine.out)
    shop.edit("run: echo", "rum: echo")
    broken = shop.argosy("validate", "--format", "json")
    assert broken.status == 1
    assert "pipelines/hello/pipeline.yaml" in json.dumps(json.loads(broken.out))


def test_github_gets_annotations(shop: "Shop") -> None:
    shop.edit("run: echo", "rum: echo")
    ended = shop.argosy("validate", "--format", "github")
    assert ended.status == 1
    assert "::error file=pipelines/hello/pipeline.yaml,line=" in ended.out


def test_code_scanning_gets_sarif_with_and_without_problems(shop: "Shop") -> None:
    fine = shop.argosy("validate", "--format", "sarif")
    assert (fine.status, json.loads(fine.out)["runs"][0]["results"]) == (0, [])
    shop.edit("run: echo", "rum: echo")
    ended = shop.argosy("validate", "--format", "sarif")
    assert ended.status == 1
    results = json.loads(ended.out)["runs"][0]["results"]
    assert "AR201" in [result["ruleId"] for result in results]


@pytest.mark.parametrize("file", ["argosy.yaml", "pipelines/hello/pipeline.yaml"])
@pytest.mark.parametrize("harm", ["folder", "binary", "empty", "bomb"])
def test_a_file_that_cannot_be_read_is_a_diagnostic(shop: "Shop", file: str, harm: str) -> None:
    path = shop.root / file
    path.unlink()
    _harm(path, harm)
    validated = shop.argosy("validate")
    assert (validated.status, validated.err) == (1, "")
    assert f"{file}:1:" in validated.out
    rendered = shop.argosy("render", "--env", "dev")
    assert (rendered.status, rendered.out) == (1, "")
    assert f"{file}:1:" in rendered.err


def test_a_link_to_nothing_is_a_diagnostic(shop: "Shop") -> None:
    (shop.root / "argosy.yaml").unlink()
    (shop.root / "argosy.yaml").symlink_to("nothing")
    ended = shop.argosy("validate", cwd=shop.spec.parent)
    assert ended.status == 1
    assert "argosy.yaml cannot be read: No such file or directory" in ended.out


def _harm(path: Path, harm: str) -> None:
    if harm == "folder":
        path.mkdir()
    else:
        bomb = b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
        content = {"binary": b"kind: \xff\xfe\n", "empty": b"", "bomb": bomb}
        path.write_bytes(content[harm])


def test_a_project_without_pipelines_says_where_they_belong(shop: "Shop") -> None:
    shop.spec.unlink()
    ended = shop.argosy("validate")
    assert (ended.status, ended.out) == (0, "✔ 0 pipelines, 2 environments: no problems\n")
    assert "write pipelines/NAME/pipeline.yaml" in ended.err


def test_a_flood_of_problems_is_cut_for_people_alone(shop: "Shop") -> None:
    steps = "".join(f"  s{number}: {{rum: x}}\n" for number in range(60))
    shop.edit("steps:\n", f"steps:\n{steps}")
    shown = shop.argosy("validate", "--env", "dev").out
    assert shown.count("error[") == 50
    assert "and 10 more; see them: argosy validate --max 60" in shown
    assert "60 errors in 1 file" in shown
    assert shop.argosy("validate", "--env", "dev", "--max", "60").out.count("error[") == 60
    found = json.loads(shop.argosy("validate", "--env", "dev", "--format", "json").out)
    assert len(found["problems"]) == 60
    assert shop.argosy("validate", "--max", "0").status == 2
    assert shop.argosy("render", "--env", "dev").err.count("error[") == 50


def test_services_get_every_path_from_the_root_of_the_repository(shop: "Shop") -> None:
    (shop.root.parent / ".git").mkdir()
    shop.edit("  greet:\n", "  greet: {run: x}\n  greet:\n")
    result = json.loads(shop.argosy("validate", "--format", "sarif").out)["runs"][0]["results"][0]
    (first,) = result["relatedLocations"]
    place = first["physicalLocation"]["artifactLocation"]["uri"]
    assert place == "shop/pipelines/hello/pipeline.yaml"
