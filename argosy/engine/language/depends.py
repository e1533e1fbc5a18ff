"""`depends`: which tasks a task waits for, and whether their outcomes let it run.

A text is read once, whatever the number of tasks it names (Argo's common/ancestry.go).
"""

import contextlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from argosy.engine.language import logic
from argosy.engine.language.errors import EvaluationError, RefusedError

_TERM = re.compile(r"([a-zA-Z0-9][-a-zA-Z0-9]*?\.[A-Z][a-zA-Z]+)|([a-zA-Z0-9][-a-zA-Z0-9]*)")


class Statuses(Protocol):
    """How tasks ended."""

    def __getitem__(self, task: str, /) -> Mapping[str, bool]:
        """Return for a finished task which of `logic.RESULTS` are true of it."""
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
    if not expression.strip():
        return True
    condition = logic.read(expression)
    with contextlib.suppress(KeyError):
        if condition is not None:
            return condition.true(statuses.__getitem__)
    return _computed(text({"depends": expression}), statuses)


def _computed(spelled: str, statuses: Statuses) -> bool:
    from argosy.engine.language.expression import evaluate_over

    written = spelled.replace("-", "_")
    seen = {name.replace("-", "_"): name for name in names(spelled)}
    try:
        return _decided(evaluate_over(written, _Results(seen, statuses)))
    except RefusedError:
        raise
    except EvaluationError as error:
        raise EvaluationError(f"unable to evaluate expression '{written}': {error}") from None


def _decided(value: Any) -> bool:
    if not isinstance(value, bool):
        from argosy.engine.language.values import shown

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
