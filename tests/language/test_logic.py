"""Conditions of results, which are read without the language: they are what it computes."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.engine.language import EvaluationError, depends, logic
from argosy.engine.language.expr.natures import BUILTINS, FUNCTIONS
from argosy.engine.language.expr.predicates import FUNCTIONS as PREDICATES

ENDED: Mapping[str, Mapping[str, bool]] = {
    "a": depends.results("Succeeded"),
    "b-c": depends.results("Failed"),
    "len": depends.results("Succeeded"),
}
PIECES = [
    *("a.Succeeded", "a.Failed", "b-c.Failed", "b-c.Skipped", "len.Succeeded", "a", "c.Succeeded"),
    *("&&", "||", "!", "(", ")", " ", "&", "-", "true", "a.Succeeded.x", "not ", "?", "[0]"),
]
SHAPES = st.recursive(
    st.sampled_from(PIECES[:4]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", " || ", "||"]), inner).map("".join),
        inner.map(lambda text: f"!({text})"),
        inner.map(lambda text: f" ( {text} )"),
    ),
    max_leaves=12,
)


def computed(text: str) -> object:
    try:
        return depends._computed(text, ENDED)
    except (EvaluationError, KeyError):
        return None


@settings(max_examples=400, deadline=None)
@given(SHAPES)
def test_a_condition_of_results_is_read_as_expr_lang_reads_it(text: str) -> None:
    condition = logic.read(text)
    assert condition is not None
    assert condition.true(ENDED.__getitem__) is computed(text)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=7).map("".join))
def test_what_looks_otherwise_is_left_to_it(text: str) -> None:
    condition = logic.read(text)
    try:
        found = None if condition is None else condition.true(ENDED.__getitem__)
    except KeyError:
        found = None
    if found is not None:
        assert found is computed(text), text


@pytest.mark.parametrize("text", ["", "a", "a.Succeeded &", "(a.Succeeded", "len.Failed", "a.x"])
def test_what_is_no_condition_of_results_is_none(text: str) -> None:
    assert logic.read(text) is None


def test_every_word_of_the_language_is_known() -> None:
    assert {*BUILTINS, *FUNCTIONS, *PREDICATES} <= logic.WORDS
