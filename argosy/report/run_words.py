"""Times, sizes and ends of a run in the words that people use."""

import math
import re
from datetime import UTC, datetime

from argosy.engine.nodes import Node

_SIGNALS = {
    129: "its terminal went away (SIGHUP)",
    130: "was interrupted (SIGINT)",
    132: "crashed (SIGILL)",
    134: "gave up (SIGABRT)",
    135: "crashed (SIGBUS)",
    136: "crashed (SIGFPE)",
    137: "was killed (SIGKILL), perhaps for want of memory",
    139: "crashed (SIGSEGV)",
    143: "was stopped (SIGTERM)",
    152: "used up its processor time (SIGXCPU)",
    153: "wrote too large a file (SIGXFSZ)",
}
_EXITS = {126: "its command cannot be executed", 127: "its command was not found"}
_CODE = re.compile(r"\(exit code (\d+)\)")
_WHEN = re.compile(r"when '(.*)' evaluated false", re.DOTALL)
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def reason(node: Node) -> str:
    """Say why a node ended as it did; nothing for one that just succeeded."""
    message = node.message
    if condition := _WHEN.fullmatch(message):
        return f"its condition was false: {condition[1]}"
    if message.startswith("omitted: depends"):
        return "what it waits for did not end as it needs"
    if node.phase not in ("Failed", "Error"):
        return message
    found = _CODE.search(message)
    code = node.exit_code if node.exit_code is not None else int(found[1]) if found else None
    if code in _SIGNALS:
        return f"{_SIGNALS[code]}: exit code {code}"
    if code in _EXITS:
        return f"{_EXITS[code]}: exit code {code}"
    plain = message.partition("): ")[2] if found else message
    if code and not plain:
        return f"ended with exit code {code}"
    return plain or message or "ended without a word"


def span(seconds: float | None) -> str:
    """Return `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`; nothing when unknown."""
    if seconds is None:
        return ""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    for size, unit, rest, less in ((86400, "d", 3600, "h"), (3600, "h", 60, "min")):
        if whole >= size:
            return _two(whole // size, unit, whole % size // rest, less)
    return _two(whole // 60, "min", whole % 60, "s") if whole >= 60 else f"{whole} s"


def _two(large: int, unit: str, small: int, less: str) -> str:
    return f"{large} {unit} {small} {less}" if small else f"{large} {unit}"


def moment(at: float | None) -> str:
    """Return a time (seconds since the epoch) as `2026-11-25 05:01:10 UTC`; nothing for None."""
    if at is None:
        return ""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, OSError, ValueError):
        return "at no time"


def size(count: float | None) -> str:
    """Return bytes as `812 B`, `1.5 MiB`; nothing for None."""
    if count is None:
        return ""
    unit = 0
    while count >= 1024 and unit < len(_UNITS) - 1:
        count, unit = count / 1024, unit + 1
    return (
        f"{count:.0f} {_UNITS[unit]}" if not unit or count >= 100 else f"{count:.3g} {_UNITS[unit]}"
    )


def figure(value: float) -> str:
    """Return a number with as many digits as tell something."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.6g}"


def money(value: float) -> str:
    """Return an amount with two digits that tell something, however small it is."""
    if not value or value >= 1:
        return f"{value:,.2f}" if value else "0"
    return f"{value:.{min(1 - math.floor(math.log10(value)), 9)}f}"


def cores(value: float | None) -> str:
    """Return `0.5 cores`, `1 core`; nothing for None."""
    if value is None:
        return ""
    return f"{value:g} core{'' if value == 1 else 's'}"
