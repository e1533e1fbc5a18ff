"""Expressions of Argo: text + scope → value."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from argosy.engine.language.errors import (
    EvaluationError,
    LocatedError,
    RefusedError,
    UnfitError,
)
from argosy.engine.language.expr.checks import Checker
from argosy.engine.language.expr.environment import FUNCTIONS as ARGO_FUNCTIONS
from argosy.engine.language.expr.environment import Environment
from argosy.engine.language.expr.evaluator import Evaluator
from argosy.engine.language.expr.folding import folded
from argosy.engine.language.expr.natures import FUNCTIONS, Nature, of
from argosy.engine.language.values import shown, valid
from compiler.exprlang import tree
from compiler.exprlang.parser import parse
from compiler.exprlang.tokens import UnreadableError
from compiler.exprlang.tree import Node

_ABSENT = object()


def evaluate(expression: str, scope: Mapping[str, Any]) -> Any:
    """Return the value of `expression` over dotted names; raise `EvaluationError`."""
    return evaluate_over(expression, Environment(scope))


def output(expression: str, scope: Mapping[str, Any]) -> str:
    """Return the text of an output's `valueFrom.expression`; raise `EvaluationError`."""
    return valid(shown(evaluate(expression, scope)))


def evaluate_over(expression: str, names: Mapping[str, Any]) -> Any:
    """Return the value of `expression` over nested maps, nothing added; raise `EvaluationError`."""
    try:
        known = tuple((name, _nature(names, name)) for name in _names(expression))
        wrong, dates = _outcome(expression, known)
        if wrong:
            raise UnfitError(located(str(wrong), expression, wrong.at))
        return Evaluator(names, dates).value(_decided(expression))
    except LocatedError as error:
        raise EvaluationError(located(str(error), expression, error.at)) from None
    except RecursionError:
        raise RefusedError("the expression is nested too deeply") from None


def decide(expression: str, scope: Mapping[str, Any]) -> bool:
    """Return the truth value of `expression`; raise `EvaluationError` (Argo's EvalBool)."""
    try:
        value = evaluate(expression, scope)
    except (RefusedError, UnfitError):
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
    mark = f"\n | {'.' * column}^" if shown_line[: column + 1].isascii() else ""
    return f"{message} ({line + 1}:{column + 1})\n | {shown_line}{mark}"


def _parsed(text: str) -> Node:
    found = _tree(text)
    if isinstance(found, UnreadableError):
        raise UnfitError(located(str(found), text, found.at))
    return found


@lru_cache(maxsize=4096)
def _names(text: str) -> tuple[str, ...]:
    """Return the names that an expression reads first; with `$env`, all that it may."""
    found, stack, whole = dict[str, None](), [_parsed(text)], "$env" in text
    while stack:
        node = stack.pop()
        if isinstance(node, tree.Name | tree.Let):
            found[node.name] = None
        if whole and isinstance(node, tree.Member) and isinstance(node.key, tree.Literal):
            found[str(node.key.value)] = None
        stack += tree.children(node)
    return tuple(found)


def _nature(names: Mapping[str, Any], name: str) -> Nature | None:
    value = names.get(name, _ABSENT)
    if name in FUNCTIONS and value is ARGO_FUNCTIONS[name]:
        return Nature("func(...interface {}) interface {}")
    return None if value is _ABSENT else of(value)


@lru_cache(maxsize=4096)
def _outcome(
    text: str, names: tuple[tuple[str, Nature | None], ...]
) -> tuple[LocatedError | None, frozenset[int]]:
    """Return what is wrong with an expression, and where the dates are whose types are known."""
    checker = Checker({name: nature for name, nature in names if nature is not None})
    try:
        checker.nature(_parsed(text))
    except LocatedError as error:
        return error, frozenset()
    return None, frozenset(checker.dates)


@lru_cache(maxsize=4096)
def _decided(text: str) -> Node:
    return folded(_parsed(text))


@lru_cache(maxsize=4096)
def _tree(text: str) -> Node | UnreadableError:
    try:
        return parse(text)
    except UnreadableError as error:
        return error
