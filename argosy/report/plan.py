"""A plan for people and machines: text, one comment of a pull request, JSON."""

import json
import re
from collections.abc import Iterator

from argosy.report import cost
from argosy.report.diagnostics import plain
from argosy.report.words import counted
from compiler.record import as_data
from gitops.plan import Change, Plan

LONGEST = 60_000  # of the 65,536 characters that a comment may have
SIGNS = {"added": "+", "created": "+", "changed": "~", "removed": "-", "renamed": ">"}
_COLORS = {"+": "\x1b[32m", "~": "\x1b[33m", "-": "\x1b[31m", ">": "\x1b[35m"}
_RESET = "\x1b[0m"


def text(plan: Plan, *, color: bool = False) -> str:
    """Return the plan as lines for a terminal, removals first, and a line that counts."""
    return "\n".join([*lines(plan, color=color), summary(plan)]) + "\n"


def summary(plan: Plan) -> str:
    """Return how much would change, in one line."""
    if not plan:
        return f"No changes. {plan.environment} is up to date."
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
    """Yield a line for each pipeline that changes, and one for each change in it."""
    if plan:
        yield f"{plan.environment}: {len(plan.pipelines)} of {counted(plan.total, 'pipeline')}"
    for pipeline in plan.pipelines:
        yield _painted(SIGNS[pipeline.action], f"  {plain(pipeline.name)} {pipeline.action}", color)
        for change in pipeline.changes:
            yield _painted(SIGNS[change.action], f"      {line(change)}", color)
        if pipeline.cost:
            yield f"        cost: {plain(cost.words(pipeline.cost))}"
    for change in plan.changes:
        yield _painted(SIGNS[change.action], f"  {line(change)}", color)
    if plan.kept:
        yield f"    left alone, not ours: {', '.join(plain(path) for path in plan.kept)}"
    if any(pipeline.cost for pipeline in plan.pipelines):
        yield f"    {cost.ASSUMES}"


def line(change: Change) -> str:
    """Return a change as `step train matrix: + model=svc`."""
    about = " ".join(filter(None, (change.subject, change.name, change.aspect)))
    return plain(f"{about}: {change.text}" if change.text else about)


def _painted(sign: str, words: str, color: bool) -> str:
    indent = words[: len(words) - len(words.lstrip())]
    shown = f"{indent}{sign} {words.lstrip()}"
    return f"{_COLORS[sign]}{shown}{_RESET}" if color else shown


def markdown(plan: Plan, longest: int = LONGEST) -> str:
    """Return one comment: a marker to find it again, the summary, then each pipeline.

    What does not fit is left out from the end, the least grave last, and said to be.
    """
    head = f"<!-- argosy:plan {plan.environment} -->\n### {plan.environment}: {summary(plan)}\n"
    parts, room, left_out = [head], longest - len(head) - 200, 0
    for part in _sections(plan):
        if len(part) <= room and not left_out:
            parts.append(part)
            room -= len(part)
        else:
            left_out += 1
    if left_out:
        parts.append(f"\n… and {left_out} more lines: `argosy plan --env {plan.environment}`\n")
    return "".join(parts)


def _sections(plan: Plan) -> Iterator[str]:
    for pipeline in plan.pipelines:
        yield f"\n**{escaped(pipeline.name)}** {pipeline.action}\n\n"
        if pipeline.cost:
            yield f"- cost: {escaped(cost.words(pipeline.cost))}\n"
        yield from (f"- {_item(change)}\n" for change in pipeline.changes)
    if any(pipeline.cost for pipeline in plan.pipelines):
        yield f"\n{cost.ASSUMES}\n"
    if plan.changes:
        yield "\n**beside the pipelines**\n\n"
    yield from (f"- {_item(change)}\n" for change in plan.changes)


def _item(change: Change) -> str:
    mark = {"danger": "⛔ ", "attention": "⚠️ "}.get(change.severity, "")
    return f"{mark}{SIGNS[change.action]} {escaped(line(change))}"


def escaped(words: str) -> str:
    """Return text that Markdown shows as it is: no markup, no HTML, nobody mentioned."""
    safe = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    safe = safe.replace("@", "@\u200b").replace("\n", " ")
    return re.sub(r"([\\`*_{}\[\]()#+!|~-])", r"\\\1", safe)


def as_json(plan: Plan) -> str:
    """Return the plan as JSON, by the schema `plan`."""
    return (
        json.dumps(
            {"version": 1, "changes": bool(plan), "summary": summary(plan), **_plan(plan)},
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )


def _plan(plan: Plan) -> dict[str, object]:
    found: dict[str, object] = as_data(plan)
    found["other"] = found.pop("changes")
    return found
