"""What crosses the border of a nested DAG: names of its inputs and outputs, and what they carry.

A value that may be missing travels as JSON, so that nil arrives as nil.
"""

import re
from collections.abc import Callable

from compiler import tags
from compiler.record import record

_TASK = r"tasks\['([\w-]+)'\]"
_NAME = r"\['([\w-]+)'\]"
_ANY = r"tasks\['[\w-]+'\]\?"
_KNOWN = rf"type\({_ANY}\.outputs\?\.parameters\) == 'map'|{_ANY}\.status == 'Succeeded'"
_SAFE = rf"{_TASK}\?\.outputs\?\.parameters\?\.{_NAME}"
_FORMS = (
    rf"\((?:{_KNOWN}) \? {_SAFE} : nil\)",
    _SAFE,
    rf"{_TASK}\.outputs\.parameters{_NAME}",
    r"tasks\.([\w-]+)\.outputs\.parameters\.([\w-]+)",
    r"inputs\.parameters\.([\w-]+)",
    rf"inputs\.parameters{_NAME}",
)
_FORM = "|".join(_FORMS)
FILE = re.compile(r"\{\{tasks\.([\w-]+)\.outputs\.artifacts\.([\w-]+)\}\}")
_PHASES = {"Errored": "Error"}


@record
class Reading:
    """A value that a tag reads: output `name` of `task`, or input `name` of the DAG itself.

    It is nil where the task put nothing out if it is `safe`, and part of a `plain` tag or of an
    expression.
    """

    task: str
    name: str
    safe: bool
    plain: bool


def reading(match: re.Match[str]) -> Reading | None:
    """Return what a match of the pattern reads; None for a text of an expression."""
    guarded, name, task, safe, owner, strict, *rest = match.groups()
    if guarded or task:
        return Reading(guarded or task, name or safe, safe=True, plain=False)
    if owner:
        return Reading(owner, strict, safe=False, plain=False)
    plain, output, own, quoted = rest
    if plain:
        return Reading(plain, output, safe=False, plain=True)
    return Reading("", own or quoted, safe=False, plain=bool(own)) if own or quoted else None


def safe(task: str, name: str, *, tolerated: bool, fan: bool) -> str:
    """Write an output in the one form that is nil where a task was skipped.

    A task that failed has outputs too, as far as it came; those of items that were all skipped
    are no mapping but the text `[]`.
    """
    outputs = f"tasks['{task}']?.outputs?.parameters"
    if fan:
        return f"(type({outputs}) == 'map' ? {outputs}?.['{name}'] : nil)"
    if tolerated:
        return f"(tasks['{task}']?.status == 'Succeeded' ? {outputs}?.['{name}'] : nil)"
    return f"{outputs}?.['{name}']"


def value(task: str, name: str, *, maybe: bool) -> str:
    """Return the name under which a value crosses; no task has a `_` in its name."""
    return f"{task}__json-{name}" if maybe else f"{task}__{name}"


def outcome(task: str, result: str) -> str:
    """Return the name under which it crosses how a task ended."""
    return f"{task}--any" if result == "AnySucceeded" else f"{task}--status"


def ended(task: str, result: str) -> str:
    """Write how a task ended, as the DAG that holds it puts it out."""
    if result == "AnySucceeded":
        return f"toJson(type(tasks['{task}']?.outputs?.parameters) == 'map')"
    return f"tasks['{task}'].status"


def holds(carried: str, result: str) -> str:
    """Write the condition that what crossed says that a task ended so."""
    wanted = "true" if result == "AnySucceeded" else _PHASES.get(result, result)
    return f"{{{{={carried} == '{wanted}'}}}}"


def rewritten(tag: str, read: Callable[[Reading], tuple[str, str] | None]) -> str:
    """Return a tag with what it reads as `read` writes it, in a plain tag and in an expression."""

    def change(match: re.Match[str]) -> str:
        found = reading(match)
        known = read(found) if found else None
        if found is None or known is None:
            return match[0]
        return known[0][2:-2] if found.plain else known[1]

    return tags.pattern(_FORM).sub(change, tag)
