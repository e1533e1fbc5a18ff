"""The lines between two layers of a picture: buses on rows of their own, crossings as bridges."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from argosy.report.layout import Spot

_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_GLYPHS = {
    **dict.fromkeys((_UP, _DOWN, _UP | _DOWN), "│"),
    **dict.fromkeys((_LEFT, _RIGHT, _LEFT | _RIGHT), "─"),
    _UP | _LEFT: "┘",
    _UP | _RIGHT: "└",
    _DOWN | _LEFT: "┐",
    _DOWN | _RIGHT: "┌",
    _UP | _DOWN | _LEFT: "┤",
    _UP | _DOWN | _RIGHT: "├",
    _UP | _LEFT | _RIGHT: "┴",
    _DOWN | _LEFT | _RIGHT: "┬",
    15: "┼",
}


@dataclass
class _Bus:
    """A line that joins every source with every target; columns, and the row it turns on."""

    sources: list[int]
    targets: list[int]
    row: int = 0

    @property
    def span(self) -> tuple[int, int]:
        columns = (*self.sources, *self.targets)
        return min(columns), max(columns)

    @property
    def straight(self) -> bool:
        return self.span[0] == self.span[1]


def channel(layer: Sequence[Spot]) -> list[dict[int, str]]:
    """Return the rows below `layer`, from top to bottom: the character of each column."""
    buses = _buses(layer)
    _rows(buses)
    height = max((bus.row + 2 for bus in buses if not bus.straight), default=1)
    rows = [_row(buses, number, height) for number in range(height)]
    for spot in (spot for above in layer for spot in above.below):
        rows[-1][spot.middle] = "│" if spot.passing else "▼"
    return rows


def _buses(layer: Sequence[Spot]) -> list[_Bus]:
    """Lines that go to the same targets are one."""
    found: dict[tuple[int, ...], _Bus] = {}
    for spot in layer:
        if spot.below:
            targets = sorted(other.middle for other in spot.below)
            found.setdefault(tuple(targets), _Bus([], targets)).sources.append(spot.middle)
    return list(found.values())


def _rows(buses: list[_Bus]) -> None:
    """Give each bus the first row that is free, below those whose sources start at its targets."""
    placed: list[_Bus] = []
    waiting = sorted(buses, key=lambda bus: (bus.span[1] - bus.span[0], bus.span))
    while waiting:
        bus = next((b for b in waiting if not _blocked(b, waiting)), waiting[0])
        waiting.remove(bus)
        before = [p.row for p in placed if set(p.sources) & set(bus.targets)]
        bus.row = max(before, default=-1) + 1
        while not bus.straight and any(_touch(bus, p) for p in placed if p.row == bus.row):
            bus.row += 1
        bus.row = 0 if bus.straight else bus.row
        placed.append(bus)


def _blocked(bus: _Bus, waiting: list[_Bus]) -> bool:
    return any(other is not bus and set(other.sources) & set(bus.targets) for other in waiting)


def _touch(one: _Bus, other: _Bus) -> bool:
    return not other.straight and one.span[0] <= other.span[1] and other.span[0] <= one.span[1]


def _row(buses: Sequence[_Bus], number: int, height: int) -> dict[int, str]:
    found: dict[int, list[int]] = {}
    for bus in buses:
        for column, mask in _cells(bus, number, height):
            found.setdefault(column, []).append(mask)
    return {column: _glyph(masks) for column, masks in found.items()}


def _cells(bus: _Bus, number: int, height: int) -> Iterator[tuple[int, int]]:
    """Yield the columns of a row that a bus touches, and where to its line goes from there."""
    left, right = bus.span
    columns = range(left, right + 1) if number == bus.row else (*bus.sources, *bus.targets)
    for column in dict.fromkeys(columns):
        mask = 0
        if number == bus.row and not bus.straight:
            mask |= (_LEFT if column > left else 0) | (_RIGHT if column < right else 0)
        if column in bus.sources and number <= bus.row:
            mask |= _UP | (_DOWN if number < bus.row else 0)
        if column in bus.targets and bus.row <= number < height:
            mask |= _DOWN | (_UP if number > bus.row else 0)
        if mask:
            yield column, mask


def _glyph(masks: Sequence[int]) -> str:
    """One line over another is a bridge; lines that turn here meet."""
    upright, level = _UP | _DOWN, _LEFT | _RIGHT
    if upright in masks and all(mask in (upright, level) for mask in masks):
        return _GLYPHS[upright]
    total = 0
    for mask in masks:
        total |= mask
    return _GLYPHS[total]
