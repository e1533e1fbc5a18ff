"""The pictures of a report as SVG: the graph, the bars of the timeline, the curves of metrics."""

from collections.abc import Mapping, Sequence

from argosy.report.markup import Markup, element, join
from argosy.report.run_graph import Arrow, Box
from argosy.report.run_marks import known, sign_name, state
from argosy.report.run_metrics import Chart, Series
from argosy.report.run_view import RunView, Step
from argosy.report.run_words import figure, span

_WIDE, _HIGH, _ACROSS, _UNIT, _EDGE = 176, 46, 232, 10, 16
_LETTERS = 22
_ORDER = ("Failed", "Error", "Running", "Suspended", "Pending", "Succeeded", "Cached")
_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)


def graph(run: RunView) -> Markup:
    """Return the boxes and arrows of a run."""
    steps = {step.name: (number, step) for number, step in enumerate(run.steps)}
    drawn, boxes = run.graph, {box.name: box for box in run.graph.boxes}
    width = drawn.columns * _ACROSS - (_ACROSS - _WIDE) + 2 * _EDGE
    height = drawn.rows * _UNIT + 2 * _EDGE
    key = {box.name for box in boxes.values() if _critical(box, steps)}
    order = sorted(drawn.arrows, key=lambda arrow: {arrow.source, arrow.target} <= key)
    return element(
        "svg",
        *(_arrow(arrow, boxes, key) for arrow in order),
        *(_box(box, steps, critical=box.name in key) for box in boxes.values()),
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="group",
        aria_label="Graph of the steps",
    )


Numbered = Mapping[str, tuple[int, Step]]


def _critical(box: Box, steps: Numbered) -> bool:
    return any(steps[name][1].critical for name in box.steps if name in steps)


def _corner(column: int, row: int) -> tuple[int, int]:
    return _EDGE + column * _ACROSS, _EDGE + row * _UNIT


