"""Text that is no YAML → the problem that says why."""

from compiler.problems import Problem
from compiler.source import Source

_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_CONFLICT = "<<<<<<< "  # how git begins one


def character(source: Source, position: int) -> Problem:
    """Return what is wrong with the character at `position`, which YAML cannot hold."""
    before = source.text[:position]
    at = source.locate(before.count("\n"), position - before.rfind("\n") - 1)
    shown = repr(source.text[position])
    if source.text[position] in _TURNS:
        message = (
            f"character {shown} turns the direction of text: what is shown is not what is read"
        )
        return Problem("bidi-character", message, at, "remove it; letters need no such help")
    hint = f'write it escaped, in double quotes: "{shown[1:-1]}"'
    return Problem("bad-character", f"character {shown} cannot stand in YAML", at, hint)


def malformed(source: Source, message: str, line: int, column: int) -> Problem:
    """Return what a parser of YAML said at a place (both from 0), or what lies behind it."""
    for number, text in enumerate(source.text.split("\n")):
        if text.startswith(_CONFLICT):
            hint = (
                "decide what the file is to say, and take the lines with `<<<<`, `====`, `>>>>` out"
            )
            return Problem("yaml", "a merge conflict is left here", source.locate(number, 0), hint)
    return Problem("yaml", message, source.locate(line, column), _advice(message))


def _advice(message: str) -> str:
    if "mapping values are not allowed" in message:
        return "a value that holds `: ` needs quotes; or the indentation is off"
    if "cannot start any token" in message and "\\t" in message:
        return "indent with spaces, not with tabs"
    return ""
