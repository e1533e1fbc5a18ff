"""What was meant: by the fewest slips, measured on every name of the schemas."""

import random
from collections.abc import Iterator
from difflib import get_close_matches
from string import ascii_lowercase
from typing import Any

import pytest

from compiler import schema
from compiler.spelling import closest, distance


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [
        ("run", "run", 0),
        ("rum", "run", 1),
        ("rnu", "run", 1),
        ("rn", "run", 1),
        ("runs", "run", 1),
        ("neesd", "needs", 1),
        ("", "ab", 2),
        ("a", "abcd", 3),
        ("ca", "abc", 3),
    ],
)
def test_slips_are_counted(one: str, other: str, slips: int) -> None:
    assert distance(one, other) == slips
    assert distance(other, one) == slips


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("node_selector", ["nodeSelector", "nodeName"], "nodeSelector"),
        ("TIMEOUT", ["timeout", "tags"], "timeout"),
        ("mem", ["cpu", "memory"], "memory"),
        ("evn", ["env", "image"], "env"),
        ("rum", ["gpu", "run"], "run"),
        ("ab", ["cd", "ef"], ""),
        ("xy", ["a"], ""),
        ("shuffle", ["upper", "round"], ""),
        ("pramas", ["params", "steps"], "params"),
        ("b", ["a"], ""),
    ],
)
def test_what_was_meant(name: str, known: list[str], meant: str) -> None:
    assert closest(name, known) == meant


def groups(part: Any) -> Iterator[list[str]]:
    """Yield the keys of each mapping of a schema that has several."""
    keys = part.get("properties") if isinstance(part, dict) else None
    if isinstance(keys, dict) and len(keys) > 3:
        yield sorted(keys)
    for value in (
        part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    ):
        yield from groups(value)


def slipped(chance: random.Random, word: str) -> str:
    place, letter = chance.randrange(len(word)), chance.choice(ascii_lowercase)
    head, at, tail = word[:place], word[place], word[place + 1 :]
    swapped = head + tail[:1] + at + tail[1:]
    return chance.choice([head + tail, head + letter + at + tail, head + letter + tail, swapped])


def test_one_slip_in_a_key_is_understood_better_than_by_likeness() -> None:
    chance = random.Random(1)  # noqa: S311 - the same slips each time
    known = [group for name in schema_names() for group in groups(schema.load(name))]
    ours, likeness, count = 0, 0, 0
    for _ in range(1500):
        group = chance.choice(known)
        word = chance.choice([key for key in group if len(key) > 2])
        typed = slipped(chance, slipped(chance, word))
        if typed in group or not typed:
            continue
        count += 1
        ours += closest(typed, group) == word
        likeness += get_close_matches(typed, group, n=1)[:1] == [word]
    assert ours / count > 0.92
    assert ours > likeness


def schema_names() -> tuple[schema.Name, ...]:
    return ("pipeline", "project")


def test_names_of_thousands_of_letters_are_not_compared() -> None:
    assert closest("a" * 100_000, ["a" * 99_999, "b"]) == ""
    assert closest("rate", ["a" * 1_000_000, "rates"]) == "rates"
