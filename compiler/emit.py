"""Canonical YAML: equal objects give equal bytes, and every reader gets back what went in.

A scalar is plain only where no reader could take it for anything but that string: PyYAML reads
YAML 1.1, Go's reader a mixture of 1.1 and 1.2. All else is double-quoted, or a literal block.
"""

import re
from collections.abc import Iterator, Mapping
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
    return "\n".join([*_mapping(manifest, 0), ""])


def _mapping(data: Mapping[str, Any], indent: int) -> Iterator[str]:
    for key, value in data.items():
        if not isinstance(key, str):
            raise TypeError(f"a key is a string, not {type(key).__name__}")
        yield from _entry(f"{' ' * indent}{_scalar(key)}:", value, indent)


def _entry(lead: str, value: Any, indent: int) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield lead
        yield from _mapping(value, indent + 2)
    elif isinstance(value, list) and value:
        yield lead
        yield from _sequence(value, indent)
    elif isinstance(value, str) and _is_block(value):
        yield from _block(lead, value, indent + 2)
    else:
        yield f"{lead} {_scalar(value)}"


def _sequence(items: list[Any], indent: int) -> Iterator[str]:
    lead = " " * indent
    for item in items:
        if isinstance(item, Mapping) and item:
            first, *rest = _mapping(item, indent + 2)
            yield f"{lead}- {first[indent + 2 :]}"
            yield from rest
        elif isinstance(item, list) and item:
            yield f"{lead}-"
            yield from _sequence(item, indent + 2)
        elif isinstance(item, str) and _is_block(item):
            yield from _block(f"{lead}-", item, indent + 2)
        else:
            yield f"{lead}- {_scalar(item)}"


def _is_block(text: str) -> bool:
    lines = text.rstrip("\n").split("\n")
    clean = text.replace("\n", "").isprintable()
    solid = all(line == "" or line == line.rstrip() for line in lines)
    return "\n" in text and clean and solid and bool(lines[0]) and not lines[0].startswith(" ")


def _block(lead: str, text: str, indent: int) -> Iterator[str]:
    body = text.rstrip("\n")
    trailing = len(text) - len(body)
    yield f"{lead} |{'-' if trailing == 0 else '' if trailing == 1 else '+'}"
    for line in body.split("\n"):
        yield f"{' ' * indent}{line}" if line else ""
    yield from [""] * (trailing - 1)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and value == value and abs(value) != float("inf"):
        return repr(value) if "e" not in repr(value) else f"{value:.17f}".rstrip("0")
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and not _TRAPS.fullmatch(value)
        return value if plain else _quoted(value)
    if value in ({}, []):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no plain data")


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
