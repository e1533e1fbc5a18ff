"""YAML is read by the 1.2 core schema, with the place of every key and value."""

import random
from contextlib import suppress
from typing import Any

import pytest
import yaml

from compiler.document import Document, read
from compiler.problems import Problem, Rejected
from compiler.source import plain


def document(text: str) -> Document:
    return read(plain("f.yaml", text))


def refused(text: str) -> list[Problem]:
    with pytest.raises(Rejected) as rejected:
        document(text)
    return list(rejected.value.problems)


@pytest.mark.parametrize("before", ["steps:\n", "steps:\n  a: 1\n", "a: |\n  text\n", "a: [1,\n"])
def test_a_merge_conflict_is_called_one(before: str) -> None:
    text = f"{before}<<<<<<< HEAD\n  b: 1\n=======\n  b: 2\n>>>>>>> other\n"
    (problem,) = refused(text)
    assert (problem.code, problem.message) == ("yaml", "a merge conflict is left here")
    assert (problem.at.line, problem.at.column) == (before.count("\n") + 1, 1)


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("012", 12),
        ("0o14", 12),
        ("0x1F", 31),
        ("-7", -7),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("1e-3", 0.001),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        ("2024-01-01", "2024-01-01"),
        ("1.2.3", "1.2.3"),
        ("'5'", "5"),
        ('"\\u00e9\\n"', "é\n"),
        ("!!str 5", "5"),
        ("! 5", "5"),
        ("!!map {b: 1}", {"b": 1}),
        ("=", "="),
        ("|\n  a\n  b\n", "a\nb\n"),
        (">-\n  a\n  b\n", "a b"),
        ("9" * 100, "9" * 100),
    ],
)
def test_scalars_mean_what_the_core_schema_says(scalar: str, value: Any) -> None:
    data = document(f"a: {scalar}").data
    assert data == {"a": value}
    assert type(data["a"]) is type(value)


def test_keys_are_text() -> None:
    assert document("{on: 1, 2: b, true: c, null: d}").data == {
        "on": 1, "2": "b", "true": "c", "null": "d",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null"])
def test_an_empty_document_is_nothing(text: str) -> None:
    assert document(text).data is None
    assert str(document(text).at(())).startswith("f.yaml:1:") or text == "---\n"


@pytest.mark.parametrize(
    ("text", "code", "place", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "duplicate-key", "3:1", "`a` occurs twice"),
        ("x: {1: a, '1': b}", "duplicate-key", "1:11", "`1` occurs twice"),
        ("a: &x {b: 1}\nc: {<<: *x}\n", "merge-key", "2:5", "not supported"),
        ("a: 1\n---\nb: 2\n", "second-document", "2:1", "a second document"),
        ("a: *x\n", "unknown-alias", "1:4", "`*x` is not defined before"),
        ("a: &x [*x]\n", "unknown-alias", "1:8", "`*x` is not defined before"),
        ("a: !!python/object:os.system x\n", "yaml-tag", "1:4", "is not supported"),
        ("a: !env {b: 1}\n", "yaml-tag", "1:4", "tag `!env` is not supported"),
        ("a: !!int '5'\n", "yaml-tag", "1:4", "is not supported"),
        ("? [a]\n: b\n", "bad-key", "1:3", "a key must be a plain string"),
        ("a: [1\nb: 2\n", "yaml", "2:2", "flow sequence"),
        ("a:\n\tb: 1\n", "yaml", "2:1", "cannot start any token"),
        ("a: b: c\n", "yaml", "1:5", "mapping values are not allowed"),
        ("a: 'x\n", "yaml", "2:1", "quoted scalar"),
        ("é: 1\na: é\x01b\n", "bad-character", "2:5", r"'\x01'"),
        ("a: \u2028b\n", "bad-character", "1:4", r"'\u2028'"),
        ("a: x\rb: y\n", "bad-character", "1:5", r"'\r'"),
        ("a: \ud800\n", "bad-character", "1:4", r"'\ud800'"),
    ],
)
def test_a_mistake_of_yaml_is_a_problem_at_its_place(
    text: str, code: str, place: str, message: str
) -> None:
    (problem,) = refused(text)
    assert (problem.code, str(problem.at)) == (code, f"f.yaml:{place}")
    assert message in problem.message


def test_all_mistakes_are_shown_at_once() -> None:
    problems = refused("a: 1\na: 2\nb: !x 1\nc: *d\n")
    assert [problem.at.line for problem in problems] == [2, 3, 4]
    assert [(str(r.at), r.message) for r in problems[0].related] == [
        ("f.yaml:1:1", "first defined here")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 70 + "]" * 70,
        "a: [" + "1," * 250_000 + "]",
        "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1},' * 9}]\n" for n in range(1, 9)),
    ],
)
def test_documents_without_bounds_are_refused(text: str) -> None:
    assert refused(text)[0].message.startswith("more than ")


PLACES = """\
# comment
name: churn   # the name
"quoted": 'it''s ${params.a}'
steps:
  é: {run: go, list: [1, two, {x: y}]}
  script:
    run: |
      echo one
      echo ${params.rows} ${params.rows}

        indented ${params.z}
    folded: >-
      echo one
      ${params.a} two
    plain: a
      ${params.b}
alias: &anchor {k: v}
other: *anchor
"""


