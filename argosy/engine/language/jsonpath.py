"""JSONPath as Argo's `jsonpath` function takes it."""

import re
from typing import Any

from argosy.engine.language.errors import EvaluationError

_STEP = re.compile(r"\.(\w+|\*)|\[(?:(-?\d+)|\*|'([^']*)'|\"([^\"]*)\")\]")


def query(path: str, data: Any) -> Any:
    """Return what `path` selects in plain data; a list once the path has selected several."""
    if not path.startswith("$"):
        raise EvaluationError("invalid JSONPath selector")
    found, several, position = [data], False, 1
    while position < len(path):
        match = _STEP.match(path, position)
        if not match:
            raise EvaluationError(f"invalid JSONPath selector `{path[position:]}`")
        key = next((group for group in match.groups() if group is not None), "*")
        several = several or key == "*"
        found = [value for each in found for value in _step(each, key)]
        position = match.end()
    if several:
        return found
    if not found:
        raise EvaluationError(f"key not found in `{path}`")
    return found[0]


def _step(data: Any, key: str) -> list[Any]:
    if key == "*":
        return list(data.values()) if isinstance(data, dict) else list(data)
    if isinstance(data, dict):
        return [data[key]] if key in data else []
    if isinstance(data, list) and re.fullmatch(r"-?\d+", key):
        return data[int(key) :][:1] if int(key) < len(data) else []
    return []
