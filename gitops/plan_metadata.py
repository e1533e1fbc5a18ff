"""Annotations and labels, which every object of a pipeline repeats → each told once, by its name.

The limits of parameters travel in an annotation: they are told as what they are.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from compiler.convention import ANNOTATION
from compiler.record import replace
from gitops.plan_change import Action, Change
from gitops.plan_difference import canonical, differences

_PLACE = re.compile(r"(?!templates\.).*?(?:metadata|Metadata)\.(annotation|label)s\.(.+)")
_WORDS = {"argosy.dev/owner": "owner", "workflows.argoproj.io/description": "description"}
_TAG = "tag.argosy.dev/"


def told_once(changes: Iterable[Change]) -> Iterator[Change]:
    """Yield the changes; what objects repeat of their metadata comes the first time only."""
    told = set[str]()
    for change in changes:
        place = _PLACE.fullmatch(change.name) if change.subject == "other" else None
        if place is None:
            yield change
            continue
        what = canonical([*place.groups(), change.before, change.after])
        if what not in told:
            told.add(what)
            yield from _named(change, *place.groups())


def _named(change: Change, kind: str, key: str) -> Iterator[Change]:
    before, after = _parameters(change.before), _parameters(change.after)
    if key == ANNOTATION and before is not None and after is not None:
        yield from _limit_changes(before, after)
    elif key in _WORDS:
        yield replace(change, subject=_WORDS[key], name="")
    elif key.startswith(_TAG):
        yield replace(change, subject="tag", name=key.removeprefix(_TAG), text="")
    else:
        yield replace(change, subject=kind, name=key)


def _parameters(text: Any) -> dict[str, Any] | None:
    """Return parameter → type and limits; nothing is none, None is no such text."""
    try:
        data = json.loads(text) if text else {}
    except (TypeError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _limit_changes(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    """Yield how parameters are limited now."""
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        texts = [str(difference) for difference in differences(old or {}, new or {})]
        if texts:
            action: Action = "added" if old is None else "removed" if new is None else "changed"
            yield Change(action, "parameter", name, "", ", ".join(texts), "info", old, new)
