"""The steps of a JSONPath."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from argosy.engine.language.errors import EvaluationError, RefusedError
from compiler.exprlang.parser import parse
from compiler.exprlang.tokens import UnreadableError

_QUOTED = r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\""
_GROUP = rf"\((?:{_QUOTED}|[^()]|\(\))*\)"
_BRACKET = re.compile(rf"\[((?:{_QUOTED}|{_GROUP}|[^\[\]'\"()])*)\]")
_NAME = re.compile(r"[^.\[]+")
_PART = re.compile(rf"\s*({_QUOTED}|-?\d+)\s*")
_RANGE = re.compile(r"\s*(-?\d*)\s*:\s*(-?\d*)\s*(?::\s*(-?\d*)\s*)?")


class Step(NamedTuple):
    """A step: `kind`, and the key, place, bounds, parts or condition that belongs to it."""

    kind: str
    value: Any = None


def steps(path: str) -> Iterator[Step]:
    """Yield the steps after `$`; raise `EvaluationError` for a path that is none."""
    if not path.startswith("$"):
        raise _unexpected(path, path[:1], 0)
    if path[1:2] not in ("", ".", "["):
        raise _unexpected(path, path[1], 1)
    position = 1
    while position < len(path):
        if path.startswith("..", position):
            yield Step("recursive")
            position += 2
        elif path[position] == ".":
            position += 1
        if position >= len(path):
            break
        match = _BRACKET.match(path, position) or _NAME.match(path, position)
        if not match:
            raise _refused(path, f"invalid token. '{path[position:]}' does not match any format")
        yield _named(match[0].strip()) if match.re is _NAME else _bracketed(path, match[1].strip())
        position = match.end()


def _unexpected(path: str, token: str, at: int) -> EvaluationError:
    return _refused(path, f"unexpected token '{token}' at index {at}")


def _refused(path: str, reason: str) -> EvaluationError:
    return EvaluationError(f"invalid JSONPath selector '{path}' {reason}")


def _named(name: str) -> Step:
    if name == "*":
        return Step("wildcard")
    return Step("length") if name == "length" else Step("key", name)


def _bracketed(path: str, inside: str) -> Step:
    if inside == "*":
        return Step("wildcard")
    if inside.startswith("?(") and inside.endswith(")"):
        return Step("filter", _condition(inside[2:-1]))
    if inside.startswith("("):
        return Step("script", _script(path, inside[1:-1]))
    if match := _RANGE.fullmatch(inside):
        return Step("range", tuple(int(part) if part else None for part in match.groups()))
    parts = _parts(inside)
    if not parts:
        raise _refused(path, f"invalid token. '[{inside}]' does not match any token format")
    if len(parts) > 1:
        return Step("union", parts)
    return Step("key" if isinstance(parts[0], str) else "index", parts[0])


def _parts(inside: str) -> list[str | int]:
    found: list[str | int] = []
    position = 0
    while match := _PART.match(inside, position):
        text = match[1]
        quoted = text[0] in "'\""
        found.append(re.sub(r"\\(.)", r"\1", text[1:-1]) if quoted else int(text))
        position = match.end()
        if inside[position : position + 1] != ",":
            break
        position += 1
    return found if position == len(inside) else []


def _script(path: str, text: str) -> Any:
    """Return an expression, and the paths by the names that stand for their values in it."""
    if not text.strip():
        raise _refused(path, f"invalid expression. invalid format '({text})'")
    paths: dict[str, str] = {}

    def named(match: re.Match[str]) -> str:
        if match[1]:
            return match[1]
        paths[f"v{len(paths)}"] = match[2]
        return f"v{len(paths) - 1}"

    written = re.sub(rf"({_QUOTED})|([@$](?:\.\w+|\[[^\]]*\])*)", named, text)
    try:
        return parse(written), paths
    except UnreadableError:
        raise RefusedError(f"this script of `jsonpath` is not supported here: {text}") from None


def _condition(text: str) -> Any:
    """Return a filter as an expression, in which `@` is the item and `$` the whole."""
    written = re.sub(rf"({_QUOTED})|(@)|(\$)", lambda m: m[1] or ("it" if m[2] else "root"), text)
    try:
        return parse(written)
    except UnreadableError:
        raise RefusedError(f"this filter of `jsonpath` is not supported here: {text}") from None
