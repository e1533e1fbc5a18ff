"""A review as Markdown: sections, each with what it is worth when there is not room for all.

Texts of specs stand in it as text: they neither end a fence or an element, nor mention, link or
command anybody.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from argosy.report import cost
from argosy.report.excerpt import clean, cut
from argosy.report.plan import SIGNS, UNCHANGED, footer, line, prunes, stopped, verdict
from argosy.report.plan_graph import mermaid
from argosy.report.words import counted
from compiler.record import record, replace
from gitops.plan import PipelinePlan, Plan, Review

Kind = Literal["removals", "policies", "changes", "new pipelines", "fields", "graphs"]
KINDS: tuple[Kind, ...] = (
    "removals", "policies", "changes", "new pipelines", "fields", "graphs",
)  # fmt: skip
_ENVIRONMENTS, _SECTION, _LINE = 40, 6_000, 400
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;"}
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~-])")
# hosts look for these in the text that Markdown gives, where no escape is left
_REFERENCE = re.compile(r"@|#(?=\d)|(?i:gh)(?=-\d)")
_COMMAND = re.compile("`([A-Za-z0-9][A-Za-z0-9 ._=/-]*)`")


@record
class Section:
    """A part of a document that stands or goes as a whole; `kind` says what it is worth.

    `title` is that of the environment, which stands above the first of its sections.
    """

    kind: Kind
    text: str
    title: str = ""


def markdown(review: Review) -> str:
    """Return the whole review."""
    return f"{head(review)}{joined(sections(review))}{foot(review)}"


def joined(found: Iterable[Section]) -> str:
    """Return sections below the titles of their environments."""
    parts, title = list[str](), ""
    for section in found:
        parts += [section.title] if section.title != title else []
        parts.append(section.text)
        title = section.title
    return "".join(parts)


def head(review: Review) -> str:
    """Return the title, and the verdict of each environment."""
    told = [_verdict(plan) for plan in review.plans[:_ENVIRONMENTS]]
    if more := len(review.plans) - len(told):
        told.append(f"- … and {counted(more, 'more environment')}")
    title = f"## What publishing `{_name(review.project)}` would change\n\n"
    return title + "\n".join(told) + "\n"


def foot(review: Review) -> str:
    """Return where the review comes from, and how to see it again."""
    names = [_name(plan.environment) for plan in review.plans[:_ENVIRONMENTS]]
    flags = " ".join(f"--env {name}" for name in names) if len(names) < 4 else "--all-envs"
    base = f" --base {review.base[:12]}" if review.base else ""
    again = f"see it in a terminal: `argosy plan{base} {flags}`"
    return f"\n---\n<sub>{escaped(cut(footer(review), _LINE))} · {again}</sub>\n"


def sections(review: Review) -> Iterator[Section]:
    """Yield all else, in the order in which it is read."""
    priced = False
    for plan in review.plans:
        yield from _plan_sections(plan)
        priced |= any(pipeline.cost for pipeline in plan.pipelines)
    if priced:
        yield Section("changes", f"\n<sub>{escaped(cost.ASSUMES)}</sub>\n")


def escaped(words: str) -> str:
    """Return text that Markdown shows as it is: no markup, HTML, link, formula or mention."""
    apart = _REFERENCE.sub(lambda match: f"{match[0]}\u200b", _cleaned(words))
    safe = "".join(_ENTITIES.get(c, c) for c in _MARKUP.sub(r"\\\1", apart))
    return re.sub("(?i)(www)[.]", r"\1&#46;", safe.replace("://", ":&#47;/"))


def fenced(lines: Iterable[str], language: str = "") -> str:
    """Return lines in a fence that is longer than any run of backticks in them."""
    # a line that begins with `::`, or has `##[` in it, is a command in the log of a GitHub job
    cleaned = (_cleaned(each).replace("##[", "## [") for each in lines)
    body = "\n".join(f"· {each}" if each.lstrip().startswith("::") else each for each in cleaned)
    longest = max(map(len, re.findall("`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{body}\n{fence}\n"


def _cleaned(words: str) -> str:
    return clean(words.replace("\n", " ").replace("\t", " "))


def _name(words: str) -> str:
    """Return a name that stands between backticks."""
    return re.sub(r"[^\w.-]", "·", cut(words, 80), flags=re.ASCII)


def _verdict(plan: Plan) -> str:
    name, _, told = verdict(plan).partition(": ")
    mark = "⛔ " if plan.severity == "danger" and plan else ""
    refused = any(f.level == "refuse" and not f.suppressed for f in plan.findings)
    mark = "⛔ " if refused else mark
    told = escaped(told).replace(UNCHANGED, f"**{UNCHANGED}**")
    return f"- {mark}**{escaped(cut(name, 80))}**: {told}"


def _plan_sections(plan: Plan) -> Iterator[Section]:
    title = f"\n### {escaped(cut(plan.environment, 80))}\n"
    notes = "".join(f"\n> ⚠️ {escaped(cut(note, _LINE))}\n" for note in plan.notes[:9])
    stops = "".join(
        f"\n> {'⛔' if stop.binds else 'ℹ️'} {escaped(cut(stopped(stop), _LINE))};"
        f" {_typed(cut(stop.passes, _LINE))}\n"
        for stop in plan.stops
    )
    if stops or notes:
        yield Section("removals", stops + notes, title)
    for section in _body(plan):
        yield replace(section, title=title)


def _typed(words: str) -> str:
    """Return text in which a command between backticks stays what a person copies."""
    parts = _COMMAND.split(words)
    return "".join(f"`{p}`" if n % 2 else escaped(p) for n, p in enumerate(parts))


def _body(plan: Plan) -> Iterator[Section]:
    for pipeline in plan.pipelines:
        kind: Kind = "changes"
        if pipeline.severity == "danger":
            kind = "removals"
        elif pipeline.action == "created":
            kind = "new pipelines"
        yield Section(kind, _pipeline(pipeline))
    if plan.changes or plan.kept:
        yield Section("changes", _others(plan))
    if plan.findings:
        yield Section("policies", _policies(plan))
    for pipeline in plan.pipelines:
        if pipeline.fields:
            yield Section("fields", _fields(pipeline))
    for pipeline in plan.pipelines:
        if pipeline.graph:
            yield Section("graphs", _graph(pipeline))


def _pipeline(pipeline: PipelinePlan) -> str:
    action = pipeline.action.upper() if pipeline.severity == "danger" else pipeline.action
    items = [f"⛔ {escaped(cut(prunes(pipeline), 4 * _LINE))}"] if pipeline.pruned else []
    for change in pipeline.changes:
        mark = {"danger": "⛔ ", "attention": "⚠️ "}.get(change.severity, "")
        items.append(f"{mark}{escaped(SIGNS[change.action])} {escaped(cut(line(change), _LINE))}")
    price = f"- cost: {escaped(cost.words(pipeline.cost))}\n" if pipeline.cost else ""
    return f"\n**{escaped(cut(pipeline.name, 80))}** {action}\n\n{_bounded(items)}{price}"


def _others(plan: Plan) -> str:
    items = [f"{escaped(SIGNS[c.action])} {escaped(cut(line(c), _LINE))}" for c in plan.changes]
    items += [f"left alone, not ours: {escaped(cut(path, _LINE))}" for path in plan.kept]
    return f"\n**beside the pipelines**\n\n{_bounded(items)}"


def _bounded(items: list[str]) -> str:
    """Return a list; one that is too long ends with how much more there is."""
    room, kept = _SECTION, list[str]()
    for item in items:
        room -= len(item) + 3
        if room < 0:
            kept.append(f"… and {len(items) - len(kept)} more")
            break
        kept.append(item)
    return "".join(f"- {item}\n" for item in kept)


def _policies(plan: Plan) -> str:
    rows = ["| | policy | pipeline | says | at |", "|---|---|---|---|---|"]
    room = _SECTION
    for number, found in enumerate(plan.findings):
        mark = "➖" if found.suppressed else {"warn": "⚠️", "refuse": "⛔"}[found.level]
        said = f"{found.message} (suppressed: {found.suppressed})" if found.suppressed \
            else found.message  # fmt: skip
        words = [cut(each, _LINE) for each in (found.policy, found.pipeline, said, found.place)]
        row = f"| {mark} | {' | '.join(map(escaped, words))} |"
        room -= len(row)
        if room < 0:
            rows.append(f"| | … and {len(plan.findings) - number} more | | | |")
            break
        rows.append(row)
    return f"\n**policies** {plan.passed}/{plan.policies}\n\n" + "\n".join(rows) + "\n"


def _fields(pipeline: PipelinePlan) -> str:
    lines, room = list[str](), _SECTION
    for field in pipeline.fields:
        told = cut(f"{field.path}: {field.text}", _LINE)
        room -= len(told) + 1
        if room < 0:
            lines.append(f"… and {len(pipeline.fields) - len(lines)} more")
            break
        lines.append(told)
    title = f"{counted(len(pipeline.fields), 'field')} of {escaped(cut(pipeline.name, 80))}"
    return _folded(title, fenced(lines))


def _graph(pipeline: PipelinePlan) -> str:
    drawn = mermaid(pipeline.graph) if pipeline.graph else None
    name = escaped(cut(pipeline.name, 80))
    if drawn is None:
        return f"\nThe graph of {name} changed too much to be drawn.\n"
    return _folded(f"graph of {name}", fenced(drawn.splitlines(), "mermaid"))


def _folded(title: str, body: str) -> str:
    return f"\n<details><summary>{title}</summary>\n\n{body}\n</details>\n"
