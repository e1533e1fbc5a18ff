"""`argosy explain PIPELINE`: each value and its origin, for people and for programs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from jsonschema_rs import Draft202012Validator

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

SCHEMAS = Path(__file__).parents[2] / "schemas"


def test_a_subtree_says_who_gave_each_value(shop: "Shop") -> None:
    ended = shop.argosy("explain", "hello", "--env", "dev", "steps.greet.hardware")
    assert ended.status == 0, ended.err
    who = "argosy.yaml:6 profile, by small of argosy.yaml:4"
    assert [line.split(maxsplit=2) for line in ended.out.splitlines()] == [
        ["steps.greet.hardware.cpu", "100m", who],
        ["steps.greet.hardware.memory", "64Mi", who],
    ]


def test_one_value_is_shown_whole(shop: "Shop") -> None:
    ended = shop.argosy("explain", "hello", "steps.greet.run", "--env", "dev")
    assert ended.out == (
        'echo "hello ${params.who}"\necho "${params.who}" > said.txt\n'
        "  pipelines/hello/pipeline.yaml:13 step\n"
    )


def test_all_of_it_as_json_keeps_to_its_schema(shop: "Shop") -> None:
    ended = shop.argosy("explain", "hello", "--env", "prod", "--json")
    body = json.loads(ended.out)
    schema = json.loads((SCHEMAS / "explanation.schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(body)
    first = {"path": ["name"], "value": "hello", "layer": "pipeline", "via": []}
    place = {"file": "pipelines/hello/pipeline.yaml", "line": 3, "column": 7}
    assert body["values"][0] == {**first, **place}
    assert {v["layer"] for v in body["values"]} >= {"tool", "project", "profile", "environment"}


def test_a_path_that_is_nothing_is_a_mistake_of_usage(shop: "Shop") -> None:
    ended = shop.argosy("explain", "hello", "--env", "dev", "steps.greet.hardwre")
    assert (ended.status, ended.out) == (2, "")
    assert "nothing is at `steps.greet.hardwre`" in ended.err
    assert "did you mean `steps.greet.hardware`?" in ended.err
    ended = shop.argosy("explain", "hello", "--env", "dev", "name", "owner")
    assert (ended.status, "one pipeline and one path" in ended.err) == (2, True)


def test_mistakes_that_hide_the_values_are_shown(shop: "Shop") -> None:
    shop.edit("steps:", "stepps:")
    ended = shop.argosy("explain", "hello", "--env", "dev")
    assert (ended.status, "unknown-key" in ended.out + ended.err) == (1, True)