@pytest.mark.parametrize(
    ("path", "place", "width"),
    [
        ((), "2:1", None),
        (("name",), "2:7", 5),
        (("quoted",), "3:11", 19),
        (("steps", "é", "list"), "5:22", 1),
        (("steps", "é", "list", 1), "5:26", 3),
        (("steps", "é", "list", 2, "x"), "5:35", 1),
        (("steps", "script", "run"), "7:10", 1),
        (("other",), "18:8", None),
        (("other", "k"), "17:20", 1),
        (("steps", "é", "missing", "deep"), "5:6", None),
    ],
)
def test_every_value_has_a_place(path: Any, place: str, width: int | None) -> None:
    at = document(PLACES).at(path)
    assert str(at) == f"f.yaml:{place}"
    assert width is None or at.width == width


@pytest.mark.parametrize(
    ("path", "place", "width"),
    [
        (("name",), "2:1", 4),
        (("quoted",), "3:1", 8),
        (("steps", "é"), "5:3", 1),
        (("steps", "é", "list"), "5:16", 4),
        (("steps", "é", "list", 2, "x"), "5:32", 1),
        (("steps", "é", "list", 1), "5:26", 3),
        (("other", "k"), "17:17", 1),
    ],
)
def test_every_key_has_a_place(path: Any, place: str, width: int) -> None:
    at = document(PLACES).key(path)
    assert (str(at), at.width) == (f"f.yaml:{place}", width)


@pytest.mark.parametrize(
    ("path", "token", "number", "place"),
    [
        (("quoted",), "${params.a}", 0, "3:18"),
        (("steps", "script", "run"), "${params.rows}", 0, "9:12"),
        (("steps", "script", "run"), "${params.rows}", 1, "9:27"),
        (("steps", "script", "run"), "${params.z}", 0, "11:18"),
        (("steps", "script", "folded"), "${params.a}", 0, "14:7"),
        (("steps", "script", "plain"), "${params.b}", 0, "16:7"),
    ],
)
def test_a_part_of_a_text_has_a_place_in_every_style(
    path: Any, token: str, number: int, place: str
) -> None:
    read = document(PLACES)
    text: Any = read.data
    for part in path:
        text = text[part]
    offset = -1
    for _ in range(number + 1):
        offset = text.index(token, offset + 1)
    at = read.within(path, offset, len(token))
    assert (str(at), at.width) == (f"f.yaml:{place}", len(token))


def test_a_place_at_the_end_of_a_text_is_there() -> None:
    assert str(document("when: a <\n").within(("when",), 3, 1)) == "f.yaml:1:10"


def test_windows_line_ends_keep_places() -> None:
    read = document("a: 1\r\nb: x\r\n")
    assert (read.data, str(read.at(("b",)))) == ({"a": 1, "b": "x"}, "f.yaml:2:4")


def test_a_document_without_an_entry_keeps_the_rest() -> None:
    given = document("a: {b: 1, c: [1, 2, 3]}\n")
    assert given.without(("a", "b")).data == {"a": {"c": [1, 2, 3]}}
    assert given.without(("a", "c", 1)).data == {"a": {"b": 1, "c": [1, 3]}}
    assert given.without(("a", "zz")).data == given.data
    assert given.data == {"a": {"b": 1, "c": [1, 2, 3]}}


def test_a_renamed_key_takes_its_places_along() -> None:
    renamed = document("a: 1\nsteqs: {x: {run: go}}\n").renamed(("steqs",), "steps")
    assert renamed.data == {"a": 1, "steps": {"x": {"run": "go"}}}
    assert str(renamed.key(("steps",))) == "f.yaml:2:1"
    assert str(renamed.at(("steps", "x", "run"))) == "f.yaml:2:18"


def test_a_replaced_value_keeps_its_place() -> None:
    replaced = document("a: [{b: 1}]\n").replaced(("a", 0, "b"), "x")
    assert (replaced.data, str(replaced.at(("a", 0, "b")))) == ({"a": [{"b": "x"}]}, "f.yaml:1:9")


PATCHED = """\
keep: {a: 1, b: {c: 2}}
list: [1, 2]
gone: x
dev:
  keep: {b: {c: 3, d: {e: null, f: 4}}}
  list: [9]
  gone: null
  never: null
  new: {z: 1}
"""


def test_a_merge_patch_changes_data_and_places() -> None:
    merged = document(PATCHED).merged(("dev",))
    data = {key: value for key, value in merged.data.items() if key != "dev"}
    assert data == {
        "keep": {"a": 1, "b": {"c": 3, "d": {"f": 4}}},
        "list": [9],
        "new": {"z": 1},
    }
    assert [str(merged.at(path)).partition(":")[2] for path in [
        ("keep", "a"), ("keep", "b", "c"), ("keep", "b", "d", "f"), ("list", 0), ("new", "z"),
    ]] == ["1:11", "5:17", "5:36", "6:10", "9:12"]  # fmt: skip
    assert str(merged.key(("new",))) == "f.yaml:9:3"


def test_a_merge_patch_replaces_what_is_no_mapping() -> None:
    merged = document("a: 1\nb: {c: 1}\ndev: {a: {x: 1}, b: 2}\n").merged(("dev",))
    assert (merged.data["a"], merged.data["b"]) == ({"x": 1}, 2)


def test_no_text_ends_in_anything_but_a_document_or_problems() -> None:
    chance = random.Random(7)  # noqa: S311 - a fixed seed
    alphabet = [*"ab:-?[]{}&*!|>'\"%@`#,~<= \n\n\t\\0é\x01\x85\ufeff", "<<: ", "!!x "]
    for _ in range(3000):
        text = "".join(chance.choices(alphabet, k=chance.randrange(25)))
        with suppress(Rejected):
            assert isinstance(document(text), Document)


def test_ordinary_documents_read_as_other_readers_read_them() -> None:
    assert document(PLACES).data == yaml.safe_load(PLACES)
