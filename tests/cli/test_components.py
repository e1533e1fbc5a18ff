"""Components on the command line: recorded in the lock, told by the plan, checked if unused."""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

GITOPS = ".argosy/gitops.git"
COMPONENT = """\
apiVersion: argosy.dev/v1
kind: Component
name: say
version: 2
params: {text: {type: string, max: 9}}
run: echo ${params.text}
"""
STEPS = """\
  say: {uses: say, with: {text: hello}}
  tell: {uses: argosy/slack@1, with: {text: hello}}
"""


def locked(shop: "Shop") -> dict[str, dict[str, object]]:
    lock = json.loads(shop.git("-C", GITOPS, "show", "main:envs/dev/argosy.lock"))
    found: dict[str, dict[str, object]] = lock["components"]
    return found


def write(shop: "Shop", text: str) -> None:
    (shop.root / "components").mkdir(exist_ok=True)
    (shop.root / "components/say.yaml").write_text(text, "utf-8")


def test_a_plan_says_which_component_changed(shop: "Shop") -> None:
    text = COMPONENT.replace("max: 9", "pattern: h.*")
    write(shop, text)
    shop.edit("  repeat:\n", STEPS + "  repeat:\n")
    shop.commit()
    assert (
        "+ component argosy/slack@1: version 1, content " in shop.argosy("plan", "--env", "dev").out
    )
    assert shop.argosy("publish", "--env", "dev").status == 0
    first = locked(shop)
    assert [(name, body["version"]) for name, body in first.items()] == [
        ("argosy/slack@1", 1),
        ("say", 2),
    ]
    write(shop, f"# a comment\n{text}")
    assert "No changes" in shop.argosy("plan", "--env", "dev").out
    write(shop, text.replace("h.*", "'[a-h].*'"))
    told = shop.argosy("plan", "--env", "dev", "--exit-code")
    assert told.status == 3
    assert told.out.splitlines()[0] == "dev: no manifest changes, 1 other change"
    assert told.out.splitlines()[1].startswith("  ~ component say: content ")
    assert told.out.splitlines()[2] == "Plan: 1 component changed."
    shop.commit()
    assert shop.argosy("publish", "--env", "dev").out.startswith("✔ published")
    assert locked(shop)["say"]["digest"] != first["say"]["digest"]
    assert locked(shop)["argosy/slack@1"] == first["argosy/slack@1"]
    write(shop, text.replace("echo", "printf %s").replace("version: 2", "version: 3"))
    told = shop.argosy("plan", "--env", "dev")
    assert "  ~ component say: version 2 → 3, content " in told.out
    assert "step say script: " in told.out


def test_the_check_of_a_folder_minds_components(shop: "Shop") -> None:
    text = COMPONENT.replace("max: 9", "pattern: h.*")
    write(shop, text)
    shop.edit("  repeat:\n", STEPS + "  repeat:\n")
    shop.argosy("render", "--env", "dev")
    assert shop.argosy("render", "--env", "dev", "--check").status == 0
    write(shop, text.replace("h.*", "'[a-h].*'"))
    ended = shop.argosy("render", "--env", "dev", "--check")
    assert (ended.status, ended.out) == (3, "~ argosy.lock\n")


def test_validate_checks_what_nobody_uses(shop: "Shop") -> None:
    write(shop, COMPONENT)
    ended = shop.argosy("validate")
    assert ended.status == 1
    assert ended.out.startswith(
        "components/say.yaml:5:36: error[AR406 bad-parameter] `max` is for numbers"
    )


def test_the_schema_of_a_component_is_complete_in_itself(shop: "Shop") -> None:
    schema = shop.argosy("schema", "component").out
    assert "pipeline.schema.json#" not in schema
    assert json.loads(schema)["$defs"]["params"]["additionalProperties"]["required"] == ["type"]
