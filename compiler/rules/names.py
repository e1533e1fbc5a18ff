"""Rules of names: tasks are told apart, keys fit a ConfigMap, ours are not taken."""

import re
from collections.abc import Iterator

from compiler import lifecycle, linkage, memo
from compiler.code import gather, key
from compiler.convention import RESERVED
from compiler.pipeline import Approval, Pipeline, Step
from compiler.problems import Location, Problem, Related
from compiler.variables import variable

_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_TAKEN = ("main", "on-exit", "settled")
# a task of such a name cannot stand in `depends`: Argo's expressions read it as their own (G7)
_WORDS = [
    "and",
    "contains",
    "else",
    "false",
    "if",
    "in",
    "let",
    "matches",
    "nil",
    "not",
    "or",
    "true",
]


def tasks(pipeline: Pipeline) -> Iterator[Problem]:
    """Every task has a name of its own, and templates do not collide."""
    seen: dict[str, Step] = {}
    for step in pipeline.members:
        if step.name in _TAKEN:
            yield Problem("reserved-name", f"`{step.name}` is a name of Argosy's own", step.at)
        if step.name in _WORDS:
            message = f"`{step.name}` is a word of Argo's expressions"
            yield Problem("reserved-name", message, step.at, "choose another name")
        for name in _task_names(step):
            if name in seen:
                first = seen[name]
                message = f"`{name}` of step `{step.name}` is also a task of step `{first.name}`"
                hint, related = "rename one of them", (Related("first here", first.at),)
                yield Problem("same-name", message, step.at, hint, related=related)
            seen[name] = step


def _task_names(step: Step) -> tuple[str, ...]:
    names = lifecycle.tasks(step)
    names += (lifecycle.ask(step),) if isinstance(step.action, Approval) else ()
    names += (memo.attempts(step.name),) if step.cache else ()
    return (*names, f"{step.name}-settled") if step.tolerated else names


def calls(pipeline: Pipeline) -> Iterator[Problem]:
    """The templates of a pipeline that is called do not collide with others."""
    seen = {step.name: f"step `{step.name}`" for step in pipeline.members}
    for callee in linkage.called(pipeline):
        for name in ("main", *(step.name for step in callee.steps)):
            template = lifecycle.moved(callee.name, name)
            if template in seen:
                message = f"`{name}` of pipeline `{callee.name}` collides with {seen[template]}"
                yield Problem("same-name", message, pipeline.at, "rename one of them")
            seen[template] = f"`{name}` of pipeline `{callee.name}`"


def code(pipeline: Pipeline) -> Iterator[Problem]:
    """The name of each file fits a ConfigMap key, and no two share one."""
    seen: dict[str, str] = {}
    for file in gather(pipeline).files:
        name = key(file.path)
        at = Location(file.origin or f"{pipeline.at.file.rpartition('/')[0]}/{file.path}")
        if not _KEY.fullmatch(name):
            hint = "use letters, digits, `-`, `_` and `.`"
            yield Problem("file-name", f"`{file.path}` cannot travel under this name", at, hint)
        elif name in seen:
            message = f"`{file.path}` and `{seen[name]}` would travel under one name"
            yield Problem("file-name", message, at, "avoid `__` in names of files")
        seen[name] = file.path


def variables(pipeline: Pipeline) -> Iterator[Problem]:
    """Each value that a step reads has a variable of its own."""
    for step in pipeline.members:
        seen = {variable(reference): reference for reference in reversed(step.references)}
        for reference in step.references:
            other = seen[variable(reference)]
            if other.dotted != reference.dotted:
                message = f"{other} and {reference} would be one variable in step `{step.name}`"
                yield Problem("same-name", message, step.at, "rename one of the outputs")


def reserved(pipeline: Pipeline) -> Iterator[Problem]:
    """`ARGOSY_…` variables and the parameter of the source revision are ours."""
    for step in pipeline.members:
        names = [name for name, _ in step.env] + [name for name, _, _ in step.secrets]
        for name in names:
            if name.startswith("ARGOSY_") or names.count(name) > 1:
                what = "is set twice" if names.count(name) > 1 else "is a name of Argosy's own"
                yield Problem("reserved-name", f"variable `{name}` {what}", step.at)
    for parameter in pipeline.params:
        if parameter.name == RESERVED:
            yield Problem("reserved-name", f"`{RESERVED}` is set by Argosy", parameter.at)
