"""Tags that nothing replaces: Argo hands them on as text, a run here stops instead of that."""

import re
from collections.abc import Mapping
from typing import Any

from argosy.engine.control import words
from argosy.engine.failure import EngineError

Data = Mapping[str, Any]
_LATER = frozenset(
    {"hooks", "inline", "onExit", "metrics", "withItems", "withParam", "withSequence"}
)
_OWN = frozenset({"inputs", "retryStrategy", "memoize", "synchronization", "dag", "steps"})
_OF_ANOTHER = re.compile(r"((?:tasks|steps)\.[-\w]+)\.outputs\.")
_ENDS = {"Skipped": "was skipped", "Omitted": "was omitted", "Failed": "has failed"}


def refuse(written: Any, replaced: Any, scope: Mapping[str, Any]) -> None:
    """Raise `EngineError` for the first tag of `written` that `scope` has nothing for.

    `replaced` is what became of it; what stands there only as part of a value is none of them.
    """
    if not words.tagged(replaced):
        return
    for tag, why in words.left_over(written, scope):
        said = f"{{{{{tag}}}}} has no value: {_reason(tag, why, scope)}"
        raise EngineError(f"{said}; Argo goes on with the tag itself as text, as does --as-argo")


def of(written: Data, replaced: Data) -> Data:
    """Return what stood in the manifest where `replaced` has something."""
    return {key: value for key, value in written.items() if key in replaced}


def task(written: Data) -> Data:
    """Return what must be known of a task or step when it is called."""
    found = {key: value for key, value in written.items() if key not in _LATER}
    given = found.get("arguments") or {}
    # what an artifact is from is looked up by itself, and is never text
    placed = [each for each in given.get("artifacts") or () if "from" not in each]
    return {**found, "arguments": {**given, "artifacts": placed}}


def body(written: Data) -> Data:
    """Return what must be known of a template when its pod starts."""
    return {key: value for key, value in written.items() if key not in _LATER | _OWN}


def _reason(tag: str, why: str, scope: Mapping[str, Any]) -> str:
    found = _OF_ANOTHER.match(tag.lstrip("= "))
    ended = _ENDS.get(scope.get(f"{found[1]}.status", "")) if found else None
    return f"`{found[1].partition('.')[2]}` {ended}" if found and ended else why
