"""Argo's tags as its reader finds them: in the JSON text of a whole part, not string by string."""

import json
import re
from collections.abc import Container, Iterator, Mapping
from typing import Any

from compiler.manifests.expressions import UnreadableError, uses

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_LEFT_TO_RUN_TIME = (
    *("outputs.", "workflow.creationTimestamp", "workflow.scheduledTime", "workflow.duration"),
    *("tasks.name", "steps.name", "node.name"),
)
KNOWN = ("item.", "steps.", "inputs.", "outputs.", "pod.", "workflow.", "tasks.")
ANY_ITEM, ANY_OUTPUT = "item.*", ("workflow.outputs.parameters.*", "workflow.outputs.artifacts.*")
RETRY = (
    *("retries", "lastRetry.exitCode", "lastRetry.status", "lastRetry.duration"),
    "lastRetry.message",
)
PLACEHOLDER = "placeholder-0"


def text(data: Any) -> str:
    """Write plain data as Argo does before it looks for tags."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def simple(part: str) -> Iterator[str]:
    """Yield the inside of each `{{…}}` that is no expression."""
    return (match[1] for match in _TAG.finditer(part) if not match[1].startswith("="))


def expressions(part: str) -> Iterator[str]:
    """Yield the inside of each `{{=…}}`."""
    return (match[1][1:] for match in _TAG.finditer(part) if match[1].startswith("="))


def is_open(part: str) -> bool:
    """Whether a tag begins in `part` that nothing closes."""
    return "{{" in part and "{{" in _TAG.sub("", part)


def unresolved(part: str, scope: Container[str], *, template: bool) -> Iterator[str]:
    """Yield the tags in `part` that Argo would look up and that `scope` does not hold.

    `template`: the part belongs to a WorkflowTemplate, whose parameters a run may add to.
    """
    for tag in simple(part):
        name = tag.strip()
        if name.startswith(KNOWN) and name not in scope and not _later(name, scope, template):
            yield tag


def _later(name: str, scope: Container[str], template: bool) -> bool:
    if name.startswith("item.") and ANY_ITEM in scope:
        return True
    if any(name.startswith(each[:-1]) and each in scope for each in ANY_OUTPUT):
        return True
    return name.startswith(_LEFT_TO_RUN_TIME) or (
        template and name.startswith("workflow.parameters")
    )


def replaced(data: Any, values: Mapping[str, str]) -> Any:
    """Return `data` with the simple tags that `values` knows replaced, keys included."""
    before = text(data)
    if "{{" not in before:
        return data
    after = _TAG.sub(lambda match: _replacement(match, values), before)
    try:
        return json.loads(after)
    except ValueError:
        return data


def _replacement(match: re.Match[str], values: Mapping[str, str]) -> str:
    tag = match[1]
    if tag.startswith("="):
        return _computed(tag[1:].replace('\\"', '"'), values) or match[0]
    if tag.strip() in values:
        return _quoted(values[tag.strip()])
    before, sign, inner = tag.rpartition("{{")
    return "{{" + before + _quoted(values[inner]) if sign and inner in values else match[0]


def _computed(expression: str, values: Mapping[str, str]) -> str:
    """Return what stands for an expression that can be computed now; nothing for another."""
    try:
        names = [".".join(use.path) for use in uses(expression)]
    except UnreadableError:
        return ""
    if not all(name in values for name in names):
        return ""
    return _quoted(values[names[0]]) if names == [expression.strip()] else PLACEHOLDER


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]
