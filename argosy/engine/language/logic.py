"""Conditions of results, as nearly every `depends` is: read here, without the whole language.

A condition is alternatives (`||`) of terms that all hold (`&&`), a term the result of a task or a
condition in brackets, each perhaps not (`!`). Whatever looks otherwise is left to expr-lang.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from compiler.exprlang.vocabulary import BUILTINS, OPERATORS

RESULTS = (
    *("Succeeded", "Failed", "Errored", "Skipped", "Omitted", "Daemoned"),
    *("AnySucceeded", "AllFailed"),
)
WORDS = frozenset(
    {*OPERATORS, *BUILTINS, "true", "false", "nil", "asInt", "asFloat", "jsonpath", "toJson"}
)
_DEEPEST, _LONGEST = 50, 2000  # expr-lang counts what is larger, and may refuse it
_WORD = re.compile(
    rf" *(?:([a-zA-Z][-a-zA-Z0-9]*)\.({'|'.join(RESULTS)})(?![-\w.?\[])|(&&|\|\||[!()])) *"
)
Status = Callable[[str], Mapping[str, bool]]
Term = tuple[bool, Any, str]  # what it must be; a task and its result, or a condition and nothing
Condition = list[list[Term]]
Words = list[tuple[str, str]]  # tasks with results, signs with nothing before; the next one is last
T = TypeVar("T")


class _OtherwiseError(Exception):
    """It looks otherwise."""


def read(text: str) -> Condition | None:
    """Return the condition that `text` is; None when it is another, or none at all."""
    try:
        words = [*_words(text), ("", "")]
        if len(words) > _LONGEST:
            return None
        words.reverse()
        found = _alternatives(words, 0)
    except _OtherwiseError:
        return None
    return found if len(words) == 1 else None


def true(condition: Condition, status: Status) -> bool:
    """Whether `condition` is true of tasks that ended with `status`."""
    return any(
        all(
            wanted is (status(of)[result] if result else true(of, status))
            for wanted, of, result in terms
        )
        for terms in condition
    )


def _words(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        found = _WORD.match(text, position)
        if found is None or found[1] in WORDS:
            raise _OtherwiseError
        yield found[1] or "", found[2] or found[3]
        position = found.end()


def _alternatives(words: Words, depth: int) -> Condition:
    if depth > _DEEPEST:
        raise _OtherwiseError
    return _joined(words, "||", lambda: _joined(words, "&&", lambda: _term(words, depth)))


def _joined(words: Words, sign: str, part: Callable[[], T]) -> list[T]:
    found = [part()]
    while words[-1] == ("", sign):
        words.pop()
        found.append(part())
    return found


def _term(words: Words, depth: int) -> Term:
    wanted = True
    while words[-1] == ("", "!"):
        words.pop()
        wanted = not wanted
    name, word = words[-1]
    if not name and word != "(":
        raise _OtherwiseError
    words.pop()
    if name:
        return wanted, name, word
    inner = _alternatives(words, depth + 1)
    if words.pop() != ("", ")") or not words:
        raise _OtherwiseError
    return wanted, inner, ""
