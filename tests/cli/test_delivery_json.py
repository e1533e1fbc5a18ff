"""The commands of delivery for programs: one document on stdout, by its schema, the talk aside."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.cli.flows import validator

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

GITOPS = ".argosy/gitops.git"


def told(shop: "Shop", schema: str, *words: str, status: int = 0) -> Any:
    """Return the one document that a command writes, held against its schema."""
    ended = shop.argosy(*words, "--json")
    assert ended.status == status, ended.err
    found = json.loads(ended.out)
    validator(schema).validate(found)
    return found


def test_a_publish_says_what_it_ended_in(shop: "Shop") -> None:
    shop.commit()
    first = told(shop, "delivery", "publish", "--env", "dev")
    tip = shop.git("-C", GITOPS, "rev-parse", "main")
    assert (first["command"], first["environment"], first["result"]) == (
        "publish", "dev", "published",
    )  # fmt: skip
    assert first["gitops"]["commit"] == tip
    assert "envs/dev/hello/workflowtemplate.yaml" in first["gitops"]["added"]
    assert first["source"] is None
    again = told(shop, "delivery", "publish", "--env", "dev")
    assert (again["result"], again["gitops"]["commit"]) == ("unchanged", tip)


def test_a_publish_that_is_held_says_so_on_both_streams(shop: "Shop", tmp_path: Path) -> None:
    shop.commit()
    told(shop, "delivery", "publish", "--env", "dev")
    work = tmp_path / "work"
    shop.git("clone", "-q", GITOPS, str(work))
    manifest = work / "envs/dev/hello/workflowtemplate.yaml"
    manifest.write_text(manifest.read_text("utf-8") + "# by hand\n", "utf-8")
    shop.git("-C", str(work), "commit", "-qam", "Edit by hand")
    shop.git("-C", str(work), "push", "-q")
    held = told(shop, "delivery", "publish", "--env", "dev", status=3)
    assert held["result"] == "held"
    assert held["reason"]
    assert held["gitops"]["held"] == ["envs/dev/hello/workflowtemplate.yaml"]
    resumed = told(shop, "hold", "resume", "dev", status=3)
    assert (resumed["result"], resumed["hold"]) == ("free", None)
    assert "edited by hand" in resumed["reason"]


def test_a_publish_that_is_refused_is_a_failure_as_of_any_command(shop: "Shop") -> None:
    shop.edit("kind: Project\n", "kind: Project\npolicy: {image-digests: refuse}\n",
              shop.root / "argosy.yaml")  # fmt: skip
    shop.commit()
    refused = told(shop, "failure", "publish", "--env", "dev", status=5)
    assert refused["exit_code"] == 5


def test_a_promotion_and_a_rollback_say_where_their_commits_are(shop: "Shop") -> None:
    shop.commit()
    told(shop, "delivery", "publish", "--env", "dev")
    dry = told(shop, "delivery", "promote", "dev", "prod", "--dry-run")
    assert (dry["result"], dry["source"]) == ("dry-run", None)
    assert {line["name"] for line in dry["evidence"]} >= {"origin", "soak"}
    done = told(shop, "delivery", "promote", "dev", "prod")
    assert done["result"] == "committed"
    assert done["title"].startswith("Promote everything from dev to prod at ")
    assert any("hello created" in line for line in done["plan"])
    made = done["source"]
    assert shop.git("rev-parse", made["branch"]) == made["commit"]
    assert (made["pushed"], made["url"], made["there"]) == (False, "", False)
    assert told(shop, "delivery", "promote", "dev", "prod")["source"]["there"] is True
    shop.git("merge", "-q", made["branch"])
    assert told(shop, "delivery", "promote", "dev", "prod")["result"] == "unchanged"

    shop.edit("echo again", "echo bad")
    shop.commit("Say it badly")
    told(shop, "delivery", "publish", "--env", "dev")
    dry = told(shop, "delivery", "rollback", "dev", "--dry-run")
    assert (dry["result"], dry["source"], dry["gitops"]) == ("dry-run", None, None)
    back = told(shop, "delivery", "rollback", "dev", "--gitops-first", "--yes")
    assert back["result"] == "committed"
    assert back["gitops"]["commit"] == shop.git("-C", GITOPS, "rev-parse", "main")
    assert shop.git("rev-parse", back["source"]["branch"]) == back["source"]["commit"]
    shop.git("merge", "-q", "--no-edit", back["source"]["branch"])
    told(shop, "delivery", "publish", "--env", "dev")


def test_a_hold_is_set_told_and_released(shop: "Shop") -> None:
    shop.commit()
    assert told(shop, "hold", "hold", "prod") == {
        "version": 1, "environment": "prod", "result": "free", "reason": "", "hold": None,
    }  # fmt: skip
    first = told(shop, "hold", "hold", "prod", "--reason", "it moves")
    assert (first["result"], first["hold"]["actor"], first["hold"]["reason"]) == (
        "set", "Ada", "it moves",
    )  # fmt: skip
    assert told(shop, "hold", "hold", "prod", "--reason", "else")["result"] == "held"
    assert told(shop, "hold", "hold", "prod")["hold"] == first["hold"]
    released = told(shop, "hold", "resume", "prod")
    assert (released["result"], released["hold"]) == ("released", first["hold"])
