"""Instances of a step: the combinations of its matrix, and the candidates of a select step."""

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

from gitops.plan_change import Change
from gitops.plan_difference import canonical, differences, same, shown, shown_change
from gitops.plan_view import StepView

_Combinations = Mapping[str, Mapping[str, Any]]


def matrix_changes(before: StepView, after: StepView) -> Iterator[Change]:
    """Yield what the matrix gained and lost: by axis if it is a full product, else one by one."""
    old = {name: task.matrix for name, task in before.tasks.items()}
    new = {name: task.matrix for name, task in after.tasks.items()}
    if old.keys() == new.keys() and all(same(old[name], new[name]) for name in old):
        return
    texts = _axis_texts(old, new) if _whole(old) and _whole(new) else {}
    if not texts or any(name in old and not same(old[name], new[name]) for name in new):
        texts = {"matrix": _combination_text(old, new)}
    gained, lost = len(new.keys() - old.keys()), len(old.keys() - new.keys())
    for aspect, text in texts.items():
        severity: Any = "attention" if "−" in text else "info"
        count = (gained, lost)
        yield Change("changed", "step", after.name, aspect, text, severity, old, new, count)
        gained = lost = 0


def candidate_changes(before: StepView, after: StepView) -> Iterator[Change]:
    """Yield which candidates a select step gained and lost, and any that is unlike the others."""
    old, new = before.candidates, after.candidates
    names = list(old), list(new)
    if names[0] != names[1]:
        text = listed(*names)
        yield Change("changed", "step", after.name, "candidates", text, "info", *names)
    first = next(iter(old.values()), None)
    for name, items in new.items() if old else ():
        former = old.get(name, first)
        for difference in differences(former, items):
            text = f"{name} {difference}"
            yield Change("changed", "step", after.name, "candidate", text, "info", former, items)


def listed(before: list[str], after: list[str]) -> str:
    """Write which items of a list came and went."""
    texts = [f"− {shown(item)}" for item in before if item not in after]
    texts += [f"+ {shown(item)}" for item in after if item not in before]
    return ", ".join(texts) or f"order {shown_change(', '.join(before), ', '.join(after))}"


def _axes(combinations: _Combinations) -> dict[str, dict[str, Any]]:
    axes: dict[str, dict[str, Any]] = {}
    for matrix in combinations.values():
        for axis, value in matrix.items():
            axes.setdefault(axis, {})[canonical(value)] = value
    return axes


def _whole(combinations: _Combinations) -> bool:
    """Whether there is a task for every combination, each once."""
    distinct = {canonical(matrix) for matrix in combinations.values()}
    size = prod(len(values) for values in _axes(combinations).values())
    return len(distinct) == len(combinations) == size


def _axis_texts(before: _Combinations, after: _Combinations) -> dict[str, str]:
    old, new = _axes(before), _axes(after)
    texts = {}
    for axis in dict.fromkeys([*old, *new]):
        was, now = old.get(axis, {}), new.get(axis, {})
        gone = [shown(value) for key, value in was.items() if key not in now]
        come = [shown(value) for key, value in now.items() if key not in was]
        parts = [f"− {', '.join(gone)}"] if gone else []
        parts += [f"+ {', '.join(come)}"] if come else []
        if parts:
            texts[f"matrix.{axis}"] = ", ".join(parts)
    return texts


def _combination_text(before: _Combinations, after: _Combinations) -> str:
    parts = [f"− {_combination(name, before[name])}" for name in before if name not in after]
    parts += [f"+ {_combination(name, after[name])}" for name in after if name not in before]
    parts += [
        f"{name} {_combination('', before[name])} → {_combination('', after[name])}"
        for name in after
        if name in before and not same(before[name], after[name])
    ]
    return ", ".join(parts)


def _combination(name: str, matrix: Mapping[str, Any]) -> str:
    values = " ".join(f"{axis}={shown(value)}" for axis, value in matrix.items())
    return f"{name} ({values})" if name and values else name or values or "no values"
