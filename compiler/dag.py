"""Steps → DAG tasks: edges, conditions, and the arguments that carry data along them."""

import re
from collections.abc import Iterator
from typing import Any

from compiler import expression, lifecycle
from compiler.edges import Edges
from compiler.leaf import run_field
from compiler.pipeline import Approval, Combination, Pipeline, Register, Select, Step
from compiler.reference import Reference, substitute
from compiler.variables import argument

SETTLED = "settled"
# Argo hands on a text of a list as JSON writes it, without the quotes
_ITEM = "{{=fromJSON('\"' + item + '\"')}}"
_TASK = re.compile(r"([a-z0-9-]+)\.[A-Z]")
_EVENTS = {"failure": "!=", "success": "=="}


def main(pipeline: Pipeline) -> dict[str, Any]:
    """Return the template `main`: one task for each combination of each step."""
    edges = Edges(pipeline)
    tasks = [task for step in pipeline.steps for task in _tasks(pipeline, step, edges)]
    return {"name": "main", "dag": {"tasks": [*tasks, *_settled(pipeline, tasks, edges)]}}


def _tasks(pipeline: Pipeline, step: Step, edges: Edges) -> Iterator[dict[str, Any]]:
    depends = edges.depends(step)
    if isinstance(step.action, Approval):
        yield from _approval(pipeline, step, step.action, depends)
        return
    for index, combination in enumerate(step.fan.combinations):
        arguments = {
            "parameters": list(_parameters(pipeline, step, combination)),
            "artifacts": list(_artifacts(pipeline, step)),
        }
        found = {
            "name": lifecycle.task(step, index),
            "template": step.name,
            "depends": depends,
            "when": _when(pipeline, step, combination),
            "withParam": _items(pipeline, step),
            "arguments": {key: value for key, value in arguments.items() if value},
        }
        yield {key: value for key, value in found.items() if value}


def _approval(
    pipeline: Pipeline, step: Step, action: Approval, depends: str
) -> Iterator[dict[str, Any]]:
    """The question, then the step itself, which fails unless the answer was yes."""
    ask, when = lifecycle.ask(step), _when(pipeline, step, ())
    message = substitute(action.message, lambda reference: _tag(pipeline, reference))
    question: dict[str, Any] = {"name": ask, "template": ask, "depends": depends, "when": when}
    question["arguments"] = {"parameters": [{"name": "message", "value": message}]}
    yield {key: value for key, value in question.items() if value}
    decision = f"{{{{=tasks['{ask}']?.outputs?.parameters?.decision ?? 'reject'}}}}"
    after = f"({ask}.Succeeded || {ask}.Skipped)" if when else f"{ask}.Succeeded"
    answer: dict[str, Any] = {
        "name": step.name,
        "template": step.name,
        "depends": after,
        "when": when,
    }
    answer["arguments"] = {"parameters": [{"name": "decision", "value": decision}]}
    yield {key: value for key, value in answer.items() if value}


def _settled(
    pipeline: Pipeline, tasks: list[dict[str, Any]], edges: Edges
) -> Iterator[dict[str, Any]]:
    """Argo ends a DAG as its last tasks ended: what may fail must not be the last."""
    waited = {name for task in tasks for name in _TASK.findall(task.get("depends", ""))}
    for step in pipeline.steps:
        if step.tolerated and not waited.issuperset(lifecycle.tasks(step)):
            name = f"{step.name}-settled"
            yield {"name": name, "template": SETTLED, "depends": edges.fine(step.name)}


def on_exit(pipeline: Pipeline) -> dict[str, Any]:
    """Return the exit handler: a task for each handler of the spec, under its event."""
    tasks = []
    for event, steps in pipeline.handlers:
        for step in steps:
            task = {"name": step.name, "template": step.name}
            if event in _EVENTS:
                task["when"] = f"{{{{=workflow.status {_EVENTS[event]} 'Succeeded'}}}}"
            tasks.append(task)
    return {"name": "on-exit", "dag": {"tasks": tasks}}


def _items(pipeline: Pipeline, step: Step) -> str:
    source = step.fan.source
    return _tag(pipeline, source) if source else ""


def _tag(pipeline: Pipeline, reference: Reference) -> str:
    """Write a reference as Argo substitutes it in the arguments of a task."""
    if reference.namespace == "steps":
        return _given(pipeline, *reference.output)
    if reference.namespace == "params":
        return f"{{{{workflow.parameters.{reference.path}}}}}"
    return run_field(pipeline, reference.path)


def _when(pipeline: Pipeline, step: Step, combination: Combination) -> str:
    if step.when is None:
        return ""

    def spell(name: str) -> str:
        return _spelled(pipeline, step, dict(combination), name)

    return f"{{{{={expression.to_argo(step.when, spell)}}}}}"


def _spelled(pipeline: Pipeline, step: Step, chosen: dict[str, str], name: str) -> str:
    """Write a name of a condition in expr-lang, converted to its declared type."""
    namespace, _, path = name.partition(".")
    if namespace == "inputs":
        entry = next(entry for entry in step.inputs if entry.name == path)
        return _output(pipeline, entry.step, entry.output)
    if namespace == "steps":
        producer, _, output = path.partition(".outputs.")
        return _output(pipeline, producer, output)
    if namespace == "params":
        kind = next(p.type for p in pipeline.params if p.name == path)
        return _converted(f"workflow.parameters['{path}']", kind)
    if namespace in ("matrix", "each"):
        return _chosen(step, chosen, path)
    text = run_field(pipeline, path)
    return text.strip("{}") if text.startswith("{{") else expression.quoted(text)


