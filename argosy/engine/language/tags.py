"""Argo's `{{…}}` in the JSON text of a whole part: one pass of replacement (util/template).

A tag that cannot be computed stays as it is; what was put in is looked at by the next pass only.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from argosy.engine.language.errors import EvaluationError, RefusedError, SubstitutionError

T = TypeVar("T")
_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_NOT_JSON = re.compile("[\x00-\x07\x0b\x0e-\x1f\x7f]")
_KNOWN = ("inputs.", "tasks.", "steps.", "workflow.", "outputs.", "item.", "pod.")
_LATER = (
    *("retries", "lastRetry.exitCode", "lastRetry.status", "lastRetry.duration"),
    *("lastRetry.message", "workflow.status", "workflow.failures", "workflow.duration"),
)


def substitute(value: T, scope: Mapping[str, str], *, strict: bool = False) -> T:
    """Return plain data with the tags in all its texts replaced, keys included.

    `strict`: a tag that does not resolve is an error, as in items of a fan-out and in metrics.
    Raise `SubstitutionError` where Argo's own replacement fails, `RefusedError` for a function
    that is not supported here.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if "{{" not in text:
        return value
    after = _TAG.sub(lambda match: _replaced(match[1], scope, strict), text)
    if after == text:
        return value
    try:
        found: T = json.loads(after)
    except ValueError:
        raise SubstitutionError(
            "cannot finish template replacement because the result was invalid JSON"
        ) from None
    return found


def tagged(value: Any) -> bool:
    """Whether a tag may stand anywhere in a text of plain data."""
    if isinstance(value, str):
        return "{{" in value
    if isinstance(value, dict):
        return any(map(tagged, value.values()))
    return isinstance(value, list) and any(map(tagged, value))


def left_over(part: Any, scope: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the tags in a part that Argo would hand on as text, each with the reason.

    Only what it should know counts: expressions, and names such as `tasks.a.outputs.result`.
    """
    text = json.dumps(part, ensure_ascii=False, separators=(",", ":"))
    found = dict.fromkeys(match[1] for match in _TAG.finditer(text))
    return [(json.loads(f'"{tag}"'), why) for tag in found if (why := _reason(tag, scope))]


def _reason(tag: str, scope: Mapping[str, str]) -> str:
    if not tag.startswith("="):
        name = tag.strip()
        known = (name == "item" or name.startswith(_KNOWN)) and '"' not in tag
        return "nothing here has this name" if known and name not in scope else ""
    from argosy.engine.language.expression import evaluate
    from argosy.engine.language.values import to_json

    try:
        value = evaluate(json.loads(f'"{tag[1:]}"', strict=False), scope)
        return "its value is nil" if value is None else to_json(value) and ""
    except ValueError as error:
        return str(error).partition("\n")[0]


def _replaced(tag: str, scope: Mapping[str, str], strict: bool) -> str:
    if tag.startswith("="):
        return _computed(tag[1:], scope, strict)
    name = tag.strip()
    if name in scope:
        return quoted(scope[name])
    before, sign, inner = tag.rpartition("{{")
    if sign and before and inner in scope:
        return "{{" + before + quoted(scope[inner])
    if strict:
        raise SubstitutionError(f"failed to resolve {{{{{tag}}}}}")
    return "{{" + tag + "}}"


def quoted(value: str) -> str:
    """Return a value as Go's `strconv.Quote` puts it into the JSON text, which it may break."""
    if _NOT_JSON.search(value) or not all(c.isprintable() for c in value if c > "\uffff"):
        from argosy.engine.language.go.printf import go_quoted

        return go_quoted(value)[1:-1]
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _computed(tag: str, scope: Mapping[str, str], strict: bool) -> str:
    from argosy.engine.language.expression import evaluate
    from argosy.engine.language.values import to_json

    try:
        expression: str = json.loads(f'"{tag}"', strict=False)
        if not strict and any(_reads(expression, name, scope) for name in _LATER):
            return "{{=" + tag + "}}"
        value = evaluate(expression, scope)
        if value is None:
            return _unresolved(tag, f'failed to evaluate expression "{tag}"', strict)
    except (RefusedError, SubstitutionError):
        raise
    except ValueError as error:
        return _unresolved(tag, f"failed to evaluate expression: {error}", strict)
    try:
        text = to_json(value)
    except EvaluationError as error:
        return _unresolved(tag, f"failed to marshal evaluated expression: {error}", strict)
    return text[1:-1] if text.startswith('"') else quoted(text)


def _unresolved(tag: str, message: str, strict: bool) -> str:
    if strict:
        raise SubstitutionError(message)
    return "{{=" + tag + "}}"


def _reads(expression: str, name: str, scope: Mapping[str, str]) -> bool:
    """Whether an expression reads a name that only a later pass knows."""
    if name not in expression or name in scope:
        return False
    from compiler.exprlang.tokens import UnreadableError, tokens

    try:
        words = [word[:2] for word in tokens(expression)]
    except UnreadableError:
        return False
    sought = [word[:2] for word in tokens(name)[:-1]]
    return any(words[at : at + len(sought)] == sought for at in range(len(words)))
