"""A run as JSON, by the schema `report`: what the page tells, without its pictures."""

from typing import Any

from argosy.report.document import document
from argosy.report.run_view import RunView
from compiler.record import as_data


def as_json(run: RunView) -> str:
    """Return all that a report tells as JSON."""
    data: dict[str, Any] = {"version": 1, **as_data(run), "duration": run.took}
    for step in data["steps"]:
        for artifact in step["artifacts"]:
            del artifact["preview"]["image"]
    return document(data)
