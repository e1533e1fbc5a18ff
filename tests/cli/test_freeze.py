"""A frozen environment: nothing new comes in, what was there comes back, and glass is recorded."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

NOW = "{from: 2020-01-01, to: 2999-01-01, timezone: Europe/London, reason: year-end close}"
GITOPS = ".argosy/gitops.git"


@pytest.fixture
def frozen(shop: "Shop") -> "Shop":
    """Return a project whose first version is published, and whose environment is then frozen."""
    shop.commit()
    assert shop.argosy("publish", "--env", "dev").status == 0
    shop.edit("dev: {namespace: ml-dev}", f"dev: {{namespace: ml-dev, freeze: [{NOW}]}}",
              shop.root / "argosy.yaml")  # fmt: skip
    shop.commit("Freeze")
    return shop


def test_nothing_new_is_published_into_a_freeze(frozen: "Shop") -> None:
    assert frozen.argosy("publish", "--env", "dev").status == 0, "nothing changed"
    frozen.edit("echo again", "echo more")
    frozen.commit("Say more")
    ended = frozen.argosy("publish", "--env", "dev")
    assert ended.status == 3
    assert "dev is frozen until Wed 2999-01-02 00:00 Europe/London: year-end close" in ended.err
    assert frozen.git("-C", GITOPS, "rev-list", "--count", "main") == "1"
    assert frozen.argosy("publish", "--env", "prod").status == 0


def test_broken_glass_needs_a_reason_which_is_recorded(frozen: "Shop") -> None:
    frozen.edit("echo again", "echo more")
    frozen.commit("Say more")
    bare = frozen.argosy("publish", "--env", "dev", "--break-glass")
    assert bare.status == 2
    assert "--reason" in bare.err
    why = "fraud model is down\nArgosy-Environment: prod [skip ci]"
    ended = frozen.argosy("publish", "--env", "dev", "--break-glass", "--reason", why)
    assert ended.status == 0, ended.err
    said = frozen.git("-C", GITOPS, "log", "-1", "--format=%B", "main")
    assert "Argosy-Break-Glass: fraud model is down Argosy-Environment: prod\n" in f"{said}\n"
    assert "in spite of a freeze: fraud model is down" in frozen.argosy("history", "dev").out


def test_a_revert_passes_through_a_freeze(frozen: "Shop") -> None:
    frozen.edit("echo again", "echo more")
    frozen.commit("Say more")
    ended = frozen.argosy("publish", "--env", "dev", "--break-glass", "--reason", "urgent")
    assert ended.status == 0, ended.err
    frozen.git("revert", "--no-edit", "HEAD")
    back = frozen.argosy("publish", "--env", "dev")
    assert back.status == 0, back.err
    assert "this content was there before" in back.err
    first, last = (f"main{at}:envs/dev" for at in ("~2", ""))
    assert frozen.git("-C", GITOPS, "rev-parse", first) == frozen.git(
        "-C", GITOPS, "rev-parse", last
    )


def test_a_reason_is_kept_without_a_freeze_too(shop: "Shop") -> None:
    shop.commit()
    assert shop.argosy("publish", "--env", "dev", "--reason", "quarterly model").status == 0
    assert "reason: quarterly model" in shop.argosy("history", "dev").out
