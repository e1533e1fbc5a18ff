"""Go's `fmt.Sprintf`, as far as formats of sequences and sprig's `printf`-like functions need."""

import re
from typing import Any

from argosy.engine.language.values import go_name, is_integer, shown
from compiler.golang.numbers import float_shown

_VERB = re.compile(r"%([-+# 0]*)(\d*)(?:\.(\d*))?(.?)", re.DOTALL)
_INTEGER = {"d": "d", "x": "x", "X": "X", "o": "o", "b": "b", "c": "c", "O": "o"}


def printf(form: str, *values: Any) -> str:
    """Return `form` with its verbs replaced by `values`, and Go's remarks where they do not fit."""
    left = list(values)

    def verb(match: re.Match[str]) -> str:
        if not match[4]:
            return "%!(NOVERB)"
        if match[4] == "%":
            return "%"
        if not left:
            return f"%!{match[4]}(MISSING)"
        return _written(left.pop(0), match)

    text = _VERB.sub(verb, form)
    if left:
        extra = ", ".join(f"{go_name(value)}={shown(value)}" for value in left)
        text += f"%!(EXTRA {extra})"
    return text


def _written(value: Any, match: re.Match[str]) -> str:
    flags, width, precision, verb = match[1], int(match[2] or 0), match[3], match[4]
    body = _body(value, flags, precision, verb)
    if body is None:
        return f"%!{verb}({go_name(value)}={shown(value)})"
    if "-" in flags:
        return body.ljust(width)
    if "0" in flags and is_integer(value) and precision is None:
        sign = body[:1] if body[:1] in ("-", "+") else ""
        return sign + body[len(sign) :].rjust(width - len(sign), "0")
    return body.rjust(width)


def _body(value: Any, flags: str, precision: str | None, verb: str) -> str | None:
    if verb == "v":
        return shown(value)
    if verb == "s" and isinstance(value, str):
        return value[: int(precision)] if precision else value
    if verb == "q" and is_integer(value):
        return f"'{_quoted_character(chr(value))}'"
    if verb in _INTEGER and is_integer(value):
        sign = "-" if value < 0 else "+" if "+" in flags else " " if " " in flags else ""
        prefix = {"x": "0x", "X": "0X", "o": "0", "b": "0b"}.get(verb, "") if "#" in flags else ""
        prefix = "0o" if verb == "O" else prefix
        digits = format(abs(value), _INTEGER[verb]).rjust(int(precision or 0), "0")
        return f"{sign}{prefix}{digits}"
    if verb in "feEgG" and isinstance(value, float):
        return (
            float_shown(value)
            if verb == "g" and precision is None
            else _float(value, precision, verb)
        )
    return None


def _float(value: float, precision: str | None, verb: str) -> str:
    return format(value, f".{precision or (6 if precision is None else 0)}{verb}")


_QUOTED = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}
_QUOTED |= {'"': '\\"', "\\": "\\\\"}


def go_quoted(text: str) -> str:
    """Write a text as `%q` does."""
    return f'"{"".join(map(_quoted_character, text))}"'


def _quoted_character(character: str) -> str:
    if character in _QUOTED:
        return _QUOTED[character]
    if character.isprintable():
        return character
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:
        return f"\\x{number - 0xDC00:02x}"
    if number < 0x80:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
