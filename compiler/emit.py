"""Canonical YAML: equal objects give equal bytes, and every reader gets back what went in.

A scalar is plain only where no reader could take it for anything but that string: PyYAML reads
YAML 1.1, Go's reader a mixture of 1.1 and 1.2. All else is double-quoted, or a literal block.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_./][A-Za-z0-9_./+()@-]*(?:[ :=][A-Za-z0-9_./+()@=-]+)*")
_TRAPS = re.compile(
    r"(?i:y|n|yes|no|on|off|true|false|null|nan|inf)|[.][0-9].*|[.](?i:nan|inf)"
    r"|[0-9+.-][0-9_.,:eExXoO+-]*|.*:|[.]+|---.*"
)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def emit(manifest: Mapping[str, Any], header: str) -> bytes:
    """Return `manifest` as YAML under a comment; raise `TypeError` for what is no plain data."""
    head = [f"# {line}" for line in header.splitlines()]
    return "\n".join([*head, text(manifest)]).encode("utf-8")


def text(manifest: Mapping[str, Any]) -> str:
    """Return `manifest` as YAML; raise `TypeError` for what is no plain data."""
    lines: list[str] = []
    _mapping(manifest, "", "", lines)
    return "\n".join([*lines, ""])


def _mapping(data: Mapping[str, Any], lead: str, indent: str, lines: list[str]) -> None:
    """Add a line for each entry; `lead` opens the first, such as the dash of a list."""
    for key, value in data.items():
        if not isinstance(key, str):
            raise TypeError(f"a key is a string, not {type(key).__name__}")
        _entry(f"{lead}{_string(key)}:", value, indent, lines)
        lead = indent


def _entry(lead: str, value: Any, indent: str, lines: list[str]) -> None:
    if isinstance(value, str):
        if "\n" in value and _is_block(value):
            lines.extend(_block(lead, value, f"{indent}  "))
        else:
            lines.append(f"{lead} {_string(value)}")
    elif isinstance(value, dict) and value:
        lines.append(lead)
        _mapping(value, f"{indent}  ", f"{indent}  ", lines)
    elif isinstance(value, list) and value:
        lines.append(lead)
        _sequence(value, indent, lines)
    else:
        lines.append(f"{lead} {_scalar(value)}")


def _sequence(items: list[Any], indent: str, lines: list[str]) -> None:
    for item in items:
        if isinstance(item, dict) and item:
            _mapping(item, f"{indent}- ", f"{indent}  ", lines)
        elif isinstance(item, list) and item:
            lines.append(f"{indent}-")
            _sequence(item, f"{indent}  ", lines)
        else:
            _entry(f"{indent}-", item, indent, lines)


def _is_block(text: str) -> bool:
    lines = text.rstrip("\n").split("\n")
    clean = text.replace("\n", "").isprintable()
    solid = all(line == "" or line == line.rstrip() for line in lines)
    return clean and solid and bool(lines[0]) and not lines[0].startswith(" ")


def _block(lead: str, text: str, indent: str) -> Iterator[str]:
    body = text.rstrip("\n")
    trailing = len(text) - len(body)
    yield f"{lead} |{'-' if trailing == 0 else '' if trailing == 1 else '+'}"
    for line in body.split("\n"):
        yield f"{indent}{line}" if line else ""
    yield from [""] * (trailing - 1)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return _float(value)
    if value in ({}, []):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no plain data")


def _float(value: float) -> str:
    """Write a number as both readers take it: with a point, and a sign in the exponent."""
    mantissa, _, exponent = repr(value).partition("e")
    mantissa += "" if "." in mantissa else ".0"
    return f"{mantissa}e{int(exponent):+03d}" if exponent else mantissa


@lru_cache(1 << 14)  # manifests say the same words over and over
def _string(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and not _TRAPS.fullmatch(text)
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(_escaped(c) for c in text) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError("a lone surrogate cannot be written")
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
