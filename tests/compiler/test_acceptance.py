"""What is accepted without the library, the library accepts too; and what is right is accepted."""

import copy
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from compiler import forms
from compiler.acceptance import accepts
from compiler.document import read
from compiler.source import plain

ROOT = Path(__file__).parents[2]
COUNT = int(os.environ.get("ARGOSY_MUTANTS", "2000"))
STRANGE: tuple[Any, ...] = (
    *(None, 0, 1, -1, 2.0, 1.5, True, False, "", "x", "a b", "é", "A", "1", "x\n", "\n", 10**30),
    *([], {}, [1], [1, 1], [1, True], [1, 1.0], ["a", "a"], {"a": 1}, {"": {}}, [[]], [{}]),
    *("30s", "30s\n", "1Gi", "latest", "v1", "../x", "/x", "x/", "a" * 41, "a" * 300, float("inf")),
    *("@daily", "main", "us", "max", "Exists", "spot", "2026-01-01", "12:00", "https://a.b/c"),
)


def data(path: Path) -> Any:
    return read(plain(path.name, path.read_text("utf-8"))).data


def documents() -> Iterator[tuple[forms.Name, Any]]:
    folders = [ROOT / "tests/compiler/golden", ROOT]
    for folder in folders:
        yield "project", data(folder / "argosy.yaml")
        for spec in sorted(folder.glob("pipelines/*/pipeline.yaml")):
            if not any(mark in spec.read_text("utf-8") for mark in ("{%", "{{")):
                yield "pipeline", data(spec)
        for component in sorted(folder.glob("components/*.yaml")):
            yield "component", data(component)
    for spec in sorted((ROOT / "tests/specs").glob("*.yaml")):
        yield "pipeline", data(spec)


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    parts = value.items() if isinstance(value, dict) else []
    for key, item in enumerate(value) if isinstance(value, list) else parts:
        yield (*at, key)
        yield from places(item, (*at, key))


def mutant(chance: random.Random, document: Any) -> Any:
    """Change one place: drop it, put something strange there, or under another key."""
    changed = copy.deepcopy(document)
    at = chance.choice(list(places(changed)))
    parent = changed
    for part in at[:-1]:
        parent = parent[part]
    how = chance.random()
    if how < 0.2:
        del parent[at[-1]]
    elif how < 0.4 and isinstance(parent, dict):
        parent[chance.choice(("x", "run", "min", "image", "a b", "A", "items"))] = parent[at[-1]]
    else:
        parent[at[-1]] = copy.deepcopy(chance.choice(STRANGE))
    return changed


def test_what_is_right_is_accepted() -> None:
    found = list(documents())
    assert {name for name, _ in found} >= {"pipeline", "project"}
    for name, document in found:
        assert accepts(forms.load(name), document), document


def test_nothing_is_accepted_that_the_library_refuses() -> None:
    known = list(documents())
    schemas = {name: forms.load(name) for name, _ in known}
    validators = {name: Draft202012Validator(schema) for name, schema in schemas.items()}
    chance, verdicts = random.Random(1), []  # noqa: S311
    for _ in range(COUNT):
        name, document = chance.choice(known)
        changed = mutant(chance, document)
        ours, theirs = accepts(schemas[name], changed), validators[name].is_valid(changed)
        assert theirs or not ours, changed
        verdicts.append((ours, theirs))
    assert verdicts.count((False, False)) > COUNT / 10
    assert verdicts.count((True, True)) > COUNT / 10
    assert verdicts.count((False, True)) < COUNT / 50


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}),
        ({"pattern": "^a$"}, "a\n"),
        ({"enum": [1]}, True),
        ({"const": 1}, True),
        ({"type": "integer"}, True),
        ({"type": "integer"}, 1.0),
        ({"uniqueItems": True}, [1, 1.0]),
        ({"additionalProperties": False}, {"a": 1}),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}),
    ],
)
def test_what_is_in_doubt_is_left_to_the_library(schema: dict[str, Any], value: Any) -> None:
    assert not accepts(schema, value)
