"""The sections of a report that tell of the whole: summary, metrics, artifacts, models."""

from collections import Counter
from collections.abc import Iterator, Sequence

from argosy.report import run_pictures, run_tables
from argosy.report.markup import Child, Markup, element
from argosy.report.run_artifacts import Artifact, Preview
from argosy.report.run_hardware import Costs
from argosy.report.run_marks import badge, known, state
from argosy.report.run_metrics import Chart
from argosy.report.run_tables import Numbered, scroll, values
from argosy.report.run_view import Model, RunView, Step
from argosy.report.run_words import figure, moment, money, size, span

_WRONG = 30


def summary(run: RunView) -> Iterator[Child]:
    """Yield how the run went, and what it was given."""
    costs, cpu = run.costs, [step.used.cpu for step in run.steps if step.used]
    facts = [
        ("Duration" if run.finished else "Running for", span(run.took), True),
        ("Steps", f"{len(run.steps):,}", True),
        ("Cost", f"{money(costs.run)} {costs.currency}" if costs else "", True),
        ("Processor time", span(sum(cpu)) if cpu else "", True),
        ("Started", moment(run.started), False),
        ("Finished", moment(run.finished), False),
        ("Pipeline", run.workflow, False),
        ("Environment", run.environment, False),
        ("Source revision", run.source, False),
        ("Runtime", run.runtime, False),
        ("Machine", run.host, False),
        ("Argosy", run.tool, False),
    ]
    yield element("dl", *(_fact(*fact) for fact in facts if fact[1]), class_="facts")
    if run.steps:
        yield from _tally(run)
    if run.message:
        yield element("p", run.message, class_="soft")
    if run.parameters:
        yield element("h3", "Parameters", class_="apart")
        yield values(run.parameters)
    for note in run.notes:
        yield element("p", note, class_="soft")


def _fact(name: str, value: str, large: bool) -> Markup:
    look = "large" if large else "mono" if name == "Source revision" else None
    short = f"{value[:12]}…" if name == "Source revision" and len(value) > 20 else value
    return element("div", element("dt", name), element("dd", short, class_=look, title=value))


def _tally(run: RunView) -> Iterator[Markup]:
    counts = Counter(state(step) for step in run.steps)
    bars, left = [], 0.0
    for phase, count in counts.items():
        width = 100 * count / len(run.steps)
        place = {"x": f"{left:.2f}%", "width": f"{width:.2f}%"}
        bars.append(element("rect", **place, height=8, class_=known(phase)))
        left += width
    yield element("svg", *bars, class_="meter", aria_hidden="true")
    told = (element("li", badge(phase), f" {count:,}") for phase, count in counts.items())
    yield element("ul", *told, class_="tally")


def wrong(run: RunView) -> Markup | None:
    """Return what failed, the first things first; None if nothing did."""
    failed = [(n, s) for n, s in enumerate(run.steps) if s.phase in ("Failed", "Error")]
    if not failed:
        return None
    rows: list[Child] = []
    for number, step in failed[:_WRONG]:
        link = element("a", step.label, href=f"#s{number}")
        log = element("a", "log", href=f"#l{number}") if step.log else None
        rows.append(element("li", link, f": {step.reason} ", log))
    if len(failed) > _WRONG:
        rows.append(element("li", f"and {len(failed) - _WRONG} more"))
    title = "1 step failed" if len(failed) == 1 else f"{len(failed)} steps failed"
    head = element("header", element("h2", title, id="h-wrong"))
    return element(
        "section", head, element("ul", *rows), class_="wrong", id="wrong", aria_labelledby="h-wrong"
    )


def metrics(charts: Sequence[Chart]) -> Markup:
    """Return a card for each metric: a number, dots to compare, or curves."""
    return element("div", *(_chart(chart) for chart in charts), class_="charts")


def _chart(chart: Chart) -> Markup:
    source = "MLflow" if chart.source == "mlflow" else "outputs"
    head = element("h3", chart.name, element("small", source))
    body: list[Child] = []
    if chart.series:
        body = [run_pictures.curves(chart), _legend(chart)]
    elif len(chart.bars) == 1:
        only = chart.bars[0]
        body = [
            element("p", figure(only.value), class_="large"),
            element("p", only.step, class_="soft"),
        ]
    else:
        rows = zip(chart.bars, run_pictures.dots(chart))
        lines = (
            element("li", _name(one.step), dot, element("span", figure(one.value), class_="end"))
            for one, dot in rows
        )
        body = [
            element("ul", *lines, class_="rows", tabindex=0, role="list", aria_label=chart.name)
        ]
    if chart.left_out:
        body.append(element("p", f"and {chart.left_out:,} more", class_="soft"))
    return element("div", head, *body, class_="chart")


