"""Conditions of results, as nearly every `depends` is: read here, without the whole language.

A condition is alternatives (`||`) of terms that all hold (`&&`), a term the result of a task or a
condition in brackets, each perhaps not (`!`). Whatever looks otherwise is left to expr-lang.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from compiler.exprlang.vocabulary import BUILTINS, OPERATORS
from compiler.record import record

RESULTS = (
    *("Succeeded", "Failed", "Errored", "Skipped", "Omitted", "Daemoned"),
    *("AnySucceeded", "AllFailed"),
)
WORDS = frozenset(
    {*OPERATORS, *BUILTINS, "true", "false", "nil", "asInt", "asFloat", "jsonpath", "toJson"}
)
_DEEPEST, _LONGEST = 50, 6000  # expr-lang counts what is larger, and may refuse it
_RESULT = re.compile(rf"([a-zA-Z][-a-zA-Z0-9]*)\.({'|'.join(RESULTS)})(?![-\w.?\[])")
_SIGN = re.compile(r" *(\0|&&|\|\||[!()]) *")
Status = Callable[[str], Mapping[str, bool]]
Term = tuple[bool, Any]  # what it must be; a condition in brackets, or nothing for the next result
Shape = list[list[Term]]
T = TypeVar("T")


class _OtherwiseError(Exception):
    """It looks otherwise."""


def read(text: str) -> "Condition | None":
    """Return the condition that `text` is; None when it is another, or none at all."""
    results = _RESULT.findall(text)
    if len(text) > _LONGEST or "\0" in text or not WORDS.isdisjoint(name for name, _ in results):
        return None
    # most tasks of a DAG have conditions of the same shape
    shape = _shape(_RESULT.sub("\0", text))
    return Condition(shape, results) if shape else None


@record
class Condition:
    """A shape, and the results that stand in it, each a task and a word of `RESULTS`."""

    shape: Shape
    results: list[tuple[str, str]]

    def true(self, status: Status) -> bool:
        """Whether it is true of tasks that ended with `status`, which may raise `KeyError`."""
        ended = {name: status(name) for name, _ in self.results}
        return _true(self.shape, iter([ended[name][result] for name, result in self.results]))


def _true(shape: Shape, results: Iterator[bool]) -> bool:
    """Take the results in their order, all of them, whatever the first ones are."""
    found = False
    for terms in shape:
        hold = True
        for wanted, inner in terms:
            hold &= wanted is (_true(inner, results) if inner else next(results))
        found |= hold
    return found


@lru_cache(1024)
def _shape(text: str) -> Shape | None:
    try:
        signs = [*_signs(text), ""]
        signs.reverse()
        found = _alternatives(signs, 0)
    except _OtherwiseError:
        return None
    return found if len(signs) == 1 else None


def _signs(text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        found = _SIGN.match(text, position)
        if found is None:
            raise _OtherwiseError
        yield found[1]
        position = found.end()


def _alternatives(signs: list[str], depth: int) -> Shape:
    if depth > _DEEPEST:
        raise _OtherwiseError
    return _joined(signs, "||", lambda: _joined(signs, "&&", lambda: _term(signs, depth)))


def _joined(signs: list[str], sign: str, part: Callable[[], T]) -> list[T]:
    found = [part()]
    while signs[-1] == sign:
        signs.pop()
        found.append(part())
    return found


def _term(signs: list[str], depth: int) -> Term:
    wanted = True
    while signs[-1] == "!":
        signs.pop()
        wanted = not wanted
    if signs[-1] not in ("\0", "("):
        raise _OtherwiseError
    if signs.pop() == "\0":
        return wanted, None
    inner = _alternatives(signs, depth + 1)
    if signs[-1] != ")":
        raise _OtherwiseError
    signs.pop()
    return wanted, inner
