"""`argosy history`: what an environment held and when, in words and as JSON."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

GITOPS = ".argosy/gitops.git"
SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_a_history_tells_publishes_and_edits_of_one_environment(
    shop: "Shop", tmp_path: Path
) -> None:
    first = shop.commit("First version")
    shop.argosy("publish", "--env", "dev")
    shop.argosy("publish", "--env", "prod")
    shop.edit("echo again", "echo more")
    second = shop.commit("Say more")
    shop.argosy("publish", "--env", "dev")
    work = tmp_path / "work"
    shop.git("clone", "-q", GITOPS, str(work))
    manifest = work / "envs" / "dev" / "hello" / "workflowtemplate.yaml"
    manifest.write_text(manifest.read_text("utf-8") + "# by hand\n", "utf-8")
    shop.git("-C", str(work), "commit", "-qam", "Edit by hand")
    shop.git("-C", str(work), "push", "-q")
    ended = shop.argosy("history", "dev")
    heads = [line for line in ended.out.splitlines() if not line.startswith(" ")]
    assert [head.split("UTC  ")[1] for head in heads] == [
        "edited by hand by Ada",
        f"published by Ada <- {second[:10]}",
        f"published by Ada <- {first[:10]}",
    ]
    assert "~ step repeat script: +1 −1 lines" in ended.out
    assert "older ones: --limit 3" in shop.argosy("history", "dev", "--limit", "1").err


def test_a_history_as_json_follows_its_schema(shop: "Shop") -> None:
    from jsonschema_rs import Draft202012Validator

    source = shop.commit("First version")
    tree = shop.argosy("publish", "--env", "dev")
    assert tree.status == 0
    data = json.loads(shop.argosy("history", "dev", "hello", "--json").out)
    schema = json.loads((SCHEMAS / "history.schema.json").read_text("utf-8"))
    Draft202012Validator(schema, validate_formats=True).validate(data)
    (entry,) = data["entries"]
    assert (entry["kind"], entry["source"], entry["author"]) == ("publish", source, "Ada")
    assert entry["digest"].startswith("sha256:")


def test_what_was_never_published_has_no_history(shop: "Shop") -> None:
    shop.commit()
    ended = shop.argosy("history", "dev")
    assert (ended.status, "nothing was published of dev yet" in ended.out) == (0, True)
    assert json.loads(shop.argosy("history", "dev", "--json").out)["entries"] == []


@pytest.mark.parametrize("words", [["stagin"], ["dev", "helo"]])
def test_a_name_that_is_wrong_is_a_mistake_of_usage(shop: "Shop", words: list[str]) -> None:
    shop.commit()
    shop.argosy("publish", "--env", "dev")
    ended = shop.argosy("history", *words)
    assert ended.status == 2
    assert "no " in ended.err
