"""A step → its leaf template: container, environment, resources, inputs and outputs."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from compiler import (
    argo_terms,
    checkpoints,
    digests,
    lifecycle,
    memo,
    notices,
    placement,
    retry,
    standing,
    tracking,
    volumes,
)
from compiler.code import Code
from compiler.hardware import Nodes
from compiler.pipeline import (
    Approval,
    Call,
    Command,
    Inline,
    Input,
    Notice,
    Pipeline,
    Register,
    Resource,
    Script,
    Select,
    Step,
)
from compiler.reference import OWN, Reference, substitute
from compiler.variables import argument, variable
from compiler.volumes import WORK


def templates(pipeline: Pipeline, step: Step, code: Code, nodes: Nodes) -> list[dict[str, Any]]:
    """Return the templates of `step`; every combination of its matrix runs these."""
    if isinstance(step.action, Call):
        return []
    if isinstance(step.action, Resource):
        return [_object(pipeline, step, step.action)]
    leaf = _leaf(pipeline, step, code, nodes)
    if isinstance(step.action, Approval):
        return [standing.ask(step, step.action), leaf]
    return memo.layered(pipeline, step, leaf, code)


def _object(pipeline: Pipeline, step: Step, action: Resource) -> dict[str, Any]:
    outputs = [{"name": o.name, "valueFrom": {"jsonPath": o.path}} for o in step.outputs]
    found = {
        "name": step.name,
        "inputs": _filled(_inputs(pipeline, step)),
        "outputs": {"parameters": outputs} if outputs else {},
        "retryStrategy": retry.strategy(step.retries),
        "timeout": step.timeout,
        "resource": standing.resource(pipeline, step, action),
    }
    return _filled(found)


def _leaf(pipeline: Pipeline, step: Step, code: Code, nodes: Nodes) -> dict[str, Any]:
    inputs, container = _work(pipeline, step)
    mounts = argo_terms.mounts(pipeline)
    if isinstance(step.action, Script | Command | Inline):
        mounts += code.mounts()
    mounts += [*volumes.mounts(step.hardware), *checkpoints.mounts(step)]
    found = {
        "name": step.name,
        "inputs": _filled(inputs),
        "outputs": _outputs(step),
        "metadata": _metadata(step),
        "podSpecPatch": _patch(step),
        "daemon": isinstance(step.action, Notice) and bool(step.action.after),
        "retryStrategy": retry.strategy(step.retries),
        "timeout": step.timeout,
        **placement.placement(step.hardware, nodes),
        "volumes": [*volumes.volumes(step.hardware), *checkpoints.volumes(step)],
        "container": {
            **container,
            "workingDir": WORK,
            "env": [*container["env"], *_own(pipeline, step)],
            "resources": placement.resources(step.hardware, nodes),
            "securityContext": argo_terms.container_fields(pipeline),
            "volumeMounts": mounts,
        },
    }
    return _filled({**found, "container": _filled(found["container"])})


def _metadata(step: Step) -> dict[str, Any]:
    found = dict(step.pod.get("metadata", {}))
    labels = {**found.get("labels", {}), **placement.labels(step.hardware)}
    return {**found, "labels": labels} if labels else found


def _patch(step: Step) -> str:
    fields = {**step.pod.get("spec", {}), **placement.patch(step.hardware)}
    return json.dumps(fields, sort_keys=True) if fields else ""


def _work(pipeline: Pipeline, step: Step) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the inputs and the container of a step."""
    match step.action:
        case Select():
            return _informed(step, *lifecycle.select(pipeline, step))
        case Register() as action:
            return _informed(step, *lifecycle.register(pipeline, step, action))
        case Approval():
            return lifecycle.approve(step)
        case Notice() as action:
            return notices.notify(pipeline, step, action, lambda t: _written(pipeline, step, t))
    return _inputs(pipeline, step), _container(pipeline, step)


def _informed(
    step: Step, inputs: dict[str, Any], container: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Add the values of other steps that the step's variables hold to its inputs."""
    names = [argument(*r.output) for r in step.references if r.namespace == "steps"]
    added = [{"name": name} for name in dict.fromkeys(names)]
    return {**inputs, "parameters": [*inputs["parameters"], *added]}, container


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value}


def spell(pipeline: Pipeline, step: Step, reference: Reference) -> str:
    """Write `reference` as Argo substitutes it inside the template of `step`."""
    path = reference.path
    if reference.namespace == OWN:
        return f"$({variable(reference)})"
    if reference.namespace == "params":
        return f"{{{{workflow.parameters.{path}}}}}"
    if reference.namespace in ("matrix", "each"):
        return f"{{{{inputs.parameters.{reference.namespace}-{path}}}}}"
    if reference.namespace == "inputs":
        entry = step.input(path)
        if entry is None:
            return ""
        if entry.type == "artifact":
            return f"inputs/{path}"
        return f"{{{{inputs.parameters.inputs-{path}}}}}"
    if reference.namespace == "steps":
        return f"{{{{inputs.parameters.{argument(*reference.output)}}}}}"
    return run_field(pipeline, path)


def run_field(pipeline: Pipeline, name: str) -> str:
    """Write `run.name` and its kin as Argo substitutes them."""
    return {
        "env": pipeline.environment,
        "pipeline": pipeline.name,
        "source": "{{workflow.parameters.argosy-source}}",
    }.get(name, f"{{{{workflow.{name}}}}}")


