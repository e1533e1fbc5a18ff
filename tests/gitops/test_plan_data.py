"""Manifests as data: what is read in one pass is what PyYAML makes of the same text."""

import random
from pathlib import Path

import pytest
import yaml

from gitops import plan_data

ROOT = Path(__file__).parents[2]
ODD = (
    "a: 1\n--- \nb: 2\n",
    "%YAML 1.1\n---\na: on\n",
    "a: !!str 5\n",
    "a: ! 5\n",
    "a: !local x\n",
    "a: !!binary aGk=\n",
    "a: &x 1\nb: *x\n",
    "a: &x 1\n",
    "a: &x {<<: *x}\n",
    "base: &b {c: 1}\nd:\n  <<: {c: 2}\n",
    "=: 1\n",
    "1: a\ntrue: b\n~: c\n1.5: d\n2001-01-01: e\n",
    "? [a, b]\n: c\n",
    "? {a: b}\n: c\n",
    "? |\n  long\n: c\n",
    "{a: 1, a: 2, b: 3, a: 4}\n",
    "- a\n- b\n",
    "only text\n",
    "",
    "---\n...\n",
    "a: {b: [c, {d: e}], f: }\n",
    "a: 012\nb: 0o12\nc: 1_000\nd: 0x1F\ne: 190:20:30\nf: 1e3\ng: 1.5\nh: .nan\ni: -.inf\n",
    "a: yes\nb: On\nc: NULL\nd: ~\ne:\nf: 'no'\ng: \"1\"\nh: |\n  5\ni: >-\n  true\n",
    "a: 2001-01-01\nb: 2001-01-01T10:00:00Z\nc: 2001-99-99\n",
    "a: 2001-01-01\nb: 2001-01-01T10:00:00Z\n",
    f"a: {'1' * 5000}\n",
    "a: [1, 2\n",
    "a: 'open\n",
    "a: b: c\n",
    "\ta: b\n",
    "a: \x00\n",
    "a: \u2028x\n",
    "[" * 100 + "]" * 100,
    "a: " + "{b: " * 63 + "1" + "}" * 63,
    "a: " + "{b: " * 64 + "1" + "}" * 64,
    "- " * 100 + "a\n",
    "a: {b, c: d}\n",
    "a: [b: c]\n",
    "'<<': {a: 1}\n",
    '"\\x61": 1\n',
)


def whole(text: str) -> object:
    try:
        found = plan_data.constructed(text)
    except Exception:  # noqa: BLE001 - whatever it is, the text is no manifest
        return None
    return found if isinstance(found, dict) else None


def assert_same(text: str) -> None:
    assert repr(plan_data.parse(text.encode())) == repr(whole(text)), text


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_what_is_odd_is_read_as_ever(text: str) -> None:
    assert_same(text)


def test_manifests_and_what_becomes_of_them_by_accident() -> None:
    texts = [p.read_text("utf-8") for p in sorted(ROOT.glob("tests/compiler/expected/**/*.yaml"))]
    chance = random.Random(5)  # noqa: S311
    pieces = [":", " ", "\n", "- ", "{", "}", "[", "]", "'", '"', "|", "?", "&a ", "*a", "!x ", "#",
              "<<", "1", "~", ",", "\t", "---\n"]  # fmt: skip
    for text in texts:
        assert plan_data.parse(text.encode()), text
        assert_same(text)
        head = text[:1500]
        for _ in range(12):
            at = chance.randrange(len(head))
            assert_same(head[:at] + chance.choice(pieces) + head[at + chance.randint(0, 3) :])


def test_a_copy_is_another_object_all_the_way_down() -> None:
    data = yaml.safe_load("a: [1, {b: [c]}]\nd: {}\n")
    copy = plan_data.copied(data)
    assert copy == data
    copy["a"][1]["b"].append("x")
    copy["d"]["y"] = 1
    assert data == {"a": [1, {"b": ["c"]}], "d": {}}
