"""`-p NAME=VALUE`: what a run may be given, held against the manifest and the pipeline."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from argosy.cli.usage import UsageFailure
from compiler.convention import FORBIDDEN, RESERVED
from compiler.problems import nearest

_EXAMPLES = {"integer": "12", "number": "0.5", "boolean": "true or false"}


def read(
    pairs: Sequence[str],
    declared: Sequence[Mapping[str, Any]],
    limits: Mapping[str, Any],
    *,
    as_argo: bool = False,
) -> dict[str, str]:
    """Return name → value; raise `UsageFailure` for what the manifest does not take.

    `declared` are the manifest's own parameters; `limits` their type, min, max and pattern.
    `as_argo`: take a value that Argo would evaluate.
    """
    if not pairs:
        return {}
    from compiler.parameters import beyond, mislisted

    known = {str(parameter["name"]): parameter for parameter in declared}
    values: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageFailure(f"-p {pair}: no value", f"write -p {pair}=VALUE")
        if name in values:
            raise UsageFailure(f"-p {name}: given twice")
        _check_name(name, known)
        if not as_argo:
            _check_marks(name, value)
        _check_value(name, value, known[name], limits.get(name, {}).get("type", "string"))
        listed = limits.get(name, {}).get("type") == "list"
        check = mislisted if listed else beyond
        if message := check(limits.get(name, {}), value):
            raise UsageFailure(f"-p {name}: {message}")
        values[name] = value
    return values


def _check_name(name: str, known: Mapping[str, Any]) -> None:
    settable = tuple(other for other in known if other != RESERVED)
    if name not in settable:
        hint = nearest(name, settable) or "it has none"
        raise UsageFailure(f"-p {name}: the pipeline has no such parameter", hint)


def _check_marks(name: str, value: str) -> None:
    for mark in FORBIDDEN:
        if mark in value:
            message = f"-p {name}: `{mark}` in a value would be changed on the way"
            raise UsageFailure(message, "pass it in a file")


def _check_value(name: str, value: str, declared: Mapping[str, Any], kind: str) -> None:
    if "\0" in value or not _encodable(value):
        raise UsageFailure(f"-p {name}: the value is no text")
    allowed = [str(item) for item in declared.get("enum") or ()]
    if allowed and value not in allowed:
        raise UsageFailure(f"-p {name}: `{value}` is not allowed", nearest(value, allowed))
    if not _is(kind, value):
        raise UsageFailure(f"-p {name}: `{value}` is no {kind}", f"such as {_EXAMPLES[kind]}")


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is(kind: str, value: str) -> bool:
    if kind == "boolean":
        return value in ("true", "false")
    if kind not in ("integer", "number"):
        return True
    try:
        number = int(value) if kind == "integer" else float(value)
    except ValueError:
        return False
    return math.isfinite(number) and value == value.strip() and "_" not in value
