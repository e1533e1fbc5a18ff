"""What Go's `encoding/json` says of a text that is no JSON."""

import re

_LITERALS = ("null", "true", "false")
_WORD = re.compile(r"[a-z]*")


def mistake(text: str, at: int) -> str:
    """Say what is wrong with `text`, of which Python found the mistake at `at`."""
    rest = text[at:].lstrip(" \t\r\n")
    if not rest or (text.rstrip()[-1:] in ("[", "{", ",", ":") and at >= len(text.rstrip()) - 1):
        return "unexpected end of JSON input"
    word = _WORD.match(rest)
    for literal in _LITERALS:
        if literal.startswith(rest[0]) and word and not rest.startswith(literal):
            same = next(i for i, c in enumerate(literal) if not rest[i:].startswith(c))
            if same >= len(rest):
                return "unexpected end of JSON input"
            return (
                f"invalid character {_shown(rest[same])} in literal {literal} "
                f"(expecting {_shown(literal[same])})"
            )
    return f"invalid character {_shown(rest[0])} {_place(text[: len(text) - len(rest)])}"


def _place(before: str) -> str:
    last = before.rstrip()[-1:]
    if last == "{":
        return "looking for beginning of object key string"
    if not last or last in "[,:":
        return "looking for beginning of value"
    return "after top-level value"


def _shown(character: str) -> str:
    return {"'": "'\\''", '"': "'\"'", "\\": "'\\\\'"}.get(character, f"'{character}'")
