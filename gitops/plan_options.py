"""Options of the steps that are Argosy's own: gates, alias, model, what is recorded."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gitops.plan_change import Change, Severity
from gitops.plan_difference import MISSING, ends, same, shown_change
from gitops.plan_matrix import listed
from gitops.plan_read import strings
from gitops.plan_view import View, flags

_LISTS = {
    "artifact": "artifacts",
    "gate": "gates",
    "input": "recorded inputs",
    "metric": "recorded metrics",
    "param": "recorded params",
    "value": "values",
}
_GRAVE = ("alias", "by", "from", "mode", "model")
_SIZES = {"cpu": "cpu", "memory": "memory", "disk": "ephemeral-storage"}
_GPU = "nvidia.com/gpu"
_Options = Mapping[str, list[str]]


def option_changes(step: str, before: _Options, after: _Options) -> Iterator[Change]:
    """Yield what changed in the options of `step`; tags one by one."""
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name, []), after.get(name, [])
        if old == new:
            continue
        if name == "tag" and len(_tags(old)) == len(old) and len(_tags(new)) == len(new):
            yield from _tag_changes(step, _tags(old), _tags(new))
        elif name in _LISTS or max(len(old), len(new)) > 1:
            severity = _list_severity(name, old, new)
            aspect = _LISTS.get(name, name)
            yield Change("changed", "step", step, aspect, listed(old, new), severity, old, new)
        else:
            first = [side[0] if side else MISSING for side in (old, new)]
            grave: Severity = "attention" if name in _GRAVE else "info"
            yield Change("changed", "step", step, name, shown_change(*first), grave, old, new)


def follows(change: Change, view: View) -> bool:
    """Whether a tag of a register step only repeats what its step is now, and so is no news."""
    tag = change.aspect.removeprefix("tag ")
    if change.subject != "step" or tag == change.aspect or not isinstance(change.after, str):
        return False
    container = view.steps[change.name].template.get("container") or {}
    trained = view.steps.get(_tags(flags(container).get("tag", [])).get("argosy.step", ""))
    if trained is None:
        return False
    template = trained.template
    if tag == "argosy.image":
        return same((template.get("container") or {}).get("image"), change.after)
    return tag == "argosy.hardware" and _describes(change.before, change.after, template)


def _describes(before: Any, after: str, template: Mapping[str, Any]) -> bool:
    """Whether the recorded hardware is what the template asks for."""
    sides = [_parsed(side) for side in (before, after)]
    if None in sides:
        return False
    old, new = ({} if side is None else side for side in sides)
    resources = (template.get("container") or {}).get("resources") or {}
    asked = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    sized = all(new.get(name) == asked.get(field) for name, field in _SIZES.items())
    counted = str(new.get("gpu", "")) == str(asked.get(_GPU, ""))
    placed = set(strings(template))
    known = {*_SIZES, "gpu"}
    other = [key for key in {*old, *new} - known if not same(old.get(key), new.get(key))]
    return sized and counted and all(key in new and str(new[key]) in placed for key in other)


def _parsed(text: Any) -> dict[str, Any] | None:
    try:
        data = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _tags(items: list[str]) -> dict[str, str]:
    return {name: value for name, _, value in (item.partition("=") for item in items)}


def _tag_changes(
    step: str, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Change]:
    for tag in dict.fromkeys([*before, *after]):
        old, new = before.get(tag, MISSING), after.get(tag, MISSING)
        if same(old, new):
            continue
        text = shown_change(old, new)
        yield Change("changed", "step", step, f"tag {tag}", text, "info", *ends(old, new))


def _list_severity(name: str, before: list[str], after: list[str]) -> Severity:
    """Fewer gates let worse models pass; other gates may."""
    if name != "gate":
        return "info"
    if len(after) < len(before):
        return "danger"
    return "attention" if any(gate not in after for gate in before) else "info"
