"""A graph as a picture in a terminal: boxes in layers, lines between them."""

from collections.abc import Iterator, Mapping, Sequence

from argosy.report.channel import channel
from argosy.report.layout import Spot, arrange
from argosy.report.mermaid import label
from compiler.outline import Node, Outline, implied
from compiler.record import replace

_ASCII = dict(zip(map(ord, "│┊║─═▼×…←"), "|:|-=vx.<")) | {ord(c): "+" for c in "┘└┐┌┤├┴┬┼╔╗╚╝╤"}
_NAME, _DETAIL, _APART = 30, 24, 3


def picture(outline: Outline, width: int, *, unicode: bool = True) -> str | None:
    """Return the boxes of the steps in at most `width` columns; None where they do not fit.

    Steps with the same neighbours share a box when each on its own would be too wide.
    """
    pieces = [_piece(part, width) for part in _connected(outline)]
    if any(piece is None for piece in pieces):
        return None
    lines = _packed([piece for piece in pieces if piece], width)
    text = "".join(f"{line.rstrip()}\n" for line in lines)
    return text if unicode else text.translate(_ASCII)


def _connected(outline: Outline) -> list[Outline]:
    """Split a graph into those parts that no edge joins."""
    part = {node.name: {node.name} for node in outline.steps}
    for edge in outline.edges:
        if part[edge.source] is not part[edge.target]:
            part[edge.source] |= part[edge.target]
            part.update(dict.fromkeys(part[edge.target], part[edge.source]))
    groups = {id(names): names for names in part.values()}
    return [_part(outline, names) for names in groups.values()]


def _part(outline: Outline, names: set[str]) -> Outline:
    nodes = tuple(node for node in outline.steps if node.name in names)
    edges = tuple(edge for edge in outline.edges if edge.source in names)
    return replace(outline, nodes=nodes, edges=edges)


def _piece(outline: Outline, width: int) -> list[str] | None:
    """Return the lines of one part, all of one length."""
    for groups in (_alone(outline), _folded(outline)):
        boxes = {name: _box(nodes) for name, nodes in groups.items()}
        sizes = {name: len(lines[0]) for name, lines in boxes.items()}
        layers = arrange(sizes, _edges(outline, groups))
        if max(spot.left + spot.width for layer in layers for spot in layer) <= width:
            return _drawn(layers, boxes)
    return None


def _packed(pieces: Sequence[list[str]], width: int) -> Iterator[str]:
    """Put the parts beside each other as far as there is room, else below each other."""
    shelf: list[list[str]] = []
    for piece in pieces:
        if shelf and sum(len(p[0]) + _APART for p in (*shelf, piece)) - _APART > width:
            yield from (*_beside(shelf), "")
            shelf = []
        shelf.append(piece)
    yield from _beside(shelf)


def _beside(pieces: Sequence[list[str]]) -> Iterator[str]:
    for row in range(max(map(len, pieces), default=0)):
        cells = (piece[row] if row < len(piece) else " " * len(piece[0]) for piece in pieces)
        yield (" " * _APART).join(cells)


def _alone(outline: Outline) -> dict[str, list[Node]]:
    return {node.name: [node] for node in outline.steps}


def _folded(outline: Outline) -> dict[str, list[Node]]:
    """Group steps of one kind that wait for the same and are waited for by the same."""
    groups: dict[object, list[Node]] = {}
    for node in outline.steps:
        before = frozenset(e.source for e in outline.edges if e.target == node.name)
        after = frozenset(e.target for e in outline.edges if e.source == node.name)
        alike = (before, after, node.kind, node.count, node.when, node.tolerated)
        groups.setdefault(alike, []).append(node)
    return {nodes[0].name: nodes for nodes in groups.values()}


def _edges(outline: Outline, groups: Mapping[str, Sequence[Node]]) -> list[tuple[str, str]]:
    """The lines to draw: what other lines say already is left out."""
    box = {node.name: name for name, nodes in groups.items() for node in nodes}
    found = list(dict.fromkeys((box[e.source], box[e.target]) for e in outline.edges))
    after: dict[str, list[str]] = {}
    for source, target in found:
        after.setdefault(source, []).append(target)
    return [(s, t) for s, t in found if not implied(s, t, after)]


def _box(nodes: Sequence[Node]) -> list[str]:
    first, *details = label(nodes[0])
    if len(nodes) > 1:
        first, details = f"{len(nodes)} steps", [f"{nodes[0].name} … {nodes[-1].name}", *details]
    lines = [_cut(first, _NAME), *(_cut(line, _DETAIL) for line in details)]
    width = max(map(len, lines))
    many = nodes[0].axes or len(nodes) > 1
    side = "║" if many else "┊" if nodes[0].when else "│"
    middle = [f"{side} {line:^{width}} {side}" for line in lines]
    bar = "═" if many else "─"
    corners = "╔╗╚╝" if many else "┌┐└┘"
    top = f"{corners[0]}{bar * (width + 2)}{corners[1]}"
    return [top, *middle, f"{corners[2]}{bar * (width + 2)}{corners[3]}"]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _drawn(layers: Sequence[Sequence[Spot]], boxes: Mapping[str, Sequence[str]]) -> list[str]:
    rows: list[dict[int, str]] = []
    for number, layer in enumerate(layers):
        height = max(len(boxes[spot.name]) for spot in layer if not spot.passing)
        rows += _layer(layer, boxes, height)
        rows += channel(layer) if number + 1 < len(layers) else []
    columns = max(max(row, default=0) for row in rows) + 1
    return ["".join(row.get(column, " ") for column in range(columns)) for row in rows]


def _layer(
    layer: Sequence[Spot], boxes: Mapping[str, Sequence[str]], height: int
) -> list[dict[int, str]]:
    rows: list[dict[int, str]] = [{} for _ in range(height)]
    for spot in layer:
        lines = boxes.get(spot.name, ())
        for row, line in zip(rows, lines):
            row.update(enumerate(line, spot.left))
        for row in rows[len(lines) :] if spot.below else ():
            row[spot.middle] = "│"
        if spot.below and lines:
            border = rows[len(lines) - 1]
            border[spot.middle] = "╤" if border[spot.middle] == "═" else "┬"
    return rows


def listing(outline: Outline, width: int, *, unicode: bool = True) -> str:
    """Return a line for each step, or for several that are alike, and what it waits for."""
    groups = _folded(outline)
    names = {name: _called(nodes) for name, nodes in groups.items()}
    before: dict[str, list[str]] = {name: [] for name in groups}
    for source, target in _edges(outline, groups):
        before[target].append(_several(groups[source]))
    left = min(max(map(len, names.values()), default=0), width * 3 // 5)
    lines = []
    for name, shown in names.items():
        waits = f"  ← {', '.join(before[name])}" if before[name] else ""
        lines.append(_cut(f"{_cut(shown, left):<{left}}{waits}".rstrip(), width))
    text = "".join(f"{line}\n" for line in lines)
    return text if unicode else text.translate(_ASCII)


def _called(nodes: Sequence[Node]) -> str:
    first, *details = label(nodes[0])
    if len(nodes) > 1:
        first = f"{_several(nodes)}, {len(nodes)} steps"
    return f"{first} ({', '.join(details)})" if details else first


def _several(nodes: Sequence[Node]) -> str:
    return nodes[0].name if len(nodes) == 1 else f"{nodes[0].name} … {nodes[-1].name}"
