"""Regular expressions of strangers, matched in linear time whatever they are."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator


def refusal(pattern: str) -> str:
    """Return why `pattern` is none that is taken; nothing if it is one, or empty."""
    import re

    if not pattern:
        return ""
    try:
        re.compile(pattern)
    except re.error as error:
        return f"`{pattern}` is no regular expression: {error.msg}"
    try:
        _validator(pattern)
    except ValueError:
        return f"`{pattern}` looks around or back, which could take for ever"
    return ""


def matches(pattern: str, text: str) -> bool:
    """Say whether the whole of `text` matches `pattern`, which is not refused."""
    return bool(_validator(pattern).is_valid(text))


@cache
def _validator(pattern: str) -> "Draft202012Validator":
    from jsonschema_rs import Draft202012Validator, RegexOptions

    schema = {"pattern": f"^(?:{pattern})$"}
    return Draft202012Validator(schema, pattern_options=RegexOptions())