def _inputs(pipeline: Pipeline, step: Step) -> dict[str, Any]:
    names = [f"{step.fan.namespace}-{axis}" for axis, _ in step.fan.axes]
    names += [f"inputs-{entry.name}" for entry in step.inputs if entry.type != "artifact"]
    names += [argument(*r.output) for r in step.references if r.namespace == "steps"]
    names += [digests.parameter(entry.name) for entry in digests.read(step)]
    names += checkpoints.parameters(step)
    artifacts = [
        artifact
        for entry in step.inputs
        if entry.type == "artifact"
        for artifact in _files(entry, pipeline.step(entry.step))
    ]
    return {"parameters": [{"name": n} for n in dict.fromkeys(names)], "artifacts": artifacts}


def _files(entry: Input, source: Step) -> Iterator[dict[str, Any]]:
    optional = {"optional": True} if source.fan.many and lifecycle.partial(source) else {}
    for name, path, _ in lifecycle.arrivals(entry, source):
        yield {"name": name, "path": f"{WORK}/inputs/{path}", **optional}


def _outputs(step: Step) -> dict[str, Any]:
    parameters = [
        {
            "name": lifecycle.parameter(o),
            "valueFrom": {"path": f"{WORK}/{o.path}", **digests.fallback(o)},
        }
        for o in step.outputs
        if not o.artifact
    ]
    # what a cache refers to must not go with the run that made it
    kept = {"artifactGC": {"strategy": "Never"}} if step.cache else {}
    artifacts = [
        {"name": o.name, "path": f"{WORK}/{o.path}", **kept} for o in step.outputs if o.artifact
    ]
    return _filled({"parameters": parameters, "artifacts": artifacts})


def _container(pipeline: Pipeline, step: Step) -> dict[str, Any]:
    def written(text: str) -> str:
        return _written(pipeline, step, text)

    match step.action:
        case Command(arguments=arguments):
            command = [written(argument) for argument in arguments]
        case Inline():
            script = ["python", ".argosy/_inline.py", f".argosy/{step.name}.py"]
            command = digests.command(step, script)
        case _:
            command = digests.command(step, ["sh", "-e", f".argosy/{step.name}.sh"])
    carried = _carried(pipeline, step)
    env = [{"name": name, "value": spell(pipeline, step, ref)} for name, ref in carried.items()]
    for own in step.arguments or ():
        name = variable(Reference(own.space, own.name, 0, 0))
        env.append({"name": name, "value": written(own.text)})
    if isinstance(step.action, Inline):
        env.append({"name": "ARGOSY_TYPES", "value": _types(pipeline, step)})
    return {"image": step.image, "command": command, "env": env}


def _carried(pipeline: Pipeline, step: Step) -> dict[str, Reference]:
    """The run-time values that the step gets by environment, by variable."""
    found = [Reference(step.fan.namespace, axis, 0, 0) for axis, _ in step.fan.axes]
    found += [Reference("inputs", entry.name, 0, 0) for entry in step.inputs]
    if isinstance(step.action, Inline):
        found += [Reference("params", parameter.name, 0, 0) for parameter in pipeline.params]
        found += [Reference("run", name, 0, 0) for name in ("uid", "source", "env", "pipeline")]
    found += step.references
    if step.arguments is not None:
        wired = {f"inputs.{entry.name}" for entry in step.inputs}
        found = [r for r in found if r.namespace == "run" or r.dotted in wired]
    named = {variable(reference): reference for reference in found}
    named.pop("ARGOSY_RUN", None)
    return named


def _types(pipeline: Pipeline, step: Step) -> str:
    found = {f"inputs.{entry.name}": entry.type for entry in step.inputs}
    if step.arguments is None:
        found = {f"params.{p.name}": p.type for p in pipeline.params} | found
        found |= {f"{step.fan.namespace}.{axis}": kind for axis, kind in step.fan.axes}
    found |= {f"{own.space}.{own.name}": own.type for own in step.arguments or ()}
    found |= {f"run.{name}": "string" for name in ("name", "uid", "source", "env", "pipeline")}
    return " ".join(f"{name}={kind}" for name, kind in found.items())


def _own(pipeline: Pipeline, step: Step) -> list[dict[str, Any]]:
    """What every step finds, then the `env` and `secrets` of the spec, which may refer to it."""
    env: list[dict[str, Any]] = [
        {"name": "ARGOSY_RUN", "value": "{{workflow.name}}"},
        {"name": "ARGOSY_STEP", "value": step.name},
        *checkpoints.variables(step),
    ]
    if pipeline.tracking_uri:
        env += _tracking(pipeline, step)
    env += [{"name": name, "value": _written(pipeline, step, text)} for name, text in step.env]
    return env + [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
        for name, secret, key in step.secrets
    ]


def _tracking(pipeline: Pipeline, step: Step) -> Iterator[dict[str, Any]]:
    """Yield what MLflow's client reads, as far as the step does not say it itself."""
    source = "{{workflow.parameters.argosy-source}}"
    tags = {tracking.STEP: step.name, "argosy.pipeline": pipeline.name, "argosy.source": source}
    found = tracking.variables(pipeline.tracking_uri, pipeline.name, tags)
    said = {name for name, _ in step.env} | {name for name, _, _ in step.secrets}
    yield from ({"name": n, "value": text} for n, text in found.items() if n not in said)


def _written(pipeline: Pipeline, step: Step, text: str) -> str:
    """Write text whose `$` the kubelet is to leave alone, references replaced."""
    hidden: list[str] = []

    def hide(reference: Reference) -> str:
        hidden.append(spell(pipeline, step, reference))
        return f"\0{len(hidden) - 1}\0"

    parts = substitute(text, hide).replace("$", "$$").split("\0")
    return "".join(hidden[int(part)] if index % 2 else part for index, part in enumerate(parts))
