"""A run as one page of HTML that needs nothing else: no network, no server, no fonts, no libraries.

Its policy lets only the style and the script that it carries take effect, by their digests.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from argosy.report import run_pictures, run_sections, run_tables
from argosy.report.markup import Child, Markup, element, join
from argosy.report.run_marks import badge, known, sign, sprite, state
from argosy.report.run_view import RunView, Step
from argosy.report.run_words import moment
from compiler.record import record

MOST = 2000
_FEW = 4


@record
class Section:
    """A part of the page; `count` stands beside its name in the list of contents."""

    key: str
    title: str
    body: Child
    count: int | None = None
    remark: Child = None


def page(run: RunView) -> str:
    """Return the report of a run as a whole document."""
    style, script = asset("page.css"), asset("page.js")
    policy = (
        f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{run.name}: {run.phase}"),
        element("style", style),
    )
    whole = element("html", head, element("body", body(run), element("script", script)), lang="en")
    return f"<!doctype html>\n{whole}\n"


@cache
def asset(name: str) -> Markup:
    """Return a file of this package: it is ours, and holds no `</`."""
    return Markup((files("argosy.report") / name).read_text("utf-8"))


def digest(content: str) -> str:
    """Return what a policy calls a script or a style by."""
    found = hashlib.sha256(content.encode()).digest()
    return f"sha256-{base64.b64encode(found).decode('ascii')}"


def body(run: RunView, tools: Child = None, place: str = "") -> Markup:
    """Return what stands on the page; `tools` are further controls beside the title.

    Where a server gives out artifacts and logs, it does so below `place`.
    """
    sections = list(_sections(run, place))
    links = (
        element("li", element("a", one.title, _count(one.count), href=f"#{one.key}"))
        for one in sections
    )
    contents = element("nav", element("ol", *links), class_="contents", aria_label="Contents")
    parts: list[Child] = []
    for one in sections:
        parts.append(_section(one))
        parts.append(run_sections.wrong(run) if one.key == "summary" else None)
        parts.append(_filter(run) if one.key == "graph" else None)
    told = f"Told by Argosy {run.tool} on {moment(run.told)} · run {run.uid}"
    main = element("main", *parts, element("footer", told), id="main")
    return join(
        (
            sprite(),
            element("a", "Skip to the report", href="#main", class_="skip"),
            _header(run, tools),
            element("div", contents, main, class_="frame"),
        )
    )


def _header(run: RunView, tools: Child) -> Markup:
    brand = element(
        "p", "Argosy · run of ", element("strong", run.workflow or run.name), class_="brand"
    )
    title = element("div", brand, element("h1", run.name), class_="title")
    side = element("div", badge(run.phase, pill=True), tools, theme(), class_="tools")
    return element("header", element("div", title, side), class_="top")


def theme() -> Markup:
    """Return the button that chooses between light and dark."""
    words = ("Theme: ", element("span", "auto"))
    return element("button", *words, type="button", class_="scripted", hidden=True, data_do="theme")


def _count(count: int | None) -> Markup | None:
    return None if count is None else element("span", f"{count:,}", class_="count")


def _section(one: Section) -> Markup:
    remark = element("p", one.remark) if one.remark else None
    head = element("header", element("h2", one.title, id=f"h-{one.key}"), remark)
    return element("section", head, one.body, id=one.key, aria_labelledby=f"h-{one.key}")


def _sections(run: RunView, place: str) -> Iterator[Section]:
    steps = list(run_tables.chosen(run, MOST))
    yield Section("summary", "Summary", list(run_sections.summary(run)))
    if run.graph.boxes:
        yield Section("graph", "Graph", _graph(run), remark=_zoom())
    yield Section("timeline", "Timeline", run_tables.timeline(run, steps))
    more = (
        f"{len(steps):,} of {len(run.steps):,}: what failed or took longest"
        if len(steps) < len(run.steps)
        else None
    )
    yield Section("steps", "Steps", run_tables.table(steps), len(run.steps), more)
    if run.charts:
        yield Section("metrics", "Metrics", run_sections.metrics(run.charts), len(run.charts))
    if kept := sum(len(step.artifacts) for _, step in steps):
        yield Section("artifacts", "Artifacts", run_sections.artifacts(steps, place), kept)
    if told := sum(step.log is not None for _, step in steps):
        yield Section("logs", "Logs", run_tables.logs(steps, place), told)
    currency = run.costs.currency if run.costs else ""
    hardware = (run_tables.hardware(steps, currency), run_sections.costs(run.costs))
    yield Section("hardware", "Hardware and cost", hardware)
    if run.models:
        yield Section("models", "Models", run_sections.models(run.models), len(run.models))


def _zoom() -> Child:
    names = {"out": ("−", "Zoom out"), "in": ("+", "Zoom in"), "fit": ("Fit", "Fit the graph")}
    buttons = (
        element(
            "button",
            sign,
            type="button",
            data_do=deed,
            aria_label=label,
            class_="scripted",
            hidden=True,
        )
        for deed, (sign, label) in names.items()
    )
    return element("span", *buttons, class_="tools")


def _graph(run: RunView) -> Child:
    frame = run_tables.scroll("Graph of the steps", run_pictures.graph(run), more=" graph")
    phases = dict.fromkeys(state(step) for step in run.steps)
    marks = [
        element("li", element("span", sign(phase), " ", phase, class_=f"phase {known(phase)}"))
        for phase in phases
    ]
    line = element(
        "svg",
        element("path", d="M0 5H26", class_="c3"),
        class_="line",
        viewBox="0 0 26 10",
        aria_hidden="true",
    )
    if any(step.critical for step in run.steps):
        marks.append(element("li", line, " critical path"))
    hint = element("li", "the table of steps below tells the same in words")
    return frame, element("ul", *marks, hint, class_="legend")


def _filter(run: RunView) -> Markup | None:
    if len(run.steps) < _FEW:
        return None
    counts = Counter(state(step) for step in run.steps)
    field = element(
        "input",
        type="search",
        placeholder="Find steps…",
        aria_label="Find steps by name, state or message",
        data_do="search",
    )
    every = element("button", "All", type="button", data_phase_button="", aria_pressed="true")
    chips = [
        element(
            "button",
            badge(phase),
            f" {count:,}",
            type="button",
            data_phase_button=phase,
            aria_pressed="false",
        )
        for phase, count in counts.items()
    ]
    key = _key(run.steps)
    shown = element("output", data_count=True, aria_live="polite")
    buttons = element("div", every, *chips, key, class_="chips")
    return element(
        "div",
        field,
        buttons,
        shown,
        class_="filter scripted",
        hidden=True,
        role="search",
        aria_label="Filter the steps",
    )


def _key(steps: tuple[Step, ...]) -> Markup | None:
    if not any(step.critical for step in steps):
        return None
    return element("button", "Critical path", type="button", data_do="key", aria_pressed="false")
