"""Where the boxes of a graph stand: a layer for each depth, few crossings, no overlaps.

Columns and rows are those of a terminal. Edges over several layers pass them in a column of
their own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_SWEEPS = 6
_GAP = 2


@dataclass
class Spot:
    """A box, or a column that edges pass through (`width` 1); `left` is its first column."""

    name: str
    width: int
    layer: int
    left: int = 0
    above: "list[Spot]" = field(default_factory=list, repr=False)
    below: "list[Spot]" = field(default_factory=list, repr=False)

    @property
    def middle(self) -> int:
        """The column where lines leave and arrive."""
        return self.left + self.width // 2

    @property
    def passing(self) -> bool:
        """Whether it is no box."""
        return not self.name


def arrange(widths: Mapping[str, int], edges: Iterable[tuple[str, str]]) -> list[list[Spot]]:
    """Return the layers from top to bottom, each from left to right, from column 0 on.

    `edges` are (source, target) without cycles; `widths` gives the columns of each box.
    """
    edges = list(dict.fromkeys(edges))
    depths = _depths(widths, edges)
    spots = {name: Spot(name, width, depths[name]) for name, width in widths.items()}
    layers: list[list[Spot]] = [[] for _ in range(max(depths.values(), default=-1) + 1)]
    for spot in spots.values():
        layers[spot.layer].append(spot)
    for source, target in edges:
        _connect(spots[source], spots[target], layers)
    for sweep in range(_SWEEPS):
        _sort(layers, downwards=sweep % 2 == 0)
    for sweep in range(_SWEEPS):
        _place(layers, downwards=sweep % 2 == 0)
    shift = min((spot.left for layer in layers for spot in layer), default=0)
    for spot in (spot for layer in layers for spot in layer):
        spot.left -= shift
    return layers


def _depths(widths: Mapping[str, int], edges: list[tuple[str, str]]) -> dict[str, int]:
    """The length of the longest way to each box."""
    before: dict[str, list[str]] = {name: [] for name in widths}
    waiting = dict.fromkeys(widths, 0)
    after: dict[str, list[str]] = {name: [] for name in widths}
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
        waiting[target] += 1
    ready, depths = [name for name in widths if not waiting[name]], dict[str, int]()
    for name in ready:
        depths[name] = max((depths[b] + 1 for b in before[name]), default=0)
        for target in after[name]:
            waiting[target] -= 1
            ready += [target] if not waiting[target] else []
    return depths


def _connect(source: Spot, target: Spot, layers: list[list[Spot]]) -> None:
    """Link two spots; one column for all edges of a source that pass a layer."""
    current = source
    for layer in range(source.layer + 1, target.layer):
        known = next((spot for spot in current.below if spot.passing), None)
        if known is None:
            known = Spot("", 1, layer)
            layers[layer].append(known)
            current.below.append(known)
            known.above.append(current)
        current = known
    current.below.append(target)
    target.above.append(current)


def _sort(layers: list[list[Spot]], *, downwards: bool) -> None:
    """Order each layer by the mean place of what it is linked to in the layer before."""
    for layer in layers if downwards else layers[::-1]:
        ranks = {id(s): n for other in layers for n, s in enumerate(other)}
        means = {}
        for number, spot in enumerate(layer):
            linked = spot.above if downwards else spot.below
            places = [ranks[id(other)] for other in linked]
            means[id(spot)] = sum(places) / len(places) if places else number
        layer.sort(key=lambda spot: means[id(spot)])


def _place(layers: list[list[Spot]], *, downwards: bool) -> None:
    """Move each spot towards the middle of its links, as far as its neighbours let it."""
    for layer in layers if downwards else layers[::-1]:
        wanted = []
        for spot in layer:
            linked = spot.above if downwards else spot.below
            linked = linked or spot.above or spot.below
            places = [other.middle for other in linked]
            middle = sum(places) / len(places) if places else spot.middle
            wanted.append(round(middle) - spot.width // 2)
        _spread(layer, wanted)


def _spread(layer: list[Spot], wanted: list[int]) -> None:
    """Give each spot the column it wants, or share the room between those that want the same.

    Spots that would overlap become a block, which stands where its members want on average.
    """
    blocks: list[tuple[list[Spot], list[int]]] = []
    for spot, left in zip(layer, wanted):
        members, starts = [spot], [left]
        while blocks and _end(*blocks[-1]) > round(sum(starts) / len(starts)):
            others, earlier = blocks.pop()
            width = sum(other.width + _GAP for other in others)
            members, starts = [*others, *members], [*earlier, *(s - width for s in starts)]
        blocks.append((members, starts))
    for members, starts in blocks:
        column = round(sum(starts) / len(starts))
        for spot in members:
            spot.left = column
            column += spot.width + _GAP


def _end(members: list[Spot], starts: list[int]) -> int:
    return round(sum(starts) / len(starts)) + sum(spot.width + _GAP for spot in members)
