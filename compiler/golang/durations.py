"""Durations as Go reads them."""

import re

_UNITS = {
    "ns": 1,
    **dict.fromkeys(("us", "µs", "μs"), 1_000),
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60 * 1_000_000_000,
    "h": 3600 * 1_000_000_000,
}
_PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?([^0-9.]*)", re.ASCII)


def nanoseconds(text: str) -> int:
    """Read a duration as Go's `time.ParseDuration` does; raise `ValueError` in its words."""
    body = text[1:] if text[:1] in ("-", "+") else text
    if body == "0":
        return 0
    total = position = 0
    while position < len(body):
        match = _PART.match(body, position)
        if not match or not (match[1] or match[2]):
            break
        total += _part(match, text)
        position = match.end()
    if not body or position < len(body) or total >= 2**63:
        raise ValueError(f"time: invalid duration {quoted(text)}")
    return -total if text.startswith("-") else total


def _part(match: re.Match[str], text: str) -> int:
    whole, fraction, name = match[1], match[2] or "", match[3]
    if not name:
        raise ValueError(f"time: missing unit in duration {quoted(text)}")
    if name not in _UNITS:
        raise ValueError(f"time: unknown unit {quoted(name)} in duration {quoted(text)}")
    unit = _UNITS[name]
    part: int = int(fraction or 0) * unit // 10 ** len(fraction)
    return int(whole or 0) * unit + part


def quoted(text: str) -> str:
    """Write a text in quotes, as the `time` of Go does: what is no ASCII by its bytes."""
    return f'"{"".join(map(_sign, text.encode("utf-8", "surrogateescape")))}"'


def _sign(byte: int) -> str:
    sign = chr(byte)
    if sign in ('"', "\\"):
        return f"\\{sign}"
    return sign if 32 <= byte < 128 else f"\\x{byte:02x}"
