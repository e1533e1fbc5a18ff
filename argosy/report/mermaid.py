"""A graph as Mermaid, which GitHub draws in Markdown."""

from collections.abc import Iterator

from compiler.outline import Edge, Node, Outline

_SHAPES = {
    "select": ("{{", "}}"),
    "register": ("([", "])"),
    "approval": ("{", "}"),
    "resource": ("[(", ")]"),
    "pipeline": ("[/", "/]"),
}
_MANY = ("[[", "]]")
_ARROWS = {"data": "-->", "order": "-.->"}
_ENTITIES = {'"': "#quot;", "#": "#35;", "&": "#amp;", "<": "#lt;", ">": "#gt;", "`": "#96;"}
_LONGEST = 60


def mermaid(outline: Outline) -> str:
    """Return the graph from top to bottom: handlers in boxes of their own, mere order dotted."""
    lines = ["flowchart TD", *(f"  {_node(node)}" for node in outline.steps)]
    lines += [f"  {_edge(edge)}" for edge in outline.edges]
    for event in dict.fromkeys(node.event for node in outline.nodes if node.event):
        lines.append(f'  subgraph on_{event}["on {event}"]')
        lines += [f"    {_node(node)}" for node in outline.nodes if node.event == event]
        lines.append("  end")
    lines += _styles(outline)
    return "\n".join(lines) + "\n"


def _node(node: Node) -> str:
    opening, closing = _MANY if node.axes else _SHAPES.get(node.kind, ("[", "]"))
    return f'{_id(node.name)}{opening}"{"<br/>".join(map(_escaped, label(node)))}"{closing}'


def _edge(edge: Edge) -> str:
    return f"{_id(edge.source)} {_ARROWS[edge.kind]} {_id(edge.target)}"


def _styles(outline: Outline) -> Iterator[str]:
    """Steps that may be skipped have a broken border, those that may fail a thin one."""
    for name, style, marked in (
        ("conditional", "stroke-dasharray: 5 5", [n for n in outline.nodes if n.when]),
        ("tolerated", "stroke-width: 1px, opacity: 0.7", [n for n in outline.nodes if n.tolerated]),
    ):
        if marked:
            yield f"  classDef {name} {style.replace(', ', ',')}"
            yield f"  class {','.join(_id(node.name) for node in marked)} {name}"


def label(node: Node) -> list[str]:
    """Return the lines that tell of a node: its name and number, what it is, when it runs."""
    lines = [node.name]
    if node.axes:
        lines = [f"{node.name} × {node.count}" if node.count else f"{node.name} for each item"]
    if node.axes and node.axes != ("list",):
        lines.append(" × ".join(node.axes))
    if node.kind in _SHAPES and node.kind != node.name:
        lines.append(node.kind)
    if node.when:
        lines.append(f"if {node.when}")
    return lines + (["may fail"] if node.tolerated else [])


def _escaped(text: str) -> str:
    cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return "".join(_ENTITIES.get(letter, letter) for letter in cut.replace("\n", " "))


def _id(name: str) -> str:
    """Return an identifier: words such as `end` mean something to Mermaid."""
    return f"s_{name.replace('-', '_')}"
