"""Sprig's functions of regular expressions and versions."""

from collections.abc import Callable, Mapping
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.go import regular
from argosy.engine.language.sprig.semvers import satisfies
from argosy.engine.language.values import NilList


def _match(pattern: str, text: str) -> bool:
    try:
        return regular.found(pattern, text)
    except EvaluationError:
        return False


def _find(pattern: str, text: str) -> str:
    return next((text[start:end] for start, end, _ in regular.matches(pattern, text)), "")


def _find_all(pattern: str, text: str, count: int) -> list[str]:
    found = [text[start:end] for start, end, _ in regular.matches(pattern, text)]
    return found[: count if count >= 0 else None] or NilList()


def _split(pattern: str, text: str, count: int) -> list[str]:
    if count == 0:
        return NilList()
    if pattern and not text:
        return [""]
    found, place, before = list[str](), 0, 0
    for start, end, _ in regular.matches(pattern, text):
        if 0 < count == len(found) + 1:
            break
        before = start
        if end:
            found.append(text[place:start])
        place = end
    return found if before == len(text) else [*found, text[place:]]


def _must(name: str) -> tuple[str, str]:
    return name, f"must{name[0].upper()}{name[1:]}"


FUNCTIONS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "regexMatch": ("ss", _match),
    "mustRegexMatch": ("ss", regular.found),
    **dict.fromkeys(_must("regexFind"), ("ss", _find)),
    **dict.fromkeys(_must("regexFindAll"), ("ssi", _find_all)),
    **dict.fromkeys(_must("regexSplit"), ("ssi", _split)),
    **dict.fromkeys(_must("regexReplaceAll"), ("sss", regular.replaced)),
    **dict.fromkeys(
        _must("regexReplaceAllLiteral"),
        ("sss", lambda pattern, text, new: regular.replaced(pattern, text, new, literal=True)),
    ),
    "regexQuoteMeta": ("s", regular.escaped),
    "semverCompare": ("ss", satisfies),
}
