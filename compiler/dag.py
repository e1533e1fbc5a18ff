"""Steps → DAG tasks, with their edges and conditions."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from compiler import arguments, checkpoints, expression, lifecycle
from compiler.convention import SETTLED
from compiler.edges import MARK, Edges
from compiler.parts import Members
from compiler.pipeline import Approval, Combination, Notice, Pipeline, Step
from compiler.reference import substitute
from compiler.spec import LATE
from compiler.variables import run_term

_TASK = re.compile(r"([a-z0-9-]+)\.[A-Z]")
_EVENTS = {"failure": "!=", "success": "=="}


def main(pipeline: Pipeline) -> dict[str, Any]:
    """Return the template `main`: one task for each combination of each step."""
    edges = Edges(pipeline)
    tasks = [task for step in pipeline.steps for task in _tasks(pipeline, step, edges)]
    tasks += [
        {"name": f"{name}{MARK}", "template": SETTLED, "depends": text}
        for name, text in edges.marks.items()
    ]
    dag = {"tasks": [*_watches(pipeline), *tasks, *_settled(pipeline, tasks, edges)]}
    outputs = _outputs(pipeline)
    return {"name": "main", "dag": dag, **({"outputs": outputs} if outputs else {})}


def members(pipeline: Pipeline) -> tuple[Members, ...]:
    """Return what is known of the tasks of each step, for who cuts the DAG."""
    edges = Edges(pipeline)
    return tuple(
        Members(
            step=step.name,
            tasks=_names(step),
            limit=step.parallelism,
            soft=step.tolerated or edges.skippable(step.name),
            tolerated=step.tolerated,
            fan=bool(step.fan.source),
            fine=partial(edges.ended, step.name),
        )
        for step in pipeline.steps
    )


def _names(step: Step) -> tuple[str, ...]:
    """Return every task that may stand for a step."""
    asks = (lifecycle.ask(step),) if isinstance(step.action, Approval) else ()
    return (*asks, *lifecycle.tasks(step), f"{step.name}-settled", f"{step.name}{MARK}")


def _outputs(pipeline: Pipeline) -> dict[str, Any]:
    """Return what the DAG puts out: values, and the files of its steps."""
    values = [
        {"name": entry.name, "valueFrom": arguments.given(pipeline, entry)}
        for entry in pipeline.outputs
        if entry.type != "artifact"
    ]
    files = [
        {"name": entry.name, "from": f"{{{{tasks.{entry.step}.outputs.artifacts.{entry.output}}}}}"}
        for entry in pipeline.outputs
        if entry.type == "artifact"
    ]
    found = {"parameters": values, "artifacts": files}
    return {key: value for key, value in found.items() if value}


def _tasks(pipeline: Pipeline, step: Step, edges: Edges) -> Iterator[dict[str, Any]]:
    depends = edges.depends(step)
    if isinstance(step.action, Approval):
        yield from _approval(pipeline, step, step.action, depends)
        return
    for index, combination in enumerate(step.fan.combinations):
        given = {
            "parameters": [
                *arguments.parameters(pipeline, step, combination),
                *checkpoints.arguments(step, index),
            ],
            "artifacts": list(arguments.artifacts(pipeline, step)),
        }
        found = {
            "name": lifecycle.task(step, index),
            "template": lifecycle.template(step),
            "depends": depends,
            "when": _when(pipeline, step, combination),
            "withParam": _items(pipeline, step),
            "arguments": {key: value for key, value in given.items() if value},
        }
        yield {key: value for key, value in found.items() if value}


def _approval(
    pipeline: Pipeline, step: Step, action: Approval, depends: str
) -> Iterator[dict[str, Any]]:
    """The question, then the step itself, which fails unless the answer was yes."""
    ask, when = lifecycle.ask(step), _when(pipeline, step, ())
    message = substitute(action.message, lambda reference: arguments.tag(pipeline, reference))
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


def _watches(pipeline: Pipeline) -> Iterator[dict[str, Any]]:
    """Yield the daemons that tell of a run which is late: Argo ends them with the run."""
    for event, step in _handlers(pipeline):
        if event == LATE:
            yield {"name": step.name, "template": step.name}
            yield _after(step, ("Daemoned", "Succeeded", "Failed", "Errored"))


def _after(step: Step, ends: tuple[str, ...]) -> dict[str, Any]:
    """Return the empty task after a notice: a run does not fail because nobody takes one."""
    depends = " || ".join(f"{step.name}.{end}" for end in ends)
    return {"name": f"{step.name}-settled", "template": SETTLED, "depends": depends}


def _handlers(pipeline: Pipeline) -> Iterator[tuple[str, Step]]:
    yield from ((event, step) for event, steps in pipeline.handlers for step in steps)


def on_exit(pipeline: Pipeline) -> list[dict[str, Any]]:
    """Return the exit handler: a task for each handler of the spec, under its event."""
    tasks = []
    for event, step in _handlers(pipeline):
        if event == LATE:
            continue
        task = {"name": step.name, "template": step.name}
        if event in _EVENTS:
            task["when"] = f"{{{{=workflow.status {_EVENTS[event]} 'Succeeded'}}}}"
        tasks.append(task)
        if isinstance(step.action, Notice):
            tasks.append(_after(step, ("Succeeded", "Failed", "Errored", "Skipped")))
    return [{"name": "on-exit", "dag": {"tasks": tasks}}] if tasks else []


def _items(pipeline: Pipeline, step: Step) -> str:
    source = step.fan.source
    return arguments.tag(pipeline, source) if source else ""


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
        if entry.default is None:
            return _output(pipeline, entry.step, entry.output)
        return arguments.converted(
            f"({arguments.given(pipeline, entry)['expression']})", entry.type
        )
    if namespace == "steps":
        producer, _, output = path.partition(".outputs.")
        return _output(pipeline, producer, output)
    if namespace == "params":
        kind = next(p.type for p in pipeline.params if p.name == path)
        return arguments.converted(f"workflow.parameters['{path}']", kind)
    if namespace in ("matrix", "each"):
        return _chosen(step, chosen, path)
    return run_term(pipeline, path)


def _chosen(step: Step, chosen: dict[str, str], axis: str) -> str:
    kind = dict(step.fan.axes)[axis]
    if step.fan.source:
        return arguments.converted(arguments.item(chosen[axis], kind), kind)
    return expression.quoted(chosen[axis]) if kind == "string" else chosen[axis]


def _output(pipeline: Pipeline, step: str, name: str) -> str:
    output = pipeline.step(step).output(name)
    assert output is not None  # noqa: S101 - resolved
    text = f"tasks['{step}'].outputs.parameters['{lifecycle.parameter(output)}']"
    return arguments.converted(text, output.type)
