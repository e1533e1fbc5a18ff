"""The whole way of a change: published, promoted, found bad, taken back, held, and gone on with."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Ended, Shop

GITOPS = ".argosy/gitops.git"


def tree(shop: "Shop") -> str:
    return shop.git("-C", GITOPS, "rev-parse", "main:envs/prod")


def publish(shop: "Shop", environment: str) -> "Ended":
    ended = shop.argosy("publish", "--env", environment)
    assert ended.status == 0, ended.err
    return ended


def merge(shop: "Shop", ended: "Ended") -> None:
    assert ended.status == 0, ended.err
    shop.git("merge", "-q", "--no-edit", ended.out.splitlines()[-1].rsplit(" ", 1)[1])


def test_a_bad_promotion_is_taken_back_and_stays_back(shop: "Shop") -> None:
    shop.commit("First")
    publish(shop, "dev")
    merge(shop, shop.argosy("promote", "dev", "prod"))
    publish(shop, "prod")
    good = tree(shop)

    shop.edit("echo again", "echo bad")
    shop.commit("A bad change")
    publish(shop, "dev")
    assert "unchanged" in publish(shop, "prod").out, "what is pinned does not follow the branch"
    merge(shop, shop.argosy("promote", "dev", "prod"))
    publish(shop, "prod")
    bad = tree(shop)
    assert bad != good

    back = shop.argosy("rollback", "prod", "--gitops-first", "--yes", "--reason", "it is bad")
    assert tree(shop) == good, "the cluster goes back at once"
    (shop.root / "README.md").write_text("meanwhile\n", "utf-8")
    shop.commit("Something else is merged")
    held = shop.argosy("publish", "--env", "prod")
    assert (held.status, tree(shop)) == (3, good), "and no later publish undoes it"
    assert shop.argosy("resume", "prod").status == 3

    merge(shop, back)
    assert "unchanged" in publish(shop, "prod").out
    assert tree(shop) == good
    assert shop.argosy("resume", "prod").status == 0

    shop.edit("echo bad", "echo better")
    shop.commit("Mend it")
    publish(shop, "dev")
    merge(shop, shop.argosy("promote", "dev", "prod"))
    publish(shop, "prod")
    assert tree(shop) not in (good, bad)
    assert shop.argosy("diff", "dev", "prod", "--exit-code").status == 0
    told = [line.split("UTC  ")[1] for line in shop.argosy("history", "prod").out.splitlines()
            if not line.startswith(" ")]  # fmt: skip
    assert [line.split(" by ")[0] for line in told] == [
        *("published", "rolled back", "published", "published"),
    ]
