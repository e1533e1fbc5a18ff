"""Where values come from, as a table for people and as JSON."""

import json
from collections.abc import Sequence
from typing import Any

from argosy.report.diagnostics import plain
from argosy.report.document import document
from compiler.explanation import Explained, Via
from compiler.problems import Location

_PATH, _VALUE, _LEAST = 40, 36, 24


def table(values: Sequence[Explained], width: int) -> str:
    """Return a line for each value: its path, the value cut to fit, who gave it."""
    paths, origins = [plain(v.dotted) for v in values], [origin(v) for v in values]
    left = min(max(map(len, paths), default=0), _PATH)
    places = [who.partition(",")[0] for who in origins]
    room = width - left - max(map(len, places), default=0) - 4
    shown = [_cut(_text(v.value), max(min(room, _VALUE), _LEAST)) for v in values]
    middle = max(map(len, shown), default=0)
    rows = zip(paths, shown, origins)
    return "".join(f"{path:<{left}}  {value:<{middle}}  {who}\n" for path, value, who in rows)


def single(value: Explained) -> str:
    """Return one value whole, and who gave it."""
    text = value.value if isinstance(value.value, str) else _text(value.value)
    return f"{plain(text.rstrip())}\n  {origin(value)}\n"


def origin(value: Explained) -> str:
    """Return `argosy.yaml:14 profile, by small of argosy.yaml:30`, or `tool`."""
    if value.at is None:
        return value.layer
    ways = "".join(f", by {_text(via.value)} of {_place(via.at)}" for via in value.via)
    return plain(f"{_place(value.at)} {value.layer}{ways}")


def as_json(pipeline: str, environment: str, values: Sequence[Explained]) -> str:
    """Return the values as JSON, by the schema `explanation`."""
    body = {
        "version": 1,
        "pipeline": pipeline,
        "environment": environment,
        "values": [_row(value) for value in values],
    }
    return document(body)


def _row(value: Explained) -> dict[str, Any]:
    row = {"path": list(value.path), "value": value.value, "layer": value.layer}
    row |= _position(value.at)
    return row | {"via": [_step(via) for via in value.via]}


def _step(via: Via) -> dict[str, Any]:
    return {"value": via.value, "layer": via.layer, **_position(via.at)}


def _position(at: Location | None) -> dict[str, Any]:
    return {"file": at.file, "line": at.line, "column": at.column} if at else {}


def _place(at: Location) -> str:
    return f"{at.file}:{at.line}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cut(text: str, width: int) -> str:
    line = text.strip().split("\n", 1)[0]
    whole = line == text.strip() and len(line) <= width
    return plain(line) if whole else f"{plain(line)[: width - 1]}…"
