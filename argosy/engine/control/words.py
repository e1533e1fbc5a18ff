"""Argo's template language, as the controller uses it: its errors are those of the engine."""

from collections.abc import Iterator, Mapping
from typing import Any

from argosy.engine import language
from argosy.engine.failure import EngineError
from argosy.engine.language import EvaluationError, SubstitutionError
from argosy.engine.language.scope import below
from argosy.engine.language.tags import tagged
from argosy.engine.language.values import shown, to_json

__all__ = ["condition", "evaluate", "seconds", "shown", "tagged", "to_json"]


def substitute(value: Any, scope: Mapping[str, Any], *, strict: bool = False) -> Any:
    """Return `value` with the tags that `scope` knows replaced; others stay, but not if `strict`.

    Raise `EngineError` where the replacement fails.
    """
    if not tagged(value):
        return value
    try:
        return language.substitute(value, _Texts(scope), strict=strict)
    except (EvaluationError, SubstitutionError) as error:
        raise EngineError(str(error)) from None


def left_over(value: Any, scope: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the tags in `value` that `scope` has nothing for, each with the reason."""
    return language.left_over(value, _Texts(scope)) if tagged(value) else []


class _Texts(Mapping[str, Any]):
    """A scope without its artifacts, which no tag in a text stands for."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self._scope = scope

    def __getitem__(self, tag: str) -> str:
        found = self._scope[tag]
        if not isinstance(found, str):
            raise KeyError(tag)
        return found

    def __iter__(self) -> Iterator[str]:
        return (tag for tag in self._scope if tag in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def below(self, name: str) -> bool:
        """Whether a tag begins with `name` and a dot."""
        return below(self._scope, name)


def condition(text: str) -> bool:
    """Return whether a `when` whose tags are replaced holds."""
    if not text:
        return True
    from argosy.engine.language.when import decides

    try:
        return decides(text)
    except EvaluationError as error:
        raise EngineError(str(error)) from None


def evaluate(expression: str, scope: Mapping[str, Any]) -> Any:
    """Return the value of an expression; raise `EngineError`."""
    try:
        return language.evaluate(expression, scope)
    except EvaluationError as error:
        raise EngineError(str(error)) from None


def output(expression: str, scope: Mapping[str, Any]) -> str:
    """Return the text of an output's `valueFrom.expression`; raise `EngineError`."""
    try:
        return language.output(expression, scope)
    except EvaluationError as error:
        raise EngineError(str(error)) from None


def holds(expression: str, scope: Mapping[str, Any]) -> bool:
    """Return whether an expression is true; raise `EngineError` when it is no boolean."""
    try:
        return language.decide(expression, scope)
    except EvaluationError as error:
        raise EngineError(str(error)) from None


def seconds(text: Any) -> float:
    """Return a duration in seconds, which a bare number is; raise `EngineError`."""
    from argosy.engine.language import durations

    try:
        return durations.seconds(str(text))
    except ValueError as error:
        raise EngineError(str(error)) from None


def go_duration(text: str) -> float:
    """Return a duration of Go in seconds; raise `EngineError` in Go's words."""
    from compiler.golang.durations import nanoseconds

    try:
        return nanoseconds(text) / 1e9
    except ValueError as error:
        raise EngineError(str(error)) from None
