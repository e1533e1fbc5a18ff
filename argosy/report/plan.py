"""A plan as lines for a terminal, and the words that every form of it shares."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from argosy.report import cost
from argosy.report.diagnostics import plain
from argosy.report.words import counted
from gitops.plan import Change, PipelinePlan, Plan, Review
from gitops.plan_stop import Stop

SIGNS = {"added": "+", "created": "+", "changed": "~", "removed": "-", "renamed": ">"}
UNCHANGED = "no manifest changes"
_COLORS = {"+": "\x1b[32m", "~": "\x1b[33m", "-": "\x1b[31m", ">": "\x1b[35m"}
_DIM, _RESET = "\x1b[2m", "\x1b[0m"
_VERDICTS = {
    "changed": "changed", "created": "added", "renamed": "RENAMED", "removed": "REMOVED",
}  # fmt: skip
_STOPS = {"frozen": "FROZEN", "held": "HELD", "changed": "HELD"}
_FIELDS, _SHORT = 40, 12


def review_text(review: Review, *, color: bool = False) -> str:
    """Return the plans of a review one below the other, and where they come from."""
    parts = [text(plan, color=color) for plan in review.plans]
    return "\n".join([*parts, f"{footer(review)}\n"])


def text(plan: Plan, *, color: bool = False) -> str:
    """Return a plan: the verdict, removals first, and a line that counts."""
    return "\n".join([*lines(plan, color=color), *_details(plan, color), summary(plan)]) + "\n"


def verdict(plan: Plan) -> str:
    """Return `prod: 2 changed, 1 added, 1 REMOVED, policies 14/15`."""
    parts = [
        f"{len(names)} {word}"
        for action, word in _VERDICTS.items()
        if (names := plan.pipelines_with(action))  # type: ignore[arg-type]
    ]
    parts = [f"{', '.join(parts)} of {counted(plan.total, 'pipeline')}"] if parts else []
    if plan and not parts:
        manifests = any(change.subject != "component" for change in plan.changes)
        parts = ["no pipeline changes" if manifests else UNCHANGED]
        parts.append(counted(len(plan.changes), "other change"))
    asked = [f"policies {plan.passed}/{plan.policies}"] if plan.policies else []
    stops = dict.fromkeys(_STOPS[stop.kind] for stop in plan.stops if stop.kind in _STOPS)
    return f"{_inline(plan.environment)}: {', '.join([*(parts or [UNCHANGED]), *asked, *stops])}"


def stopped(stop: Stop) -> str:
    """Return what keeps a plan from being published, why, by whom, and until when."""
    if stop.kind == "frozen":
        return f"frozen until {_day(stop.until)} {stop.timezone}: {stop.reason} ({stop.window})"
    if stop.kind == "held":
        return f"held by {stop.actor} since {stop.since}: {stop.reason}"
    if stop.kind == "changed":
        return f"held since {stop.actor} {stop.reason} ({stop.commit[:10]}, {stop.since})"
    return stop.reason


def _day(moment: str) -> str:
    """Return an ISO 8601 moment for people; what a stranger wrote may be none."""
    with suppress(ValueError):
        return datetime.fromisoformat(moment).strftime("%a %Y-%m-%d %H:%M")
    return moment


def summary(plan: Plan) -> str:
    """Return how much would change, in one line."""
    if not plan:
        return f"No changes. {_inline(plan.environment)} is up to date."
    parts = [
        f"{counted(len(names), 'pipeline')} {action}"
        for action in ("removed", "renamed", "changed", "created")
        if (names := plan.pipelines_with(action))
    ]
    for action in ("removed", "added"):
        if steps := plan.steps_with(action):
            parts.append(f"{counted(steps, 'step')} {action}")
    for number, action in zip(plan.instances(), ("added", "removed")):
        parts += [f"{counted(number, 'step instance')} {action}"] if number else []
    for subject, words in (("component", "component"), ("file", "other file")):
        if found := [change for change in plan.changes if change.subject == subject]:
            parts.append(f"{counted(len(found), words)} changed")
    return f"Plan: {', '.join(parts)}."


def lines(plan: Plan, *, color: bool = False) -> Iterator[str]:
    """Yield the verdict, a line for each pipeline that changes, and one for each change in it."""
    yield verdict(plan)
    for stop in plan.stops:
        yield f"    {_inline(stopped(stop))}"
        yield f"      {_inline(stop.passes)}"
    for note in plan.notes:
        yield f"    note: {_inline(note)}"
    for pipeline in plan.pipelines:
        yield _painted(
            SIGNS[pipeline.action], f"  {_inline(pipeline.name)} {pipeline.action}", color
        )
        if pipeline.pruned:
            yield _painted("-", f"      {prunes(pipeline)}", color)
        for change in pipeline.changes:
            yield _painted(SIGNS[change.action], f"      {line(change)}", color)
        if pipeline.cost:
            yield f"        cost: {_inline(cost.words(pipeline.cost))}"
    for change in plan.changes:
        yield _painted(SIGNS[change.action], f"  {line(change)}", color)
    if plan.kept:
        yield f"    left alone, not ours: {', '.join(_inline(path) for path in plan.kept)}"
    if any(pipeline.cost for pipeline in plan.pipelines):
        yield f"    {cost.ASSUMES}"


def _details(plan: Plan, color: bool) -> Iterator[str]:
    """Yield what policies say, then the fields that differ."""
    for finding in plan.findings:
        reason = f" (suppressed: {finding.suppressed})" if finding.suppressed else ""
        said = f"{finding.level} {finding.policy}: {finding.pipeline}: {finding.message}{reason}"
        yield f"    {_inline(said)} at {_inline(finding.place)}"
    for pipeline in plan.pipelines:
        if pipeline.fields:
            yield f"  fields of {_inline(pipeline.name)}:"
        for found in pipeline.fields[:_FIELDS]:
            shown = f"      {_inline(found.path)}: {_inline(found.text)}"
            yield f"{_DIM}{shown}{_RESET}" if color else shown
        if more := len(pipeline.fields) - _FIELDS:
            yield from [f"      and {more} more: --format json"] if more > 0 else []


def line(change: Change) -> str:
    """Return a change as `step train matrix: + model=svc`."""
    about = " ".join(filter(None, (change.subject, change.name, change.aspect)))
    return _inline(f"{about}: {change.text}" if change.text else about)


def prunes(pipeline: PipelinePlan) -> str:
    """Say what a sync that prunes deletes."""
    return f"a sync that prunes deletes {', '.join(map(_inline, pipeline.pruned))}"


def footer(review: Review) -> str:
    """Say in one line what was compared with what, by which tool."""
    dirty = " with uncommitted changes" if review.dirty else ""
    source = f"source {review.source[:_SHORT]}{dirty}" if review.source else "no source revision"
    against = list(dict.fromkeys(plan.against for plan in review.plans if plan.against))
    shown = [" and ".join(against[:3]) + (" …" if len(against) > 3 else "")] if against else []
    return _inline(" · ".join([source, *(f"against {a}" for a in shown), f"argosy {review.tool}"]))


def _inline(words: str) -> str:
    """Return one line that steers neither a terminal nor the log of a CI."""
    shown = plain(" ".join(words.splitlines())).replace("##[", "## [")
    return f"·{shown}" if shown.lstrip().startswith("::") else shown


def _painted(sign: str, words: str, color: bool) -> str:
    indent = words[: len(words) - len(words.lstrip())]
    shown = f"{indent}{sign} {words.lstrip()}"
    return f"{_COLORS[sign]}{shown}{_RESET}" if color else shown
