"""Regular expressions in Go's syntax (RE2)."""

import re
from functools import lru_cache

from argosy.engine.language.errors import EvaluationError


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a compiled pattern; raise `EvaluationError` for what Go refuses."""
    try:
        return re.compile(pattern.replace(r"\z", r"\Z"))
    except re.error as error:
        raise EvaluationError(f"error parsing regexp: {error}: `{pattern}`") from None


def found(pattern: str, text: str) -> bool:
    """Whether `pattern` matches somewhere in `text`."""
    return compiled(pattern).search(text) is not None
