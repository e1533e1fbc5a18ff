"""A graph for people, in a terminal, and for programs, as JSON."""

from argosy.report.diagnostics import plain
from argosy.report.document import document
from argosy.report.picture import listing, picture
from compiler.outline import Outline
from compiler.record import as_data


def text(outline: Outline, width: int, *, unicode: bool = True) -> str:
    """Return a picture of the steps, or a list where it would be too wide; then the handlers."""
    drawn = picture(outline, width, unicode=unicode) or listing(outline, width, unicode=unicode)
    events: dict[str, list[str]] = {}
    for node in outline.nodes:
        if node.event:
            events.setdefault(node.event, []).append(node.name)
    ends = "".join(f"on {event}: {', '.join(names)}\n" for event, names in events.items())
    return plain(f"{drawn}\n{ends}" if ends else drawn)


def as_json(outline: Outline) -> str:
    """Return the graph as JSON, by the schema `graph`."""
    body = {
        "version": 1,
        "pipeline": outline.pipeline,
        "environment": outline.environment,
        "nodes": [as_data(node) for node in outline.nodes],
        "edges": [as_data(edge) for edge in outline.edges],
    }
    return document(body)
