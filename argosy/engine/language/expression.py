"""Expressions of Argo: text + scope → value."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from argosy.engine.language.environment import Environment
from argosy.engine.language.errors import EvaluationError, RefusedError
from argosy.engine.language.evaluator import Evaluator, LocatedError
from argosy.engine.language.values import shown
from compiler.exprlang import UnreadableError, parse
from compiler.exprlang.tree import Node


def evaluate(expression: str, scope: Mapping[str, Any]) -> Any:
    """Return the value of `expression` over dotted names; raise `EvaluationError`."""
    return evaluate_over(expression, Environment(scope))


def evaluate_over(expression: str, names: Mapping[str, Any]) -> Any:
    """Return the value of `expression` over nested maps, nothing added; raise `EvaluationError`."""
    try:
        return Evaluator(names).value(_parsed(expression))
    except LocatedError as error:
        raise EvaluationError(located(str(error), expression, error.at)) from None
    except RecursionError:
        raise RefusedError("the expression is nested too deeply") from None


def decide(expression: str, scope: Mapping[str, Any]) -> bool:
    """Return the truth value of `expression`; raise `EvaluationError` (Argo's EvalBool)."""
    try:
        value = evaluate(expression, scope)
    except RefusedError:
        raise
    except EvaluationError as error:
        raise EvaluationError(f"unable to evaluate expression '{expression}': {error}") from None
    if not isinstance(value, bool):
        raise EvaluationError(f"unable to cast expression result '{shown(value)}' to bool")
    return value


def located(message: str, text: str, at: int) -> str:
    """Return a message with its place and the line of the text, as expr-lang shows them."""
    line, column = text.count("\n", 0, at), at - (text.rfind("\n", 0, at) + 1)
    lines = text.split("\n")
    shown_line = lines[line].replace("\t", " ") if line < len(lines) else ""
    return f"{message} ({line + 1}:{column + 1})\n | {shown_line}\n | {'.' * column}^"


def _parsed(text: str) -> Node:
    found = _tree(text)
    if isinstance(found, UnreadableError):
        raise EvaluationError(located(str(found), text, found.at))
    return found


@lru_cache(maxsize=4096)
def _tree(text: str) -> Node | UnreadableError:
    try:
        return parse(text)
    except UnreadableError as error:
        return error
