"""Argo's `{{…}}`: simple tags, and `{{=…}}` expressions; unknown tags are left as they are."""

import json
import re
from collections.abc import Mapping
from typing import Any

from argosy.engine.expression import EvaluationError, evaluate, written

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


def substitute(data: Any, values: Mapping[str, str]) -> Any:
    """Return `data` with each tag in each of its strings replaced from `values` (dotted names)."""
    if isinstance(data, str):
        return _text(data, values)
    if isinstance(data, Mapping):
        return {key: substitute(value, values) for key, value in data.items()}
    if isinstance(data, list):
        return [substitute(value, values) for value in data]
    return data


def condition(text: str, values: Mapping[str, str]) -> tuple[bool, str]:
    """Return whether a `when` holds, and its text after substitution."""
    shown = substitute(text, values).strip()
    if shown in ("true", "false"):
        return shown == "true", shown
    return bool(evaluate(_govaluate(shown), {})), shown


def evaluated(expression: str, values: Mapping[str, str]) -> str:
    """Return the text of an expression over `values`."""
    return written(evaluate(expression, nested(values)))


def nested(values: Mapping[str, str]) -> dict[str, Any]:
    """Return dotted names as nested mappings, the way expressions see them."""
    tree: dict[str, Any] = {}
    for name, value in values.items():
        *parents, last = name.split(".")
        node = tree
        for part in parents:
            child = node.get(part)
            node[part] = child = child if isinstance(child, dict) else {}
            node = child
        if not isinstance(node.get(last), dict):
            node[last] = value
    return tree


def _text(text: str, values: Mapping[str, str]) -> str:
    if "{{" not in text:
        return text
    return _TAG.sub(lambda match: _tag(match, values), text)


def _tag(match: re.Match[str], values: Mapping[str, str]) -> str:
    tag = match[1].strip()
    if not tag.startswith("="):
        return values.get(tag, match[0])
    try:
        value = evaluate(tag[1:], nested(values))
    except EvaluationError:
        if any(f"{name}" in tag for name in ("tasks", "inputs", "workflow", "item")):
            raise
        return match[0]
    return written(value)


def _govaluate(text: str) -> str:
    """Quote the bare words of a condition such as `heads == tails` (Knetic/govaluate).

    Words that hold `-` or `.` are strings too, as Argo's substitution leaves them unquoted.
    """
    word = re.compile(r"'[^']*'|\"[^\"]*\"|[A-Za-z_][\w.-]*|[-\d.]+[A-Za-z][\w.-]*")

    def quoted(match: re.Match[str]) -> str:
        found = match[0]
        if found[0] in "'\"" or found in ("true", "false", "in"):
            return found
        return json.dumps(found)

    return word.sub(quoted, text)
