"""Steps → DAG tasks: edges, conditions, and the arguments that carry data along them."""

from collections.abc import Iterator
from typing import Any

from compiler import expression, lifecycle
from compiler.leaf import run_field
from compiler.pipeline import Combination, Pipeline, Register, Select, Step
from compiler.variables import argument

_EVENTS = {"failure": "!=", "success": "=="}


def main(pipeline: Pipeline) -> dict[str, Any]:
    """Return the template `main`: one task for each combination of each step."""
    tasks = [
        _task(pipeline, step, index)
        for step in pipeline.steps
        for index in range(len(step.combinations))
    ]
    return {"name": "main", "dag": {"tasks": tasks}}


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


def producers(pipeline: Pipeline, step: Step) -> tuple[str, ...]:
    """Return the steps whose outputs `step` consumes, in reading order."""
    found = [entry.step for entry in step.inputs]
    found += [
        reference.output[0] for reference in step.references if reference.namespace == "steps"
    ]
    if step.when:
        names = [name for name, _ in expression.names(step.when)]
        found += [name.split(".")[1] for name in names if name.startswith("steps.")]
    if isinstance(step.action, Select | Register):
        found.append(step.action.source)
    if isinstance(step.action, Register):
        found += [e.step for e in lifecycle.producer(pipeline, step.action).inputs]
    return tuple(dict.fromkeys(found))


def _task(pipeline: Pipeline, step: Step, index: int) -> dict[str, Any]:
    combination = step.combinations[index]
    arguments = {
        "parameters": list(_parameters(pipeline, step, combination)),
        "artifacts": list(_artifacts(pipeline, step)),
    }
    found = {
        "name": lifecycle.task(step, index),
        "template": step.name,
        "depends": " && ".join(_depends(pipeline, step)),
        "when": _when(pipeline, step, combination),
        "arguments": {key: value for key, value in arguments.items() if value},
    }
    return {key: value for key, value in found.items() if value}


def _depends(pipeline: Pipeline, step: Step) -> Iterator[str]:
    data = producers(pipeline, step)
    for name in data:
        source = pipeline.step(name)
        yield from (
            f"{lifecycle.task(source, i)}.Succeeded" for i in range(len(source.combinations))
        )
    for name in dict.fromkeys(step.needs):
        source = pipeline.step(name)
        for index in range(len(source.combinations)) if name not in data else ():
            task = lifecycle.task(source, index)
            yield f"({task}.Succeeded || {task}.Skipped)" if source.when else f"{task}.Succeeded"


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
    if namespace == "matrix":
        value = chosen[path]
        return expression.quoted(value) if dict(step.axes)[path] == "string" else value
    text = run_field(pipeline, path)
    return text.strip("{}") if text.startswith("{{") else expression.quoted(text)


def _output(pipeline: Pipeline, step: str, name: str) -> str:
    output = pipeline.step(step).output(name)
    assert output is not None  # noqa: S101 - resolved
    text = f"tasks['{step}'].outputs.parameters['{lifecycle.parameter(output)}']"
    return _converted(text, output.type)


def _converted(text: str, kind: str) -> str:
    if kind in ("integer", "number"):
        return f"asFloat({text})"
    return f"({text} == 'true')" if kind == "boolean" else text


def _parameters(
    pipeline: Pipeline, step: Step, combination: Combination
) -> Iterator[dict[str, str]]:
    for axis, value in combination:
        yield {"name": f"matrix-{axis}", "value": value}
    for entry in step.inputs:
        if entry.type != "artifact":
            yield _from(pipeline, f"inputs-{entry.name}", entry.step, entry.output)
    seen = set()
    for reference in step.references:
        if reference.namespace == "steps" and reference.path not in seen:
            seen.add(reference.path)
            yield _from(pipeline, argument(*reference.output), *reference.output)
    if isinstance(step.action, Select):
        yield from _candidates(pipeline, step.action)
    if isinstance(step.action, Register):
        source, action = step.action.source, step.action
        for name in lifecycle.metrics(pipeline, action):
            yield _from(pipeline, f"metric-{name}", source, name)
        for name in lifecycle.axes(pipeline, action):
            yield {"name": f"param-{name}", "value": _value(source, name)}


def _from(pipeline: Pipeline, name: str, step: str, output: str) -> dict[str, str]:
    found = pipeline.step(step).output(output)
    assert found is not None  # noqa: S101 - resolved
    return {"name": name, "value": _value(step, lifecycle.parameter(found))}


def _value(task: str, parameter: str) -> str:
    return f"{{{{tasks.{task}.outputs.parameters.{parameter}}}}}"


def _file(task: str, artifact: str) -> str:
    return f"{{{{tasks.{task}.outputs.artifacts.{artifact}}}}}"


def _candidates(pipeline: Pipeline, action: Select) -> Iterator[dict[str, str]]:
    source = pipeline.step(action.source)
    for index in range(len(source.combinations)):
        for output in source.outputs:
            if not output.artifact:
                value = _value(lifecycle.task(source, index), output.name)
                yield {"name": f"value-{index}-{output.name}", "value": value}


def _artifacts(pipeline: Pipeline, step: Step) -> Iterator[dict[str, str]]:
    for entry in step.inputs:
        if entry.type == "artifact":
            yield {"name": f"inputs-{entry.name}", "from": _file(entry.step, entry.output)}
    if isinstance(step.action, Select):
        yield from _candidate_files(pipeline.step(step.action.source))
    if isinstance(step.action, Register):
        yield {"name": "model", "from": _file(step.action.source, step.action.output)}
        for entry in lifecycle.producer(pipeline, step.action).inputs:
            if entry.type == "artifact":
                yield {"name": f"input-{entry.name}", "from": _file(entry.step, entry.output)}


def _candidate_files(source: Step) -> Iterator[dict[str, str]]:
    names = [output.name for output in source.outputs if output.artifact]
    for index in range(len(source.combinations)):
        task = lifecycle.task(source, index)
        yield from ({"name": f"artifact-{index}-{n}", "from": _file(task, n)} for n in names)
