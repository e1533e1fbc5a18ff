"""The graph of a run as boxes and arrows: a box for each step where there is room, else groups."""

from collections.abc import Iterator, Sequence

from argosy.report.excerpt import clean, cut
from argosy.report.layout import Spot, arrange
from argosy.report.run_tree import Unit
from compiler.outline import implied
from compiler.record import record

_ROOM, _MOST, _BANDS = 90, 400, 60
_LIMITS = (10**9, 24, 6, 1)
_TALL = 5


@record
class Box:
    """A step, or a group of `steps` in one box; `column` and `row` are where it stands."""

    name: str
    label: str
    column: int
    row: int
    steps: tuple[str, ...]


@record
class Arrow:
    """A line from a box to one that waits for it, by way of `places` (column, row) between."""

    source: str
    target: str
    places: tuple[tuple[int, int], ...] = ()


@record
class Graph:
    """Boxes in `columns` columns and `rows` rows of layout; rows are 1 unit, boxes are 5 high."""

    columns: int
    rows: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def draw(roots: Sequence[Unit], run: str) -> Graph:
    """Return the graph with as few groups as there is room for."""
    for limit in _LIMITS:
        boxes = [box for root in roots for box in _boxes(root, limit, top=True)]
        if len(boxes) <= _ROOM:
            break
    if len(boxes) > _MOST:
        boxes = _bands(boxes)
    return _placed({unit.name: unit for unit in boxes}, _edges(boxes), run)


def _boxes(unit: Unit, limit: int, *, top: bool) -> Iterator[Unit]:
    """Yield steps, and groups of more than `limit` steps as a whole."""
    if unit.is_step or (not top and _more(unit, limit)):
        yield unit
        return
    for part in unit.parts:
        yield from _boxes(part, limit, top=False)


def _more(unit: Unit, limit: int) -> bool:
    return any(number >= limit for number, _ in enumerate(unit.steps()))


def _bands(boxes: Sequence[Unit]) -> list[Unit]:
    """Return a chain of groups: steps of about the same depth in one, where there are too many."""
    depths: dict[str, int] = {}
    for unit in boxes:
        before = [depths.get(before.name, 0) + 1 for before in unit.waited_for()]
        depths[unit.name] = max(before, default=0)
    width = max(depths.values()) // _BANDS + 1
    bands: list[Unit] = []
    for number in range(max(depths.values()) // width + 1):
        parts = [unit for unit in boxes if depths[unit.name] // width == number]
        if not parts:
            continue
        band = Unit(f"{parts[0].name} … {parts[-1].name}", "", before=bands[-1:])
        band.parts = parts
        bands.append(band)
    return bands


def _edges(boxes: Sequence[Unit]) -> list[tuple[str, str]]:
    """Return who waits for whom among the boxes; what other arrows say already is left out."""
    chosen = {unit.name for unit in boxes}
    lasts: dict[str, list[str]] = {}
    found = [
        (last, unit.name)
        for unit in boxes
        for before in unit.waited_for()
        for last in _lasts(before, chosen, lasts)
    ]
    after: dict[str, list[str]] = {}
    for source, target in found:
        after.setdefault(source, []).append(target)
    return [(s, t) for s, t in dict.fromkeys(found) if not implied(s, t, after)]


def _lasts(unit: Unit, chosen: set[str], known: dict[str, list[str]]) -> list[str]:
    """Return the boxes in `unit` that none of its other boxes waits for."""
    if unit.name in chosen:
        return [unit.name]
    if unit.name not in known:
        waited = {before.name for part in unit.parts for before in part.before}
        ends = [part for part in unit.parts if part.name not in waited]
        known[unit.name] = [name for part in ends for name in _lasts(part, chosen, known)]
    return known[unit.name]


def _placed(units: dict[str, Unit], edges: list[tuple[str, str]], run: str) -> Graph:
    layers = arrange(dict.fromkeys(units, _TALL), edges)
    spots = [spot for layer in layers for spot in layer if not spot.passing]
    boxes = tuple(_box(units[spot.name], spot, run) for spot in spots)
    arrows = tuple(arrow for spot in spots for arrow in _arrows(spot))
    rows = max((spot.left + spot.width for layer in layers for spot in layer), default=0)
    return Graph(len(layers), rows, boxes, arrows)


def _arrows(source: Spot) -> Iterator[Arrow]:
    waiting = [(spot, tuple[tuple[int, int], ...]()) for spot in source.below]
    while waiting:
        spot, places = waiting.pop()
        if spot.passing:
            here = (*places, (spot.layer, spot.left))
            waiting += [(further, here) for further in spot.below]
        else:
            yield Arrow(source.name, spot.name, places)


def _box(unit: Unit, spot: Spot, run: str) -> Box:
    label = unit.node.within(run) if unit.node else unit.name.removeprefix(f"{run}.")
    steps = tuple(step.name for step in unit.steps())
    return Box(unit.name, clean(cut(label, 80)), spot.layer, spot.left, steps)
