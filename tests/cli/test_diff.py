"""`argosy diff`: two environments differ in what they do, or in their names alone."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_names_labels_and_namespaces_are_no_difference(shop: "Shop") -> None:
    shop.edit("echo again", "echo again\n    secrets: {KEY: {secret: s, key: k}}")
    shop.edit("  repeat:", "  say:\n    python: |\n      print(run.env)\n  repeat:")
    shop.commit()
    rendered = shop.argosy("diff", "dev", "prod", "--rendered", "--exit-code")
    assert rendered.out == "✔ dev and prod differ in their names alone\n"
    assert rendered.status == 0
    for environment in ("dev", "prod"):
        shop.argosy("publish", "--env", environment)
    assert shop.argosy("diff", "dev", "prod", "--exit-code").status == 0


def test_what_is_published_differs_though_the_source_does_not(shop: "Shop") -> None:
    shop.commit()
    shop.argosy("publish", "--env", "prod")
    shop.edit("cpu: 100m", "cpu: 300m", shop.root / "argosy.yaml")
    shop.edit("echo again", "echo more")
    shop.commit()
    shop.argosy("publish", "--env", "dev")
    ended = shop.argosy("diff", "prod", "dev", "hello", "--exit-code")
    assert ended.status == 3
    assert "prod → dev: 1 changed of 1 pipeline" in ended.out
    assert "cpu 100m → 300m" in ended.out
    assert "Differences: 1 pipeline changed." in ended.out
    data = json.loads(shop.argosy("diff", "prod", "dev", "--format", "json").out)
    from jsonschema_rs import Draft202012Validator

    schema = json.loads((SCHEMAS / "plan.schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(data)
    assert shop.argosy("diff", "prod", "dev", "--rendered", "--exit-code").status == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dev", "prod"), "--rendered"),
        (("dev", "dev"), "and itself"),
        (("dev", "stagin"), "no environment `stagin`"),
        (("dev", "prod", "helo", "--rendered"), "did you mean `hello`"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    shop: "Shop", words: tuple[str, ...], said: str
) -> None:
    shop.commit()
    ended = shop.argosy("diff", *words)
    assert ended.status == 2
    assert said in ended.err
