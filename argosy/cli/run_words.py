"""How nodes and times of a run are worded, wherever they are shown."""

import unicodedata

from argosy.engine.nodes import Node
from argosy.report.diagnostics import plain

MARKS = {
    "Pending": "◷",
    "Running": "●",
    "Succeeded": "✔",
    "Failed": "✖",
    "Error": "✖",
    "Skipped": "○",
    "Omitted": "○",
}
PLAIN = {"◷": "~", "●": "*", "✔": "+", "✖": "x", "○": "o", "·": "-", "…": "~", "─": "-"}
_LONGEST = 40


def mark(phase: str, *, unicode: bool = True) -> str:
    """Return the sign of a phase, one column wide."""
    found = MARKS.get(phase, "·")
    return found if unicode else PLAIN[found]


def duration(seconds: float) -> str:
    """Return `0.4s`, `1m02s`, `2h05m`; never less than nothing, whatever the clock did."""
    seconds = max(seconds, 0.0)
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02}s"
    return f"{minutes // 60}h{minutes % 60:02}m"


def taken(node: Node, now: float | None = None) -> str:
    """Return how long a node took, or has taken until `now`; nothing where it did not run."""
    end = node.finished if node.done else now
    if node.started is None or end is None or node.phase in ("Skipped", "Omitted", "Pending"):
        return ""
    return duration(end - node.started)


def outputs(node: Node) -> str:
    """Return the output parameters in one line, those that are not our own."""
    shown = {name: value for name, value in node.parameters.items() if name[0] != "_"}
    return " ".join(f"{name}={short(value)}" for name, value in shown.items())


def short(value: str) -> str:
    """Return the beginning of a value in one line that cannot steer a terminal."""
    line = plain(" ".join(value[: 4 * _LONGEST].split()))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def cut(text: str, room: int) -> str:
    """Return what of `text` fits into `room` columns of a terminal."""
    if text.isascii() and len(text) <= room:
        return text
    if columns(text) <= room:
        return text
    used, kept = 0, ""
    for letter in text:
        used += columns(letter)
        if used > room - 1:
            break
        kept += letter
    return f"{kept}…" if room > 0 else ""


def columns(text: str) -> int:
    """Return how many columns of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(letter) in ("W", "F") for letter in text)
    return len(text) + wide - sum(bool(unicodedata.combining(letter)) for letter in text)
