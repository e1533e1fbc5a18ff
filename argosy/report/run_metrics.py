"""Numbers that a run put out: those of several steps side by side, and those with a history."""

import math
from collections.abc import Iterable, Sequence

from compiler.record import record

_POINTS, _BARS = 200, 60


@record
class Bar:
    """The value that a step put out."""

    step: str
    value: float


@record
class Point:
    """A value at a step of a training, such as an epoch."""

    at: float
    value: float


@record
class Series:
    """The history of a metric in one run of MLflow."""

    run: str
    points: tuple[Point, ...]


@record
class Chart:
    """A metric: bars of the steps that put it out, or series of those that logged it.

    `source` is `outputs` or `mlflow`; `left_out` counts the bars or series that are not shown.
    """

    name: str
    source: str
    bars: tuple[Bar, ...] = ()
    series: tuple[Series, ...] = ()
    left_out: int = 0


def number(text: str) -> float | None:
    """Return the finite number that `text` is; None if it is none."""
    try:
        value = float(text) if len(text) < 40 and "_" not in text else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def charts(
    outputs: Iterable[tuple[str, str, str]],
    logged: Iterable[tuple[str, str, Sequence[tuple[float, float]]]],
) -> list[Chart]:
    """Return the charts of outputs, and of what MLflow knows besides."""
    own = from_outputs(outputs)
    values = {(chart.name, bar.value) for chart in own for bar in chart.bars}
    return [
        *own,
        *(
            chart
            for chart in from_histories(logged)
            if chart.series or any((chart.name, bar.value) not in values for bar in chart.bars)
        ),
    ]


def from_outputs(outputs: Iterable[tuple[str, str, str]]) -> list[Chart]:
    """Return a chart for each output parameter whose values are numbers: (step, name, value)."""
    found: dict[str, list[Bar]] = {}
    given = list(outputs)
    # the number of a registered version is a name
    versions = {step for step, name, text in given if text.startswith("models:/")}
    texts: set[str] = set()
    for step, name, text in given:
        if name == "version" and step in versions:
            continue
        value = number(text)
        if value is None:
            texts.add(name)
        elif not name.startswith("_"):
            found.setdefault(name, []).append(Bar(step, value))
    return [
        Chart(name, "outputs", tuple(bars[:_BARS]), left_out=max(len(bars) - _BARS, 0))
        for name, bars in found.items()
        if name not in texts
    ]


def from_histories(found: Iterable[tuple[str, str, Sequence[tuple[float, float]]]]) -> list[Chart]:
    """Return a chart for each metric: (metric, run, points); single points become bars."""
    charts: dict[str, list[Series]] = {}
    for name, run, points in found:
        kept = [Point(at, value) for at, value in sorted(points) if math.isfinite(value)]
        if kept:
            charts.setdefault(name, []).append(Series(run, tuple(_thinned(kept))))
    return [_chart(name, series) for name, series in charts.items()]


def _chart(name: str, series: list[Series]) -> Chart:
    left_out = max(len(series) - _BARS, 0)
    series = series[:_BARS]
    if all(len(one.points) == 1 for one in series):
        bars = tuple(Bar(one.run, one.points[0].value) for one in series)
        return Chart(name, "mlflow", bars, left_out=left_out)
    return Chart(name, "mlflow", series=tuple(series), left_out=left_out)


def _thinned(points: list[Point]) -> list[Point]:
    """Keep the first, the last and evenly many between them."""
    if len(points) <= _POINTS:
        return points
    stride = (len(points) - 1) / (_POINTS - 1)
    return [points[round(number * stride)] for number in range(_POINTS)]
