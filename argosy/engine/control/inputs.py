"""From a call to a job: the inputs of its template, and the scope of everything in it."""

from collections.abc import Mapping
from typing import Any

from argosy.engine.control import identity, words
from argosy.engine.control.call import Arguments, Call, Job
from argosy.engine.failure import EngineError
from argosy.engine.language import Layers, names
from argosy.engine.manifests import Template
from argosy.engine.pods.store import placed

Data = Mapping[str, Any]
_AGE = "workflow.duration"
PODS = ("container", "script", "containerSet", "resource", "data")


def refuse(template: Template, faults: Mapping[str, str]) -> None:
    """Raise `EngineError` for steps that cannot be; a pod fails when it is made."""
    if "steps" in template.body and template.name in faults:
        raise EngineError(faults[template.name])


def job(call: Call, template: Template, run: str, values: Data, maps: Mapping[str, Data]) -> Job:
    """Return the job of a call (Argo's ProcessArgs); raise `EngineError` when an input is missing.

    `values` are the run's own names, `maps` its ConfigMaps.
    """
    body: Data = template.body
    local = {"node.name": call.name}
    if call.origin:
        local[f"{call.origin}.name"] = str(call.holder["name"])
    if any(kind in body for kind in PODS):
        local["pod.name"] = identity.pod_name(run, call.name, body.get("name", ""))
    outer = Layers(values, local)
    inputs, artifacts, named = _inputs(call, body, outer, maps)
    return Job(
        call,
        call.name,
        body,
        template.scope,
        outer,
        Layers(outer, named),
        inputs,
        artifacts,
        template.tagged,
    )


def _inputs(
    call: Call, body: Data, scope: Data, maps: Mapping[str, Data]
) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
    """Return the parameters and artifacts of a call, and the names that its template gives."""
    declared = body.get("inputs") or {}
    if not (declared or body.get("outputs")):
        return {}, {}, dict(names({}))
    filled = [
        {**p, "value": _value(p, call.arguments, scope, maps)}
        for p in declared.get("parameters") or ()
    ]
    sides = {"inputs": {**declared, "parameters": filled}, "outputs": body.get("outputs", {})}
    sides = words.substitute(sides, scope)
    inputs = {p["name"]: p["value"] for p in sides["inputs"]["parameters"]}
    artifacts = dict(_artifacts(declared, call.arguments))
    named = {f"inputs.artifacts.{name}": artifact for name, artifact in artifacts.items()}
    return inputs, artifacts, {**names(sides), **named}


def defaults(job: Job) -> list[str]:
    """Return the values of inputs that the template itself gives, as they are written."""
    declared = job.body.get("inputs", {}).get("parameters") or ()
    own = [p for p in declared if p["name"] not in job.call.arguments.parameters]
    return [text(value) for p in own if (value := p.get("value", p.get("default"))) is not None]


def _value(declared: Data, given: Arguments, scope: Data, maps: Mapping[str, Data]) -> str:
    name = declared["name"]
    if name in given.parameters:
        return given.parameters[name]
    value = declared.get("value", declared.get("default"))
    reference = (declared.get("valueFrom") or {}).get("configMapKeyRef")
    if reference is not None:
        return _kept(name, declared, words.substitute(reference, scope), maps)
    if value is None:
        raise EngineError(f"inputs.parameters.{name} was not supplied")
    return text(value)


def _kept(name: str, declared: Data, reference: Data, maps: Mapping[str, Data]) -> str:
    data = (maps.get(reference["name"]) or {}).get("data") or {}
    if reference["key"] in data:
        return str(data[reference["key"]])
    default = declared["valueFrom"].get("default")
    if default is not None:
        return text(default)
    what = f"ConfigMap '{reference['name']}' does not exist"
    if reference["name"] in maps:
        what = f"ConfigMap '{reference['name']}' does not have the key '{reference['key']}'"
    raise EngineError(f"unable to retrieve inputs.parameters.{name} from ConfigMap: {what}")


def _artifacts(declared: Data, given: Arguments) -> Mapping[str, Any]:
    found = {}
    for artifact in declared.get("artifacts") or ():
        name = artifact["name"]
        if name in given.artifacts:
            found[name] = given.artifacts[name]
        elif not (artifact.get("optional") or placed(artifact)):
            raise EngineError(f"inputs.artifacts.{name} was not supplied")
    return found


def text(value: Any) -> str:
    """Return a value as Argo's AnyString holds it."""
    return value if isinstance(value, str) else words.shown(value)


def replaced(value: Any, job: Job) -> Any:
    """Return a part of the job's body with its tags replaced (Argo's SubstituteParams)."""
    if not words.tagged(value):
        return value
    return words.substitute(words.substitute(value, job.outer), job.scope)


def planned(body: Any, job: Job) -> Any:
    """Return the body of a DAG or of steps: how long the run has lasted, each call sees anew."""
    if _AGE not in str(body):
        return replaced(body, job)
    scopes = ({k: scope[k] for k in scope if k != _AGE} for scope in (job.outer, job.scope))
    for scope in scopes:
        body = words.substitute(body, scope)
    return body


def in_pod(job: Job, values: Data) -> Data:
    """Return the body of a job as its pod has it: what values brought along is looked at again.

    Argo's substitutePodParams; it knows the run's own `values`, the inputs and the pod's name.
    """
    if not job.tagged:
        return job.body
    known = {f"inputs.parameters.{name}": value for name, value in job.inputs.items()}
    if "pod.name" in job.scope:
        known["pod.name"] = job.scope["pod.name"]
    found: Data = words.substitute(replaced(job.body, job), Layers(values, known))
    return found


def arguments(given: Data, scope: Data) -> Arguments:
    """Return what a task, step or hook hands over, its tags replaced already."""
    parameters = {
        p["name"]: text(p["value"])
        for p in given.get("parameters") or ()
        if p.get("value") is not None
    }
    return Arguments(parameters, dict(_handed(given, scope)))


def _handed(given: Data, scope: Data) -> Any:
    from argosy.engine.control.results import UnresolvedError, artifact

    for each in given.get("artifacts") or ():
        if not ("from" in each or "fromExpression" in each):
            yield each["name"], each
            continue
        try:
            yield each["name"], artifact(each, scope)
        except UnresolvedError:
            if not each.get("optional"):
                raise


def kind(body: Data) -> str:
    """Return the type of the node of a call, by its template."""
    if body.get("retryStrategy") is not None:
        return "Retry"
    kinds = {"steps": "Steps", "dag": "DAG", "suspend": "Suspend"}
    return next((kind for key, kind in kinds.items() if key in body), "Pod")
