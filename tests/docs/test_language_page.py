"""The page about the template language says what is computed."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from argosy.engine.language import (
    EvaluationError,
    RefusedError,
    condition,
    depends,
    holds,
    output,
    substitute,
)

PAGE = (Path(__file__).parents[2] / "docs/local-engine-language.md").read_text("utf-8")
SCOPE = {
    "inputs.parameters.x": "7",
    "inputs.parameters.s": 'say "hi"',
    "tasks.gone.status": "Skipped",
}


def rows(section: str) -> list[tuple[str, str]]:
    """Return the first two cells of the rows of a section's table."""
    text = PAGE.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(.*?)` \| `(.*?)` \|", text, re.MULTILINE)


def said(compute: Callable[[], str]) -> str:
    """Return what is computed, or the words with which it is refused."""
    try:
        return compute()
    except EvaluationError as error:
        return str(error)


@pytest.mark.parametrize(("written", "shown"), rows("Tags"))
def test_tags(written: str, shown: str) -> None:
    assert substitute([written], SCOPE) == [shown]


@pytest.mark.parametrize(("expression", "value"), rows("Expressions"))
def test_expressions(expression: str, value: str) -> None:
    found = said(lambda: output(expression, SCOPE))
    assert found == value or found.startswith(f"{value} (")


@pytest.mark.parametrize(("written", "decision"), rows("Conditions"))
def test_conditions(written: str, decision: str) -> None:
    assert said(lambda: str(condition(written, {})[0]).lower()).startswith(decision)


def test_each_table_has_rows() -> None:
    sizes = {name: len(list(rows(name))) for name in ("Tags", "Expressions", "Conditions")}
    assert sizes == {"Tags": 15, "Expressions": 23, "Conditions": 10}


def test_what_is_refused_by_name() -> None:
    names = re.findall(r"`(sprig\.\w+)`", PAGE.partition("Refused by name")[2].partition("…")[0])
    assert len(names) == 5
    for name in names:
        with pytest.raises(RefusedError):
            substitute(["{{=" + name + "('a')}}"], {})


def test_how_many_tasks_one_may_name() -> None:
    ended = {"ok": depends.results("Succeeded")}
    assert holds(" && ".join(["ok"] * 833), ended)
    with pytest.raises(EvaluationError, match="exceeds maximum allowed nodes"):
        holds(" && ".join(["ok"] * 834), ended)
