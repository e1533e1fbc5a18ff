"""Manifests that were broken at random are answered, never met with a traceback.

ARGOSY_MUTANTS says how many (2000 in the nightly form).
"""

import json
import os
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from argosy.engine.manifests import load
from argosy.engine.manifests.admission import admit
from argosy.engine.manifests.honours import RUNTIMES
from argosy.engine.manifests.objects import objects
from argosy.engine.manifests.outline import outline
from argosy.failure import Failure
from compiler.problems import Rejected
from tests.argo.test_rejections import FILES
from tests.engine.test_admission import ORACLE

SOURCES = [*FILES, *sorted((ORACLE / "manifests").glob("*.yaml"))]
WEIRD = [
    *("null", "true", "0", "-1", "1.5", '""', "[]", "{}", "[null]", "[[]]", '{"a": null}'),
    *('"{{"', '"{{="', '"{{item}}"', "[1]", '{"name": null}', '{"name": "a"}', "1e30"),
]
COUNT = int(os.environ.get("ARGOSY_MUTANTS", "300"))


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    listed = enumerate(value) if isinstance(value, list) else ()
    for key, item in value.items() if isinstance(value, dict) else listed:
        yield from paths(item, (*path, key))


def put(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    value[path[0]] = put(value[path[0]], path[1:], other)
    return value


def answered(file: Path, dice: random.Random) -> bool:
    """Return whether the manifest was admitted."""
    try:
        bundle = load(file, as_argo=dice.random() < 0.5)
        found = admit(bundle, {}, runtime=dice.choice(RUNTIMES), as_argo=dice.random() < 0.5)
    except (Rejected, Failure):
        return False
    return bool(list(islice(outline(found.bundle), 500)))


def test_values_of_other_kinds_are_answered(tmp_path: Path) -> None:
    dice, admitted = random.Random(7), 0  # noqa: S311 - no secret
    for number in range(COUNT):
        found = objects([dice.choice(SOURCES)], lenient=True)
        items = json.loads(json.dumps([item.data for item in found]))
        for _ in range(dice.choice((1, 1, 2))):
            place = dice.choice(list(paths(items)))
            items = put(items, place, json.loads(dice.choice(WEIRD)))
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps({"kind": "List", "items": items}), "utf-8")
        admitted += answered(file, dice)
    assert 0 < admitted < COUNT


def test_texts_with_letters_lost_or_doubled_are_answered(tmp_path: Path) -> None:
    dice = random.Random(7)  # noqa: S311 - no secret
    for number in range(COUNT):
        text = dice.choice(SOURCES).read_bytes()
        for _ in range(dice.choice((1, 2, 5))):
            at = dice.randrange(len(text))
            other = dice.choice((b"", text[at : at + 1] * 2, b"\xff", b"{"))
            text = text[:at] + other + text[at + 1 :]
        file = tmp_path / f"{number}.yaml"
        file.write_bytes(text)
        answered(file, dice)
