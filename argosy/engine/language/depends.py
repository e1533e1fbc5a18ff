"""`depends`: which tasks a task waits for, and whether their outcomes let it run.

A text is read once, whatever the number of tasks it names (Argo's common/ancestry.go).
"""

import contextlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from argosy.engine.language.errors import EvaluationError, RefusedError
from argosy.engine.language.expr.natures import BUILTINS, FUNCTIONS
from argosy.engine.language.expr.predicates import FUNCTIONS as PREDICATES
from argosy.engine.language.expression import evaluate_over
from argosy.engine.language.values import shown
from compiler.exprlang.tokens import OPERATORS

RESULTS = (
    *("Succeeded", "Failed", "Errored", "Skipped", "Omitted", "Daemoned"),
    *("AnySucceeded", "AllFailed"),
)
_WORDS = {*OPERATORS, "true", "false", "nil", *BUILTINS, *FUNCTIONS, *PREDICATES}
_PLAIN = re.compile(rf"([a-zA-Z][-a-zA-Z0-9]*\.(?:{'|'.join(RESULTS)})\b)")
_JOINS = re.compile(r"[ ()!&|]*").fullmatch
_TERM = re.compile(r"([a-zA-Z0-9][-a-zA-Z0-9]*?\.[A-Z][a-zA-Z]+)|([a-zA-Z0-9][-a-zA-Z0-9]*)")


class Statuses(Protocol):
    """How tasks ended."""

    def __getitem__(self, task: str, /) -> Mapping[str, bool]:
        """Return for a finished task which of `RESULTS` are true of it."""
        ...


def text(task: Mapping[str, Any], tasks: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """Return the `depends` of a task with results spelled out; empty when it waits for nothing.

    A bare name, and one of the older `dependencies`, is `Succeeded || Skipped || Daemoned`, and
    what the `continueOn` of that task in `tasks` adds.
    """
    found = str(task.get("depends") or " && ".join(task.get("dependencies") or ()))
    known = tasks or {}
    return _TERM.sub(lambda match: match[1] or _expanded(match[2], known.get(match[2], {})), found)


def names(expression: str) -> tuple[str, ...]:
    """Return the tasks that a `depends` names, in its order."""
    return _names(expression)


@lru_cache(maxsize=4096)
def _names(expression: str) -> tuple[str, ...]:
    terms = (match[0].partition(".")[0] for match in _TERM.finditer(expression))
    return tuple(dict.fromkeys(terms))


def holds(expression: str, statuses: Statuses) -> bool:
    """Whether `expression` is true of tasks that have ended; raise `EvaluationError`."""
    spelled = text({"depends": expression})
    if not spelled.strip():
        return True
    with contextlib.suppress(EvaluationError):
        shape, named = _shape(spelled)
        if shape:
            return _decided(evaluate_over(shape, _Results(named, statuses)))
    logic = spelled.replace("-", "_")
    seen = {name.replace("-", "_"): name for name in names(spelled)}
    try:
        return _decided(evaluate_over(logic, _Results(seen, statuses)))
    except RefusedError:
        raise
    except EvaluationError as error:
        raise EvaluationError(f"unable to evaluate expression '{logic}': {error}") from None


def _shape(spelled: str) -> tuple[str, dict[str, str]]:
    """Return an expression with its tasks numbered, and who has which number; '' when unusual.

    Most tasks of a DAG then share one expression, which is parsed and checked once.
    """
    parts = _PLAIN.split(spelled)
    if not all(map(_JOINS, parts[::2])):
        return "", {}
    numbers: dict[str, str] = {}
    for at in range(1, len(parts), 2):
        name, dot, result = parts[at].partition(".")
        parts[at] = f"{numbers.setdefault(name, f't{len(numbers)}')}{dot}{result}"
    if not _WORDS.isdisjoint(numbers):
        return "", {}
    return "".join(parts), {number: name for name, number in numbers.items()}


def _decided(value: Any) -> bool:
    if not isinstance(value, bool):
        raise EvaluationError(f"unable to cast expression result '{shown(value)}' to bool")
    return value


def results(phase: str, *, daemoned: bool = False, members: Sequence[str] = ()) -> dict[str, bool]:
    """Return what is true of a task that ended in `phase`; `members`: phases of its fan-out."""
    return {
        "Succeeded": phase == "Succeeded",
        "Failed": phase == "Failed",
        "Errored": phase == "Error",
        "Skipped": phase == "Skipped",
        "Omitted": phase == "Omitted",
        "Daemoned": daemoned and phase != "Pending",
        "AnySucceeded": "Succeeded" in members,
        "AllFailed": bool(members) and all(member == "Failed" for member in members),
    }


class _Results(Mapping[str, Any]):
    def __init__(self, seen: Mapping[str, str], statuses: Statuses) -> None:
        self.seen, self.statuses = seen, statuses

    def __getitem__(self, key: str) -> Mapping[str, bool]:
        return self.statuses[self.seen[key]]

    def __iter__(self) -> Any:
        return iter(self.seen)

    def __len__(self) -> int:
        return len(self.seen)

    def __contains__(self, key: object) -> bool:
        return key in self.seen


def _expanded(name: str, task: Mapping[str, Any]) -> str:
    results = ["Succeeded", "Skipped", "Daemoned"]
    tolerated = task.get("continueOn") or {}
    results += ["Errored"] if tolerated.get("error") else []
    results += ["Failed"] if tolerated.get("failed") else []
    return f"({' || '.join(f'{name}.{result}' for result in results)})"
