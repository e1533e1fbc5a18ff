"""`--select`: pipelines by pattern of name, by tag, by owner."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

OTHERS = {
    "churn-eu": "owner: growth-ml\ntags: [weekly, eu]\n",
    "churn-us": "owner: growth-ml\ntags: [daily]\n",
    "score": "owner: risk\ntags: [weekly]\nenvironments: {prod: {tags: [hourly]}}\n",
}
SPEC = "apiVersion: argosy.dev/v1\nkind: Pipeline\nname: {}\n{}steps: {{a: {{run: 'true'}}}}\n"


@pytest.fixture
def many(shop: "Shop") -> "Shop":
    for name, body in OTHERS.items():
        folder = shop.root / "pipelines" / name
        folder.mkdir()
        (folder / "pipeline.yaml").write_text(SPEC.format(name, body), "utf-8")
    return shop


SELECTED = {
    "churn-*": "churn-eu churn-us",
    "tag:weekly": "churn-eu score",
    "tag:weekly,owner:growth-ml": "churn-eu",
    "owner:*-team churn-us": "churn-us hello",
    "owner:risk,churn-* name:h?llo": "",
    "name:h?llo": "hello",
}


@pytest.mark.parametrize("terms", SELECTED)
def test_render_takes_what_matches(many: "Shop", terms: str) -> None:
    ended = many.argosy("render", "--env", "dev", "-o", "out", "--select", terms)
    found = sorted(path.name for path in many.root.glob("out/*") if path.is_dir())
    assert " ".join(found) == SELECTED[terms]
    assert ended.status == (0 if found else 2)


def test_an_environment_has_its_own_tags(many: "Shop") -> None:
    ended = many.argosy("render", "--env", "prod", "-o", "out", "--select", "tag:hourly")
    assert "out/score/workflowtemplate.yaml" in ended.out
    assert many.argosy("validate", "--select", "tag:hourly", "--env", "dev").status == 2
    ended = many.argosy("validate", "churn-eu", "--select", "tag:hourly", "--select", "hello")
    assert "3 pipelines, 2 environments: no problems" in ended.out


def test_terms_that_mean_nothing_are_mistakes_of_usage(many: "Shop") -> None:
    ended = many.argosy("validate", "--select", "tag:wekly")
    assert (ended.status, ended.out) == (2, "")
    assert "nothing matches `tag:wekly`" in ended.err
    assert "did you mean `weekly`?" in ended.err
    ended = many.argosy("validate", "--select", "team:risk")
    assert (ended.status, "--select knows no `team:`" in ended.err) == (2, True)


def test_a_spec_that_cannot_be_read_is_not_passed_over(many: "Shop") -> None:
    (many.root / "pipelines/score/pipeline.yaml").write_text("steps: [\n", "utf-8")
    ended = many.argosy("validate", "--select", "tag:daily")
    assert (ended.status, "pipelines/score/pipeline.yaml" in ended.out) == (1, True)
    assert many.argosy("validate", "--select", "hel*").status == 0