def _chosen(step: Step, chosen: dict[str, str], axis: str) -> str:
    kind = dict(step.fan.axes)[axis]
    if step.fan.source:
        return _converted("fromJSON('\"' + item + '\"')" if kind == "string" else "item", kind)
    return expression.quoted(chosen[axis]) if kind == "string" else chosen[axis]


def _output(pipeline: Pipeline, step: str, name: str) -> str:
    output = pipeline.step(step).output(name)
    assert output is not None  # noqa: S101 - resolved
    text = f"tasks['{step}'].outputs.parameters['{lifecycle.parameter(output)}']"
    return _converted(text, output.type)


def _converted(text: str, kind: str) -> str:
    if kind == "list":
        return f"fromJSON({text})"
    if kind in ("integer", "number"):
        return f"asFloat({text})"
    return f"({text} == 'true')" if kind == "boolean" else text


def _parameters(
    pipeline: Pipeline, step: Step, combination: Combination
) -> Iterator[dict[str, str]]:
    for axis, value in combination:
        text = _ITEM if step.fan.source and dict(step.fan.axes)[axis] == "string" else value
        yield {"name": f"{step.fan.namespace}-{axis}", "value": text}
    for entry in step.inputs:
        if entry.type != "artifact":
            value = _given(pipeline, entry.step, entry.output, entry.default)
            yield {"name": f"inputs-{entry.name}", "value": value}
    for output in dict.fromkeys(r.output for r in step.references if r.namespace == "steps"):
        yield {"name": argument(*output), "value": _given(pipeline, *output)}
    if isinstance(step.action, Select):
        yield from _candidates(pipeline, step.action)
    if isinstance(step.action, Register):
        source, action = step.action.source, step.action
        for name in lifecycle.metrics(pipeline, action):
            yield {"name": f"metric-{name}", "value": _given(pipeline, source, name)}
        for name in lifecycle.axes(pipeline, action):
            yield {"name": f"param-{name}", "value": _value(source, name)}


def _given(pipeline: Pipeline, step: str, output: str, default: str | None = None) -> str:
    """Write the value of an output, or the JSON list of those of a step that runs many times."""
    source = pipeline.step(step)
    found = source.output(output)
    assert found is not None  # noqa: S101 - resolved
    name = lifecycle.parameter(found)
    if source.fan.many:
        return f"{{{{={_list(source, name, found.type)}}}}}"
    if default is not None:
        return f"{{{{={_safe(source, step, name)} ?? {expression.quoted(default)}}}}}"
    return _value(step, name)


def _list(source: Step, parameter: str, kind: str) -> str:
    """Write the list of what those tasks put out that ended well, each of its declared type."""
    parts = [_safe(source, task, parameter) for task in lifecycle.tasks(source)]
    whole = f"fromJSON({parts[0]} ?? '[]')" if source.fan.source else f"[{', '.join(parts)}]"
    if lifecycle.partial(source) and not source.fan.source:
        whole = f"filter({whole}, {{# != nil}})"
    element = _converted("#", kind)
    return f"toJson({whole if element == '#' else f'map({whole}, {{{element}}})'})"


def _safe(source: Step, task: str, parameter: str) -> str:
    """Write an output in the one form that is nil where a task was skipped.

    A task that failed has outputs too, as far as it came.
    """
    value = f"tasks['{task}']?.outputs?.parameters?.['{parameter}']"
    if not source.tolerated or source.fan.source:
        return value
    return f"(tasks['{task}']?.status == 'Succeeded' ? {value} : nil)"


def _value(task: str, parameter: str) -> str:
    return f"{{{{tasks.{task}.outputs.parameters.{parameter}}}}}"


def _candidates(pipeline: Pipeline, action: Select) -> Iterator[dict[str, str]]:
    source = pipeline.step(action.source)
    for index, task in enumerate(lifecycle.tasks(source)):
        for output in source.outputs:
            if not output.artifact:
                value = _value(task, output.name)
                if lifecycle.partial(source):
                    value = f"{{{{={_safe(source, task, output.name)} ?? ''}}}}"
                yield {"name": f"value-{index}-{output.name}", "value": value}


def _artifacts(pipeline: Pipeline, step: Step) -> Iterator[dict[str, Any]]:
    for entry in step.inputs:
        if entry.type == "artifact":
            source = pipeline.step(entry.step)
            for name, _, task in lifecycle.arrivals(entry, source):
                yield _file(name, task, entry.output, source)
    if isinstance(step.action, Select):
        source = pipeline.step(step.action.source)
        files = [output.name for output in source.outputs if output.artifact]
        for index, task in enumerate(lifecycle.tasks(source)):
            yield from (_file(f"artifact-{index}-{n}", task, n, source) for n in files)
    if isinstance(step.action, Register):
        source = pipeline.step(step.action.source)
        yield _file("model", source.name, step.action.output, source)
        for entry in lifecycle.producer(pipeline, step.action).inputs:
            if entry.type == "artifact":
                source = pipeline.step(entry.step)
                for name, _, task in lifecycle.arrivals(entry, source, "input"):
                    yield _file(name, task, entry.output, source)


def _file(name: str, task: str, artifact: str, source: Step) -> dict[str, Any]:
    found = {"name": name, "from": f"{{{{tasks.{task}.outputs.artifacts.{artifact}}}}}"}
    optional = source.fan.many and lifecycle.partial(source)
    return {**found, "optional": True} if optional else found
