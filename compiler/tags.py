"""Argo's `{{…}}` in data that is written already: names in them are changed, all else is kept."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

_TAG = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_TEXT = r"'(?:[^'\\]|\\.)*'"


def rewrite(data: Any, change: Callable[[str], str]) -> Any:
    """Return `data` with each tag of each of its strings as `change` makes it."""
    if isinstance(data, str):
        return _TAG.sub(lambda match: change(match[0]), data) if "{{" in data else data
    if isinstance(data, Mapping):
        return {key: rewrite(value, change) for key, value in data.items()}
    return [rewrite(item, change) for item in data] if isinstance(data, list) else data


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return what finds `name` in a tag, texts of expressions passed over."""
    return re.compile(f"{_TEXT}|{name}")
