"""Pipelines that are called → templates in the object of their caller, which needs no other.

A called pipeline is written as if it ran alone, then moved: its templates get names of their own,
and what they read from the run's parameters they read from inputs, all the way down to each leaf.
"""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from compiler import dag, leaf, lifecycle, tags
from compiler.code import Code, gather
from compiler.hardware import Nodes
from compiler.pipeline import Call, Pipeline
from compiler.record import replace
from compiler.variables import parameter_input

Template = dict[str, Any]
_PARAMETER = r"workflow\.parameters(?:\.([a-z0-9_]+)|\['([a-z0-9_]+)'\])"


def called(pipeline: Pipeline) -> tuple[Pipeline, ...]:
    """Return every pipeline that `pipeline` calls, however deep, each on its caller's terms."""
    found = {callee.name: callee for callee in _called(pipeline)}
    return tuple(replace(c, handlers=(), terms=pipeline.terms) for c in found.values())


def _called(pipeline: Pipeline) -> Iterator[Pipeline]:
    for step in pipeline.steps:
        if isinstance(step.action, Call):
            yield step.action.pipeline
            yield from _called(step.action.pipeline)


def code(caller: Pipeline, callee: Pipeline) -> Code:
    """Return the code of a called pipeline, under a name that only this caller uses."""
    found = gather(callee)
    mark = sha256(found.name.encode()).hexdigest()[:12]
    name = f"{caller.name}-code-{mark}"
    return Code(name, found.files, f"code-{callee.name}")


def templates(pipeline: Pipeline, code: Code, nodes: Nodes) -> list[Template]:
    """Return the DAG of `pipeline`, then the templates of its steps."""
    leaves = [t for step in pipeline.members for t in leaf.templates(pipeline, step, code, nodes)]
    return [dag.main(pipeline), *leaves]


def moved(callee: Pipeline, written: list[Template]) -> list[Template]:
    """Return the templates of a called pipeline as its caller holds them."""
    names = {t["name"]: lifecycle.moved(callee.name, t["name"]) for t in written}
    params = [parameter.name for parameter in callee.params]
    read: dict[str, list[str]] = {}
    leaves = []
    for template in written[1:]:
        body, used = _from_inputs(template, params)
        if "dag" in body:
            used = {*used, *(n for t in body["dag"]["tasks"] for n in read.get(t["template"], ()))}
            body["dag"] = _relinked(body["dag"], names, read)
        read[body["name"]] = [name for name in params if name in used]
        inputs = [{"name": parameter_input(name)} for name in read[body["name"]]]
        leaves.append({**_with_inputs(body, inputs), "name": names[body["name"]]})
    return [_main(callee, written[0], names, read), *leaves]


def _main(
    callee: Pipeline, written: Template, names: Mapping[str, str], read: Mapping[str, list[str]]
) -> Template:
    body, _ = _from_inputs(written, [parameter.name for parameter in callee.params])
    inputs = [
        {"name": parameter_input(p.name), **({} if p.default is None else {"value": p.default})}
        for p in callee.params
    ]
    limit = {"parallelism": callee.parallelism} if callee.parallelism else {}
    found = {**_with_inputs(body, inputs), "name": names["main"], **limit}
    return {**found, "dag": _relinked(body["dag"], names, read)}


def _from_inputs(template: Template, params: list[str]) -> tuple[Template, set[str]]:
    """Read inputs where the run's parameters were read; return which of them."""
    used: set[str] = set()

    def spelled(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name not in params:
            return match[0]
        used.add(name)
        key = parameter_input(name)
        return f"inputs.parameters.{key}" if match[1] else f"inputs.parameters['{key}']"

    body = tags.rewrite(template, lambda tag: tags.pattern(_PARAMETER).sub(spelled, tag))
    return body, used


def _with_inputs(template: Template, added: list[dict[str, str]]) -> Template:
    if not added:
        return template
    inputs = template.get("inputs", {})
    found = {**inputs, "parameters": [*inputs.get("parameters", []), *added]}
    return {"name": "", "inputs": {}, **template} | {"inputs": found}


def _relinked(
    body: Mapping[str, Any], names: Mapping[str, str], read: Mapping[str, list[str]]
) -> Template:
    """Point each task to the moved template, and hand on the parameters that it reads."""
    tasks = []
    for task in body["tasks"]:
        wanted = read.get(task["template"], ())
        added = [
            {"name": parameter_input(n), "value": f"{{{{inputs.parameters.{parameter_input(n)}}}}}"}
            for n in wanted
        ]
        found = {**task, "template": names.get(task["template"], task["template"])}
        if added:
            given = task.get("arguments", {})
            found["arguments"] = {**given, "parameters": [*given.get("parameters", []), *added]}
        tasks.append(found)
    return {**body, "tasks": tasks}
