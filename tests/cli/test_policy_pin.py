"""Policies judge what is really published: of a pinned pipeline, what its revision gives."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

PIN = "environments/dev.yaml"
HEAD = "apiVersion: argosy.dev/v1\nkind: Pin\nenvironment: dev\n"
ENTRY = "suppress: [{policy: owner-required, reason: nobody yet, until: %s}]\n"
OWNER = "owner: shop-team\n"
POLICY = """\
apiVersion: argosy.dev/v1
kind: Policy
name: own
level: refuse
each: step
assert: not (step.env.MODEL == "churn-18")
message: not that one
"""


@pytest.fixture
def pin(shop: "Shop") -> Callable[[str], None]:
    """Return what writes and commits the pin of dev."""

    def write(text: str) -> None:
        (shop.root / "environments").mkdir(exist_ok=True)
        (shop.root / PIN).write_text(HEAD + text, "utf-8")
        shop.commit("Pin")

    return write


Pin = Callable[[str], None]


def refuse(shop: "Shop", policy: str) -> None:
    """Let policies of the project refuse."""
    with (shop.root / "argosy.yaml").open("a", encoding="utf-8") as project:
        project.write(f"policy: {policy}\n")


def unowned(shop: "Shop", suppress: str = "") -> str:
    """Commit the pipeline without an owner, then one with; return the first revision."""
    shop.edit(OWNER, suppress)
    first = shop.commit("Unowned")
    shop.edit("name: hello\n", f"name: hello\n{OWNER}")
    if suppress:
        shop.edit(suppress, "")
    shop.commit("Own it")
    return first


def test_a_pinned_revision_is_refused_although_the_branch_is_fine(shop: "Shop", pin: Pin) -> None:
    first = unowned(shop)
    refuse(shop, "{owner-required: refuse}")
    pin(f"revision: {first}\n")
    ended = shop.argosy("publish", "--env", "dev")
    assert ended.status == 5
    assert f"{PIN}:4:11" in ended.err, "the place that can be mended"
    place = f"({first[:10]}:pipelines/hello/pipeline.yaml:3:1)"
    assert f"owner-required: the pipeline has no owner {place}" in ended.err
    assert shop.git("show", f"{first[:10]}:pipelines/hello/pipeline.yaml"), "as git names it"
    assert not (shop.root / ".argosy/gitops.git").exists()
    assert shop.argosy("plan", "--env", "dev", "--exit-code").status == 5
    assert shop.argosy("policy", "--env", "dev").status == 5
    assert shop.argosy("validate", "--env", "dev").status == 0, "the specs that lie here"
    assert shop.argosy("publish", "--env", "prod").status == 0, "which follows the branch"


def test_a_pinned_revision_passes_although_the_branch_is_refused(shop: "Shop", pin: Pin) -> None:
    first = shop.commit()
    shop.edit(OWNER, "")
    refuse(shop, "{owner-required: refuse}")
    pin(f"pipelines:\n  hello: {{revision: {first}}}\n")
    assert shop.argosy("publish", "--env", "dev").status == 0
    assert shop.argosy("publish", "--env", "prod").status == 5


def test_only_what_is_pinned_is_judged_by_its_revision(shop: "Shop", pin: Pin) -> None:
    other = shop.root / "pipelines/other/pipeline.yaml"
    other.parent.mkdir()
    other.write_text(shop.spec.read_text("utf-8").replace("name: hello", "name: other"), "utf-8")
    first = unowned(shop)
    refuse(shop, "{owner-required: refuse}")
    pin(f"pipelines:\n  hello: {{revision: {first}}}\n")
    ended = shop.argosy("publish", "--env", "dev")
    assert ended.status == 5
    assert "1 finding of policies: hello" in ended.err


@pytest.mark.parametrize(("until", "status"), [("2999-01-01", 0), ("2020-01-01", 5)])
def test_a_suppression_of_the_pinned_spec_holds_until_its_day(
    shop: "Shop", pin: Pin, until: str, status: int
) -> None:
    first = unowned(shop, ENTRY % until)
    refuse(shop, "{owner-required: refuse}")
    pin(f"revision: {first}\n")
    ended = shop.argosy("publish", "--env", "dev")
    assert ended.status == status
    if status:
        assert f"ended on {until}: nobody yet ({first[:10]}:pipelines/hello/" in ended.err


def test_a_suppression_of_the_spec_of_now_is_not_of_a_pinned_one(shop: "Shop", pin: Pin) -> None:
    first = unowned(shop)
    shop.edit(OWNER, ENTRY % "2999-01-01")
    refuse(shop, "{owner-required: refuse}")
    pin(f"revision: {first}\n")
    assert shop.argosy("publish", "--env", "dev").status == 5
    with (shop.root / "argosy.yaml").open("a", encoding="utf-8") as project:
        project.write(ENTRY.replace("{policy", "{pipeline: hello, policy") % "2999-01-01")
    shop.commit("Suppress it here")
    assert shop.argosy("publish", "--env", "dev").status == 0


def test_policies_see_the_models_that_are_pinned_now(shop: "Shop", pin: Pin) -> None:
    model = '    env: {MODEL: "churn-{{ models.churn }}"}\n    run: echo again'
    shop.edit("    run: echo again", model)
    pin("models: {churn: 17}\n")
    first = shop.git("rev-parse", "HEAD")
    (shop.root / "policy").mkdir()
    (shop.root / "policy/own.yaml").write_text(POLICY, "utf-8")
    pin(f"revision: {first}\nmodels: {{churn: 17}}\n")
    assert shop.argosy("publish", "--env", "dev").status == 0
    pin(f"revision: {first}\nmodels: {{churn: 18}}\n")
    assert shop.argosy("publish", "--env", "dev").status == 5


def test_a_model_that_was_not_pinned_then_hides_nothing(shop: "Shop", pin: Pin) -> None:
    """The revision alone does not render: policies must not take that for nothing to judge."""
    shop.edit(OWNER, "")
    shop.edit("echo again", "score models:/churn/{{ models.churn }}")
    first = shop.commit("Score")
    shop.edit("name: hello\n", f"name: hello\n{OWNER}")
    refuse(shop, "{owner-required: refuse}")
    pin(f"revision: {first}\nmodels: {{churn: 17}}\n")
    assert shop.argosy("publish", "--env", "dev").status == 5


def test_a_pipeline_that_only_its_pin_has_is_judged_and_can_be_asked_about(
    shop: "Shop", pin: Pin
) -> None:
    shop.edit(OWNER, "")
    first = shop.commit()
    other = shop.root / "pipelines/other/pipeline.yaml"
    other.parent.mkdir()
    text = shop.spec.read_text("utf-8").replace("name: hello\n", f"name: other\n{OWNER}")
    other.write_text(text, "utf-8")
    shop.git("rm", "-rq", "--cached", "pipelines/hello")
    shop.spec.unlink()
    refuse(shop, "{owner-required: refuse}")
    pin(f"pipelines:\n  hello: {{revision: {first}}}\n")
    ended = shop.argosy("publish", "--env", "dev")
    assert ended.status == 5, ended.err
    assert "findings" not in ended.err
    assert shop.argosy("policy", "hello", "--env", "dev").status == 5
    assert shop.argosy("policy", "other", "--env", "dev").status == 0
    assert shop.argosy("policy", "hullo", "--env", "dev").status == 2


def test_a_promotion_shows_what_policies_will_refuse(shop: "Shop") -> None:
    shop.edit(OWNER, "")
    shop.edit(
        "prod: {namespace: ml-prod,",
        "prod: {policy: {owner-required: refuse}, namespace: ml-prod,",
        shop.root / "argosy.yaml",
    )
    shop.commit()
    assert shop.argosy("publish", "--env", "dev").status == 0
    ended = shop.argosy("promote", "dev", "prod", "--dry-run")
    assert "refuse owner-required: hello: the pipeline has no owner" in ended.out, ended.out
    assert ended.status == 5
    assert "argosy policy --env prod" in ended.err
