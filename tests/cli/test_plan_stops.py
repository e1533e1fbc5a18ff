"""A plan says that its environment is frozen or held: by what, why, until when, what would pass."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.flows import validator

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

NOW = "{from: 2020-01-01, to: 2999-01-01, timezone: Europe/London, reason: year-end close}"
PAST = "{from: 2020-01-01, to: 2020-01-02, reason: over}"
GITOPS = ".argosy/gitops.git"


def freeze(shop: "Shop", window: str = NOW) -> None:
    """Freeze dev."""
    project = shop.root / "argosy.yaml"
    shop.edit("dev: {namespace: ml-dev", f"dev: {{freeze: [{window}], namespace: ml-dev", project)
    shop.commit("Freeze")


def published(shop: "Shop") -> None:
    """Publish dev."""
    ended = shop.argosy("publish", "--env", "dev")
    assert ended.status == 0, ended.err


def plan(shop: "Shop", *words: str) -> Any:
    """Return the plan of dev as JSON that fits its schema."""
    ended = shop.argosy("plan", "--env", "dev", "--format", "json", *words)
    assert ended.status == 0, ended.err
    found = json.loads(ended.out)
    validator("plan").validate(found)
    (environment,) = found["environments"]
    return environment


def test_a_frozen_environment_says_its_window_its_end_and_what_passes(shop: "Shop") -> None:
    shop.commit()
    published(shop)
    freeze(shop)
    shop.edit("echo again", "echo more")
    shop.commit()
    shown = shop.argosy("plan", "--env", "dev").out
    assert shown.startswith("dev: 1 changed of 1 pipeline, policies 3/3, FROZEN\n"), shown
    window = "(2020-01-01T00:00 to 2999-01-02T00:00 Europe/London)"
    assert f"frozen until Wed 2999-01-02 00:00 Europe/London: year-end close {window}" in shown
    assert "`argosy rollback dev`" in shown
    assert "`argosy publish --break-glass --reason TEXT`" in shown
    written = shop.argosy("plan", "--env", "dev", "--format", "markdown").out
    assert "- **dev**: 1 changed of 1 pipeline, policies 3/3, FROZEN" in written
    assert "> ⛔ frozen until Wed 2999" in written
    assert "`argosy rollback dev`" in written
    (stop,) = plan(shop)["stops"]
    assert (stop["kind"], stop["binds"]) == ("frozen", True)
    assert (stop["until"], stop["timezone"]) == ("2999-01-02T00:00:00+00:00", "Europe/London")
    assert (stop["reason"], stop["window"]) == ("year-end close", window.strip("()"))
    (stop,) = plan(shop, "--base", "HEAD~1")["stops"]
    assert stop["kind"] == "frozen", "also where no GitOps repository is read"


def test_what_comes_back_is_said_to_pass_a_freeze(shop: "Shop") -> None:
    shop.commit()
    published(shop)
    shop.edit("echo again", "echo more")
    shop.commit("More")
    published(shop)
    shop.git("revert", "--no-edit", "HEAD")
    freeze(shop)
    (stop,) = plan(shop)["stops"]
    assert stop["binds"] is False
    assert "this content was there before" in stop["passes"]
    published(shop)


def test_a_freeze_that_is_over_or_of_another_environment_is_not_said(shop: "Shop") -> None:
    freeze(shop, PAST)
    assert plan(shop)["stops"] == []


def test_a_freeze_by_cron_is_said_as_the_project_has_it(shop: "Shop") -> None:
    freeze(shop, '{cron: "0 0 * * *", duration: 24h, timezone: Asia/Tokyo, reason: always}')
    (stop,) = plan(shop)["stops"]
    assert stop["window"] == "cron `0 0 * * *` for 1d Asia/Tokyo"
    assert stop["until"].endswith("+09:00")


@pytest.mark.parametrize("before", [True, False])
def test_a_held_environment_says_who_holds_it_and_why(shop: "Shop", before: bool) -> None:
    shop.commit()
    if before:
        published(shop)
    assert shop.argosy("hold", "dev", "--reason", "the *cluster* moves").status == 0
    shown = shop.argosy("plan", "--env", "dev").out
    assert ", HELD\n" in shown
    assert "held by Ada since 20" in shown
    assert ": the *cluster* moves\n" in shown
    assert "`argosy resume dev`" in shown
    assert (
        "the \\*cluster\\* moves" in shop.argosy("plan", "--env", "dev", "--format", "markdown").out
    )
    (stop,) = plan(shop)["stops"]
    assert (stop["kind"], stop["actor"], stop["binds"]) == ("held", "Ada", True)
    assert shop.argosy("resume", "dev").status == 0
    assert plan(shop)["stops"] == []


def test_a_rollback_in_the_gitops_repository_is_said_with_who_made_it(
    shop: "Shop", tmp_path: Path
) -> None:
    shop.commit()
    published(shop)
    shop.edit("echo again", "echo more")
    shop.commit("More")
    published(shop)
    work = tmp_path / "work"
    shop.git("clone", "-q", GITOPS, str(work))
    shop.git("-C", str(work), "revert", "--no-edit", "HEAD")
    shop.git("-C", str(work), "push", "-q")
    (stop,) = plan(shop)["stops"]
    assert (stop["kind"], stop["actor"], stop["binds"]) == ("changed", "Ada", True)
    assert stop["reason"].startswith("rolled back in the GitOps repository: Revert")
    assert "`argosy publish --env dev --resume`" in stop["passes"]
    assert shop.argosy("publish", "--env", "dev").status == 3
    shop.git("revert", "--no-edit", "HEAD")
    assert plan(shop)["stops"] == [], "the source says the same"
    published(shop)


def test_what_a_promotion_has_to_show_is_said(shop: "Shop") -> None:
    shop.edit("dev: {", "dev: {promotion: {from: prod, soak: 24h, runs: 3}, ",
              shop.root / "argosy.yaml")  # fmt: skip
    shop.commit()
    (stop,) = plan(shop)["stops"]
    assert (stop["kind"], stop["binds"]) == ("promotion", False)
    wanted = "a promotion comes from prod, has soaked there for 1d, has run well there 3 times"
    assert stop["reason"] == wanted
    shown = shop.argosy("plan", "--env", "dev").out
    assert wanted in shown
    assert "FROZEN" not in shown
    assert "`argosy promote prod dev --dry-run`" in shown
