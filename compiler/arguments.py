"""Outputs of steps → the arguments that carry them into tasks, in Argo's tags and expressions."""

from collections.abc import Iterator, Mapping
from typing import Any

from compiler import digests, expression, lifecycle, ports
from compiler.leaf import run_field
from compiler.pipeline import Call, Combination, Input, Pipeline, Register, Select, Step
from compiler.reference import Reference, substitute
from compiler.variables import argument, parameter_input


def item(tag: str, kind: str) -> str:
    """Write what `{{item}}` or `{{item.field}}` stands for in an expression, as text.

    Argo hands on a text of a list as JSON writes it, without the quotes.
    """
    name, _, field = tag.strip("{}").partition(".")
    text = f"{name}['{field}']" if field else name
    return f"fromJSON('\"' + {text} + '\"')" if kind == "string" else text


def tag(pipeline: Pipeline, reference: Reference) -> str:
    """Write a reference as Argo substitutes it in the arguments of a task."""
    if reference.namespace == "steps":
        return _given(pipeline, *reference.output)
    if reference.namespace == "params":
        return f"{{{{workflow.parameters.{reference.path}}}}}"
    return run_field(pipeline, reference.path)


def parameters(
    pipeline: Pipeline, step: Step, combination: Combination
) -> Iterator[dict[str, str]]:
    """Yield the parameter arguments of the task of one combination."""
    if isinstance(step.action, Call):
        yield from _call(pipeline, step, step.action, dict(combination))
        return
    for axis, value in combination:
        escaped = step.fan.source and dict(step.fan.axes)[axis] == "string"
        text = f"{{{{={item(value, 'string')}}}}}" if escaped else value
        yield {"name": f"{step.fan.namespace}-{axis}", "value": text}
    for entry in step.inputs:
        if entry.type != "artifact":
            value = _given(pipeline, entry.step, entry.output, entry.default)
            yield {"name": f"inputs-{entry.name}", "value": value}
    for output in dict.fromkeys(r.output for r in step.references if r.namespace == "steps"):
        yield {"name": argument(*output), "value": _given(pipeline, *output)}
    yield from digests.arguments(pipeline, step)
    if isinstance(step.action, Select):
        yield from _candidates(pipeline, step.action)
    if isinstance(step.action, Register):
        source, action = step.action.source, step.action
        for name in lifecycle.metrics(pipeline, action):
            yield {"name": f"metric-{name}", "value": _given(pipeline, source, name)}
        for name in lifecycle.axes(pipeline, action):
            yield {"name": f"param-{name}", "value": _value(source, name)}


def _call(
    pipeline: Pipeline, step: Step, action: Call, chosen: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """Yield the values that a call gives to the parameters of the other pipeline."""

    def spell(reference: Reference) -> str:
        if reference.namespace not in ("matrix", "each"):
            return tag(pipeline, reference)
        value = chosen[reference.path]
        text = dict(step.fan.axes)[reference.path] == "string"
        return f"{{{{={item(value, 'string')}}}}}" if step.fan.source and text else value

    for name, text in action.arguments:
        yield {"name": parameter_input(name), "value": substitute(text, spell)}


def given(pipeline: Pipeline, entry: Input) -> dict[str, str]:
    """Return what an output of the pipeline is, as the `valueFrom` of its DAG."""
    value = _given(pipeline, entry.step, entry.output, entry.default)
    return {"expression": value[3:-2]} if value.startswith("{{=") else {"parameter": value}


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
    element = converted("#", kind)
    return f"toJson({whole if element == '#' else f'map({whole}, {{{element}}})'})"


def _safe(source: Step, task: str, parameter: str) -> str:
    return ports.safe(task, parameter, tolerated=source.tolerated, fan=bool(source.fan.source))


def _value(task: str, parameter: str) -> str:
    return f"{{{{tasks.{task}.outputs.parameters.{parameter}}}}}"


def _candidates(pipeline: Pipeline, action: Select) -> Iterator[dict[str, str]]:
    source = pipeline.step(action.source)
    names = [output.name for output in source.outputs if not output.artifact]
    for index, task in enumerate(lifecycle.tasks(source)):
        for name in names:
            value = _value(task, name)
            if lifecycle.partial(source):
                value = f"{{{{={_safe(source, task, name)} ?? ''}}}}"
            yield {"name": f"value-{index}-{name}", "value": value}


def artifacts(pipeline: Pipeline, step: Step) -> Iterator[dict[str, Any]]:
    """Yield the artifact arguments of the tasks of `step`."""
    yield from _files(pipeline, step, "inputs")
    if isinstance(step.action, Select):
        source = pipeline.step(step.action.source)
        files = [output.name for output in source.outputs if output.artifact]
        for index, task in enumerate(lifecycle.tasks(source)):
            yield from (_file(f"artifact-{index}-{n}", task, n, source) for n in files)
    if isinstance(step.action, Register):
        source = pipeline.step(step.action.source)
        yield _file("model", source.name, step.action.output, source)
        yield from _files(pipeline, lifecycle.producer(pipeline, step.action), "input")


def _files(pipeline: Pipeline, step: Step, kind: str) -> Iterator[dict[str, Any]]:
    """Yield the files that are inputs of `step`, one for each task that puts one out."""
    for entry in step.inputs:
        if entry.type == "artifact":
            source = pipeline.step(entry.step)
            for name, _, task in lifecycle.arrivals(entry, source, kind):
                yield _file(name, task, entry.output, source)


def _file(name: str, task: str, artifact: str, source: Step) -> dict[str, Any]:
    found = {"name": name, "from": f"{{{{tasks.{task}.outputs.artifacts.{artifact}}}}}"}
    optional = source.fan.many and lifecycle.partial(source)
    return {**found, "optional": True} if optional else found


def converted(text: str, kind: str) -> str:
    """Write a text in expr-lang as a value of its declared type."""
    if kind == "list":
        return f"fromJSON({text})"
    if kind in ("integer", "number"):
        return f"asFloat({text})"
    return f"({text} == 'true')" if kind == "boolean" else text
