"""The graph of a pipeline before and after, as Mermaid; what came, went and changed is marked."""

import re
from collections.abc import Iterator

from gitops.plan_graph import Graph, GraphChange, Node

_MOST, _LONGEST = 60, 60
_PLAIN = re.compile(r"[^A-Za-z0-9 _./×-]")
_CLASSES = {
    "added": "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
    "removed": "fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-dasharray:5 5",
    "changed": "fill:#fff8c5,stroke:#9a6700,color:#1f2328",
}


def mermaid(change: GraphChange) -> str | None:
    """Return both graphs in one picture; None where too much of them changed to be seen.

    Of large graphs only what changed is drawn, with its neighbours.
    """
    marks = _marks(change)
    drawn = {node.name for graph in (change.before, change.after) for node in graph.nodes}
    if len(drawn) > _MOST:
        drawn = _near(change, set(marks))
    if len(drawn) > _MOST:
        return None
    sides = [("before", change.before), ("after", change.after)]
    lines = ["flowchart LR"]
    for title, graph in sides:
        lines += _side(title, graph, drawn, marks) if graph.nodes else ()
    used = set(marks.values())
    lines += [f"  classDef {name} {style}" for name, style in _CLASSES.items() if name in used]
    return "\n".join(lines) + "\n"


def _marks(change: GraphChange) -> dict[str, str]:
    old, new = ({node.name for node in graph.nodes} for graph in (change.before, change.after))
    edges = set(change.before.edges) ^ set(change.after.edges)
    moved = {target for _, target in edges if target in old and target in new}
    marks = dict.fromkeys(moved | (set(change.changed) & old & new), "changed")
    marks |= dict.fromkeys(new - old, "added") if old else {}
    return marks | dict.fromkeys(old - new, "removed")


def _near(change: GraphChange, names: set[str]) -> set[str]:
    edges = {*change.before.edges, *change.after.edges}
    return names | {end for edge in edges if names & set(edge) for end in edge}


def _side(title: str, graph: Graph, drawn: set[str], marks: dict[str, str]) -> Iterator[str]:
    ids = {node.name: f"{title[0]}{number}" for number, node in enumerate(graph.nodes)}
    yield f'  subgraph {title}["{title}"]'
    for node in graph.nodes:
        if node.name in drawn:
            mark = f":::{marks[node.name]}" if node.name in marks else ""
            yield f'    {ids[node.name]}["{_label(node)}"]{mark}'
    if hidden := sum(node.name not in drawn for node in graph.nodes):
        yield f'    {title[0]}more(["and {hidden} more"])'
    for source, target in graph.edges:
        if source in drawn and target in drawn:
            yield f"    {ids[source]} --> {ids[target]}"
    yield "  end"


def _label(node: Node) -> str:
    times = f" × {node.instances}" if node.instances > 1 else ""
    end = " (at the end)" if node.handler else ""
    name = node.name if len(node.name) <= _LONGEST else f"{node.name[: _LONGEST - 1]}…"
    return _PLAIN.sub(lambda match: f"#{ord(match[0])};", f"{name}{times}{end}")
