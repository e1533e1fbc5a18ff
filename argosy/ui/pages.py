"""The pages: the list of runs, a run with what may be asked of it, the way in."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from urllib.parse import quote

from argosy.engine.journal import RunSummary
from argosy.report import run_html
from argosy.report.markup import Child, Markup, element, join
from argosy.report.run_marks import badge, sprite, state
from argosy.report.run_tables import grid, number_cell
from argosy.report.run_view import RunView
from argosy.report.run_words import moment, span

SHOWN = 500
_ENTRY = "This page needs the address that `argosy ui` printed: it carries the token."


def policy() -> str:
    """Return the policy of every page: our own style and script, requests to this server alone."""
    style = run_html.digest(run_html.asset("page.css"))
    scripts = " ".join(f"'{run_html.digest(text)}'" for text in _scripts())
    return (
        f"default-src 'none'; style-src '{style}'; script-src {scripts}; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@cache
def _scripts() -> tuple[Markup, Markup]:
    live = (files("argosy.ui") / "live.js").read_text("utf-8")
    return run_html.asset("page.js"), Markup(live)


def _page(title: str, body: Child, secret: str, watch: str) -> str:
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="argosy-secret", content=secret),
        element("meta", name="argosy-watch", content=watch),
        element("title", title),
        element("style", run_html.asset("page.css")),
    )
    scripts = [element("script", text) for text in _scripts()]
    whole = element("html", head, element("body", body, *scripts), lang="en")
    return f"<!doctype html>\n{whole}\n"


def entry() -> str:
    """Return the way in: its script takes the token from the address and opens a session."""
    title = element("div", element("h1", "Argosy"), class_="title")
    words = element("p", _ENTRY, id="entry", role="status")
    inside = element("section", element("noscript", "It needs JavaScript. "), words)
    body = join((_top(title), element("div", element("main", inside), class_="frame single")))
    return _page("Argosy", body, "", "")


def _top(*children: Child) -> Markup:
    return element("header", element("div", *children), class_="top")


def runs(found: Sequence[RunSummary], total: int, secret: str, told: float) -> str:
    """Return the list of the newest runs."""
    brand = element("p", "Argosy", class_="brand")
    title = element("div", brand, element("h1", "Runs"), class_="title")
    said = element("output", id="said", role="status")
    side = element("div", said, *_links(), class_="tools")
    rows = [_row(one, told) for one in found]
    heads = ("Run", "State", "Pipeline", "Environment", "Started", "Took")
    more = f"the newest {len(found):,} of {total:,}" if total > len(found) else f"{total:,}"
    head = element("header", element("h2", "All runs", id="h-runs"), element("p", more))
    empty = element("p", "No runs yet: argosy run PIPELINE starts one.", class_="soft")
    table = grid("Runs", heads, rows, heads[-1:]) if rows else empty
    section = element("section", head, table, id="runs", aria_labelledby="h-runs")
    skip = element("a", "Skip to the runs", href="#main", class_="skip")
    frame = element("div", element("main", section, id="main"), class_="frame single")
    return _page("Runs", join((sprite(), skip, _top(title, side), frame)), secret, "*")


def _row(one: RunSummary, told: float) -> Markup:
    link = element("a", one.name, href=f"/runs/{quote(one.name, safe='')}")
    took = (one.finished or (told if one.phase == "Running" else one.started)) - one.started
    return element(
        "tr",
        element("th", link, scope="row"),
        element("td", badge(one.phase)),
        element("td", one.workflow),
        element("td", one.environment),
        element("td", moment(one.started), data_value=one.started),
        number_cell("" if one.phase == "Damaged" else span(took), took),
    )


def run(view: RunView, secret: str) -> str:
    """Return the report of a run with what may be asked of it."""
    home = element("a", "All runs", href="/", class_="button")
    said = element("output", id="said", role="status")
    deeds = [_deed(*deed) for deed in asked(view)]
    place = f"/runs/{quote(view.name, safe='')}"
    able = element("span", *deeds, class_="deeds tools")
    body = run_html.body(view, (said, able, home, _links()[0]), place)
    return _page(f"{view.name}: {view.phase}", body, secret, view.name)


def asked(view: RunView) -> list[tuple[str, str, str]]:
    """Return what may be asked of a run as it stands: (deed, node, words)."""
    deeds = []
    if view.live:
        waiting = [step for step in view.steps if state(step) == "Suspended"]
        for step in waiting:
            more = f" {step.label}" if len(waiting) > 1 else ""
            deeds += [
                ("approve", step.name, f"Approve{more}"),
                ("reject", step.name, f"Reject{more}"),
            ]
        deeds.append(("stop", "", "Stop"))
    elif view.phase == "Interrupted":
        deeds.append(("resume", "", "Resume"))
    elif view.phase in ("Failed", "Error"):
        deeds.append(("retry", "", "Retry failed steps"))
    return deeds


def _deed(deed: str, node: str, words: str) -> Markup:
    return element("button", words, type="button", data_deed=deed, data_node=node)


def _links() -> tuple[Markup, Markup]:
    return element("button", "MLflow", type="button", data_deed="mlflow"), run_html.theme()
