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
_PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")


def nanoseconds(text: str) -> int:
    """Read a duration as Go's `time.ParseDuration` does; raise `ValueError`."""
    body = text[1:] if text[:1] in ("-", "+") else text
    if body == "0":
        return 0
    total = position = 0
    while position < len(body):
        match = _PART.match(body, position)
        if not match or not (match[1] or match[2]):
            break
        unit, fraction = _UNITS[match[3]], match[2] or ""
        total += int(match[1] or 0) * unit
        total += int(fraction or 0) * unit // 10 ** len(fraction)
        position = match.end()
    if not body or position < len(body) or total >= 2**63:
        raise ValueError(f'time: invalid duration "{text}"')
    return -total if text.startswith("-") else total