def _arrow(arrow: Arrow, boxes: Mapping[str, Box], key: set[str]) -> Markup:
    source, target = boxes[arrow.source], boxes[arrow.target]
    left, top = _corner(source.column, source.row)
    points = [(left + _WIDE, top + _HIGH // 2)]
    for column, row in arrow.places:
        across, down = _corner(column, row)
        points += [(across, down + _UNIT // 2), (across + _WIDE, down + _UNIT // 2)]
    right, level = _corner(target.column, target.row)
    points.append((right - 7, level + _HIGH // 2))
    path = f"M{points[0][0]} {points[0][1]}"
    for (x, y), (u, v) in zip(points, points[1:]):  # noqa: RUF007 - a type of its own in mypy
        middle = (x + u) // 2
        path += f"H{u}" if y == v else f"C{middle} {y} {middle} {v} {u} {v}"
    look = " key" if arrow.source in key and arrow.target in key else ""
    tip = f"M{right - 8} {level + _HIGH // 2 - 4}l7 4-7 4z"
    return join(
        (
            element("path", d=path, class_=f"arrow{look}"),
            element("path", d=tip, class_=f"tip{look}"),
        )
    )


def _box(box: Box, steps: Numbered, *, critical: bool) -> Markup:
    found = [steps[name] for name in box.steps if name in steps]
    phases = dict.fromkeys(state(step) for _, step in found)
    phase = next((phase for phase in _ORDER if phase in phases), next(iter(phases), "Pending"))
    numbers = [str(number) for number, _ in found]
    many = len(found) > 1
    words = (
        f"{len(found)} steps: {_tally(found)}" if many else _told(found[0][1] if found else None)
    )
    left, top = _corner(box.column, box.row)
    behind = element("rect", x=5, y=5, width=_WIDE, height=_HIGH, rx=9, class_="body")
    return element(
        "a",
        element("title", f"{box.label}: {words}"),
        behind if many else None,
        element("rect", width=_WIDE, height=_HIGH, rx=9, class_="body"),
        element(
            "path",
            d=f"M9 .5H6v{_HIGH - 1}h3A8.5 8.5 0 0 1 .5 {_HIGH - 9}V9A8.5 8.5 0 0 1 9 .5",
            class_="stripe",
        ),
        element(
            "use", href=f"#i-{sign_name(phase)}", x=14, y=9, width=12, height=12, class_="sign"
        ),
        element("svg", *_lines(box, found, many=many), x=32, width=_WIDE - 36, height=_HIGH),
        href=f"#s{numbers[0]}" if numbers and not many else "#steps",
        class_=f"box {known(phase)}{' key' if critical else ''}",
        transform=f"translate({left} {top})",
        data_steps=" ".join(numbers),
        data_words=box.label.partition(" … ")[0] if many else None,
    )


def _lines(box: Box, found: Sequence[tuple[int, Step]], *, many: bool) -> tuple[Markup, Markup]:
    """Return the two lines of a box; what is wider than they are told to be is cut by its frame."""
    first = element("text", _middle(box.label, _LETTERS), y=20)
    return first, element("text", _second(found, many=many), y=36, class_="small")


def _told(step: Step | None) -> str:
    if step is None:
        return "to come"
    return ", ".join(part for part in (state(step), span(step.took), step.reason) if part)


def _tally(found: Sequence[tuple[int, Step]]) -> str:
    counts: dict[str, int] = {}
    for _, step in found:
        counts[state(step)] = counts.get(state(step), 0) + 1
    return ", ".join(f"{count} {phase}" for phase, count in counts.items())


def _second(found: Sequence[tuple[int, Step]], *, many: bool) -> str:
    if many:
        told = [one for one in found if state(one[1]) != "Succeeded"] or found
        return _middle(f"{len(found)} steps · {_tally(told)}", 25)
    step = found[0][1] if found else None
    if step is None:
        return "Pending"
    tries = f"{len(step.attempts)} attempts" if len(step.attempts) > 1 else ""
    shown = span(step.took) if step.phase in ("Succeeded", "Failed", "Error") else state(step)
    return " · ".join(part for part in (shown, tries, "cached" if step.cached else "") if part)


def _middle(text: str, limit: int) -> str:
    """Leave out the middle of what is too long: ends of names tell most."""
    if len(text) <= limit:
        return text
    end = (limit - 1) // 2
    return f"{text[: limit - 1 - end]}…{text[-end:]}"


def axis(run: RunView) -> Markup:
    """Return the times above the timeline, at steps that people count in."""
    step = next((tick for tick in _TICKS if run.took / tick <= 6), max(run.took / 6, 1.0))
    marks = []
    for number in range(int(run.took / step) + 1 if run.took else 1):
        part = 100 * number * step / (run.took or 1)
        anchor = "start" if part < 2 else "end" if part > 96 else "middle"
        marks.append(
            element("text", _tick(number * step), x=f"{part:.2f}%", y=13, text_anchor=anchor)
        )
    return element("svg", *marks, class_="bar", aria_hidden="true")


def _tick(seconds: float) -> str:
    return "0" if not seconds else span(seconds).replace(".0 s", " s")


def bar(step: Step, run: RunView) -> Markup:
    """Return when a step waited and ran, each attempt by itself."""
    drawn = []
    if step.ready is not None and step.started is not None and step.started > step.ready:
        start, end = _part(step.ready, run), _part(step.started, run)
        drawn.append(
            element("line", x1=f"{start:.2f}%", x2=f"{end:.2f}%", y1=8.5, y2=8.5, class_="wait")
        )
    tries = [one for one in step.attempts if one.started is not None]
    for one in tries:
        start, end = _part(one.started or 0, run), _part(one.finished or run.told, run)
        look = f"mark {known(state(step) if one is tries[-1] else one.phase)}"
        more = " try" if len(tries) > 1 else ""
        place = {"x": f"{start:.2f}%", "width": f"{max(end - start, 0.25):.2f}%"}
        drawn.append(element("rect", **place, y=3, height=11, rx=2.5, class_=look + more))
    if step.critical and tries:
        start, end = _part(step.started or 0, run), _part(step.finished or run.told, run)
        place = {"x": f"{start:.2f}%", "width": f"{max(end - start, 0.25):.2f}%"}
        drawn.append(element("rect", **place, y=16, height=2, class_="key"))
    return element("svg", *drawn, class_="bar", aria_hidden="true")


def _part(at: float, run: RunView) -> float:
    return min(max(100 * (at - run.started) / (run.took or 1), 0), 100)


def dots(chart: Chart) -> list[Markup]:
    """Return a line for each value of a chart, with a dot between the least and the greatest."""
    values = [one.value for one in chart.bars]
    low, high = min(values), max(values)
    drawn = []
    for value in values:
        part = 4 + 92 * (value - low) / (high - low) if high > low else 50
        track = element("line", x1="2%", x2="98%", y1=9, y2=9, class_="track")
        dot = element("circle", cx=f"{part:.2f}%", cy=9, r=5, class_="dot")
        drawn.append(element("svg", track, dot, class_="bar", aria_hidden="true"))
    return drawn


def curves(chart: Chart) -> Markup:
    """Return the histories of a metric in one frame, its limits written at the edges."""
    points = [point for series in chart.series for point in series.points]
    low, high = min(p.value for p in points), max(p.value for p in points)
    first, last = min(p.at for p in points), max(p.at for p in points)
    lines = [_curve(one, (first, last), (low, high), n) for n, one in enumerate(chart.series)]
    texts = [
        element("text", figure(high), x=0, y=11),
        element("text", figure(low), x=0, y=146),
        element("text", figure(first), x=56, y=162),
        element("text", figure(last), x=356, y=162, text_anchor="end"),
    ]
    frame = element("path", d="M56 4V148H356", class_="arrow")
    middle = element("line", x1=56, x2=356, y1=76, y2=76, class_="grid")
    return element(
        "svg",
        middle,
        frame,
        *lines,
        *texts,
        viewBox="0 0 360 166",
        class_="line-chart",
        aria_hidden="true",
    )


def _curve(
    series: Series, across: tuple[float, float], along: tuple[float, float], number: int
) -> Markup:
    def place(value: float, limits: tuple[float, float], size: float) -> float:
        low, high = limits
        return size * (value - low) / (high - low) if high > low else size / 2

    points = " ".join(
        f"{58 + place(p.at, across, 296):.1f},{144 - place(p.value, along, 136):.1f}"
        for p in series.points
    )
    return element("polyline", points=points, class_=f"c{number % 8}")
