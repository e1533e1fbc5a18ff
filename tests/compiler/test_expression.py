"""Expressions: what is one, what it is worth, of what type it is, and how Argo spells it."""

from typing import Any

import pytest

from compiler.expression import ExpressionError, Value, evaluate, names, parse, to_argo, type_of

VALUES: dict[str, Value] = {
    "auc": 0.9,
    "rows": 500,
    "region": "eu",
    "ready": True,
    "champion.auc": 0.89,
    "steps.train-gbm.outputs.auc": 0.7,
    "steps.import.outputs.lambda": 3,
    "zero": 0,
}
TYPES = {
    "auc": "number",
    "rows": "integer",
    "region": "string",
    "ready": "boolean",
    "champion.auc": "number",
    "steps.train-gbm.outputs.auc": "number",
    "raw": "artifact",
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("auc >= 0.8", True),
        ("auc >= champion.auc - 0.005", True),
        ("0 < auc < 0.5", False),
        ("0 < auc <= 1 and rows > 100", True),
        ("not ready or region == 'eu'", True),
        ("region in ['us', 'eu']", True),
        ("region not in ('us', 'eu')", False),
        ("steps.train-gbm.outputs.auc < 0.9", True),
        ("steps.train-gbm.outputs.auc-0.7 == 0", True),
        ("region == 'steps.a-b.c'", False),
        (r"region != 'it\'s' and steps.train-gbm.outputs.auc < 1 and region == 'eu'", True),
        ("steps.import.outputs.lambda == 3 and not region == 'a.import'", True),
        ("-rows + 2 * (3 - 1) / 4 % 5", -499.0),
        ("true and not false", True),
        ("zero == 0 or 1 / zero > 1", True),
        ("  auc  ", 0.9),
        ("rows == 5e2", True),
    ],
)
def test_expressions_are_worth_what_they_say(text: str, value: Any) -> None:
    assert evaluate(parse(text), VALUES) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "auc >",
        "auc = 1",
        "auc ** 2",
        "auc // 2",
        "auc is 1",
        "f(auc)",
        "auc[0]",
        "auc if ready else 0",
        "lambda: 1",
        "{'a': 1}",
        "f'{auc}'",
        "None",
        "1j",
        "b'x'",
        "(x := 1)",
        "''.join",
        "[a for a in auc]",
        "auc > 1\nrows",
        "__import__('os').system('x')",
        "1e999",
        "+1",
        "auc; rows",
        "auc && ready",
        "${params.x}",
        "a\0b",
        "-" * 200 + "1",
        "(" * 300,
        "1" + " + 1" * 5000,
    ],
)
def test_what_leaves_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


def test_a_refusal_shows_the_part_and_its_column() -> None:
    with pytest.raises(ExpressionError) as refused:
        parse("auc > 1 and f(x) == 2")
    assert refused.value.message == "`f(x)` is not part of the expression language"
    assert (refused.value.column, refused.value.width) == (12, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("loss < 1", "`loss` is not known; known are: auc"),
        ("region < 1", "'eu' and 1 are not of one type"),
        ("region == 1", "'eu' and 1 are not of one type"),
        ("region + 'x' == 'eux'", "a number is needed here"),
        ("region * 1000000000000 == 'x'", "a number is needed here"),
        ("ready + 1 == 2", "a number is needed here"),
        ("auc / zero > 1", "division by zero"),
        ("-region == 1", "bad operand type"),
        ("rows in rows", "cannot be computed"),
    ],
)
def test_what_cannot_be_computed_says_why(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        evaluate(parse(text), VALUES)
    assert message in refused.value.message


def test_a_word_of_python_is_a_name_as_any_other() -> None:
    assert names(parse("params.class > 1 and not params.is")) == (
        ("params.class", 0),
        ("params.is", 25),
    )
    assert names(parse("params.Class > 1")) == (("params.Class", 0),)
    with pytest.raises(ExpressionError) as refused:
        type_of(parse("params.lambda + 1 > 2"), {"params.lambda": "string"})
    assert refused.value.message == "`params.lambda` is a string; a number is needed here"
    assert names(parse("is > 1 and not if")) == (("is", 0), ("if", 15))
    assert names(parse("lambda > champion.lambda")) == (("lambda", 0), ("champion.lambda", 9))


def test_names_come_in_reading_order_with_their_columns() -> None:
    text = "steps.train-gbm.outputs.auc < params.limit and not (run.env in ['a', true])"
    assert names(parse(text)) == (
        ("steps.train-gbm.outputs.auc", 0),
        ("params.limit", 30),
        ("run.env", 52),
    )
    assert names(parse("'steps.a.b' == \"params.x\"")) == ()


@pytest.mark.parametrize(
    ("text", "argo"),
    [
        ("auc >= 0.8", "<auc> >= 0.8"),
        ("0 < auc < 1", "(0 < <auc> && <auc> < 1)"),
        ("auc > 1 and ready or not ready", "((<auc> > 1 && <ready>) || !(<ready>))"),
        ("region in ['us', 'eu']", "<region> in ['us', 'eu']"),
        ("region not in ['us']", "<region> not in ['us']"),
        ("(auc > 1) == (rows > 1)", "(<auc> > 1) == (<rows> > 1)"),
        ("-(auc + 1) * 2 % 3 > 0", "((-((<auc> + 1)) * 2) % 3) > 0"),
        ("ready == true", "<ready> == true"),
        ("steps.train-gbm.outputs.auc > 1", "<steps.train-gbm.outputs.auc> > 1"),
        (r"region == 'it\'s \"a\" \\ \n'", r"""<region> == 'it\'s "a" \\ \n'"""),
        ("auc > 1e-5", "<auc> > 1e-05"),
    ],
)
def test_argo_gets_the_same_expression_in_its_own_words(text: str, argo: str) -> None:
    assert to_argo(parse(text), lambda name: f"<{name}>") == argo


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("auc >= 0.8", "boolean"),
        ("rows + auc", "number"),
        ("-rows", "number"),
        ("region", "string"),
        ("ready and region in ['a']", "boolean"),
        ("not ready == false", "boolean"),
        ("0 < rows < 5", "boolean"),
        ("'a' < region", "boolean"),
    ],
)
def test_every_expression_has_a_type(text: str, kind: str) -> None:
    assert type_of(parse(text), TYPES) == kind


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("loss > 1", "`loss` is not known here", 0),
        ("region > 1", "`1` is a number; a string is needed here", 9),
        ("region + 1 > 1", "`region` is a string; a number is needed here", 0),
        ("auc and ready", "`auc` is a number; a boolean is needed here", 0),
        ("not auc", "`auc` is a number; a boolean is needed here", 4),
        ("ready < true", "booleans have no order", 0),
        ("auc in region", "to the right of `in` stands a list", 7),
        ("auc in ['a']", "`'a'` is a string; a number is needed here", 8),
        ("raw == 'x'", "`raw` is a file, which no condition can be about", 0),
        ("['a'] == region", "a list stands only to the right of `in`", 0),
    ],
)
def test_types_that_do_not_fit_are_refused_at_their_place(
    text: str, message: str, column: int
) -> None:
    with pytest.raises(ExpressionError) as refused:
        type_of(parse(text), TYPES)
    assert message in refused.value.message
    assert refused.value.column == column
