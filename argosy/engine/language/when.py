"""`when`: a condition in govaluate's notation, after the tags in it were replaced."""

import json
import re
from collections.abc import Mapping

from argosy.engine.language.expression import evaluate
from argosy.engine.language.tags import substitute


def condition(text: str, scope: Mapping[str, str]) -> tuple[bool, str]:
    """Return whether a `when` holds, and its text after substitution."""
    shown = substitute(text, scope)
    if shown.strip() in ("true", "false"):
        return shown.strip() == "true", shown
    return bool(evaluate(_govaluate(shown), {})), shown


def _govaluate(text: str) -> str:
    """Quote the bare words of a condition such as `heads == tails` (Knetic/govaluate)."""
    word = re.compile(r"'[^']*'|\"[^\"]*\"|[A-Za-z_][\w.-]*|[-\d.]+[A-Za-z][\w.-]*")

    def quoted(match: re.Match[str]) -> str:
        found = match[0]
        if found[0] in "'\"" or found in ("true", "false", "in"):
            return found
        return json.dumps(found)

    return word.sub(quoted, text)