def _name(text: str) -> Markup:
    return element("span", element("span", text), class_="name", title=text)


def _legend(chart: Chart) -> Markup:
    rows = []
    for number, series in enumerate(chart.series):
        line = element("path", d="M0 5H26", class_=f"c{number % 8}")
        swatch = element("svg", line, class_="line", viewBox="0 0 26 10", aria_hidden="true")
        last = figure(series.points[-1].value)
        rows.append(
            element("li", swatch, f" {series.run}: {last} at the end of {len(series.points)}")
        )
    return element("ul", *rows, class_="legend")


def artifacts(steps: Numbered, place: str) -> Markup:
    """Return a card for each artifact, with a look at what can be looked at."""
    cards = (
        _artifact(number, step, found, place) for number, step in steps for found in step.artifacts
    )
    return element("div", *cards, class_="things")


def _artifact(number: int, step: Step, found: Artifact, place: str) -> Markup:
    files = f", {found.files:,} files" if found.files > 1 else ""
    told = f"{size(found.size)}{files}" if found.size is not None else found.preview.note
    title = element("h3", found.name)
    by = element("span", "by ", element("a", step.label, href=f"#s{number}"), class_="soft")
    digest = None
    if found.digest:
        digest = element("p", found.digest, class_="mono short", title=found.digest)
    save = run_tables.save(place, "artifact", step.name, found.name) if found.files == 1 else None
    path = element("p", found.path, " · ", told, " ", save)
    head = element("header", title, by)
    shown = look(found.preview, found.name)
    return element("article", head, path, digest, shown, class_="thing", data_step=number)


def look(preview: Preview, name: str) -> Markup | None:
    """Return a preview: a picture, a table, text, or a remark."""
    more = element("p", "the beginning of it") if preview.cut and not preview.note else None
    note = element("p", preview.note) if preview.note and preview.kind != "missing" else None
    if preview.kind == "image":
        shown: Child = element("img", src=preview.image, alt=f"Picture: {name}")
    elif preview.kind == "table" and preview.rows:
        shown = _cells(preview, name)
    elif preview.kind == "folder" and preview.rows:
        pairs = (
            (element("th", f, scope="row"), element("td", size(int(s)), class_="number"))
            for f, s in preview.rows
        )
        body = element("tbody", *(element("tr", *pair) for pair in pairs))
        shown = scroll(
            f"Files of {name}", element("table", element("caption", name, class_="unseen"), body)
        )
    elif preview.text:
        shown = element(
            "pre", preview.text, tabindex=0, role="region", aria_label=f"Text of {name}"
        )
    else:
        shown = None
    return element("div", shown, more, note, class_="look") if shown or note else None


def _cells(preview: Preview, name: str) -> Markup:
    first, *rest = preview.rows
    head = element("thead", element("tr", *(element("th", cell, scope="col") for cell in first)))
    rows = (element("tr", *(element("td", cell) for cell in row)) for row in rest)
    caption = element("caption", name, class_="unseen")
    return scroll(f"Rows of {name}", element("table", caption, head, element("tbody", *rows)))


def costs(found: Costs | None) -> Markup | None:
    """Return what the run costs by the prices of its environment, and what is not in that."""
    if found is None:
        return element(
            "p",
            "The environment had no prices when the run started: no cost is told.",
            class_="soft",
        )
    most = "" if found.most is None else f", at most {money(found.most)} by its time-outs"
    gaps = f"; not in it: {', '.join(found.gaps)}" if found.gaps else ""
    told = f"{money(found.run)} {found.currency} for the time that steps took{most}{gaps}."
    return element(
        "p", told, " Cores, memory and accelerators as asked for, by the hour.", class_="soft"
    )


def models(found: Sequence[Model]) -> Markup:
    """Return a card for each registered version, with where it came from."""
    return element("div", *(_model(one) for one in found), class_="things")


def _model(one: Model) -> Markup:
    aliases = f"@{', @'.join(one.aliases)}" if one.aliases else ""
    head = element("header", element("h3", f"{one.model} version {one.version}"), _soft(aliases))
    groups = {
        "metric": {name: figure(value) for name, value in one.metrics.items()},
        "param": one.params,
        "input": one.data,
        "": {k: v for k, v in one.lineage.items() if k != "registration_key"},
    }
    told = {
        f"{group} {name}".strip(): value
        for group, pairs in groups.items()
        for name, value in pairs.items()
    }
    return element("article", head, values(told), class_="thing")


def _soft(text: str) -> Markup:
    return element("span", text, class_="soft")
