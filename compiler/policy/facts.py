"""What policies are about, as plain data: the form of one pipeline, its objects, its places.

Plain, so that it can be kept between runs, and so that an expression sees what the docs show.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.document import Document, Path
from compiler.pipeline import Command, Inline, Pipeline, Script, Step
from compiler.problems import Location
from compiler.record import as_data
from compiler.render import Compiled

Facts = Mapping[str, Any]
_OF_PIPELINE = ("owner", "timeout", "schedule", "serviceAccount", "defaults", "suppress")
_OF_STEP = ("image", "timeout", "hardware", "pod", "resource", "env")
_PROGRAMS = (Command, Inline, Script)
_SCHEDULE = ("name", "crons", "timezone", "concurrency", "deadline", "suspended", "until")


def facts(compiled: Compiled) -> dict[str, Any]:
    """Return the facts of a compiled pipeline: JSON data."""
    pipeline, document = compiled.pipeline, compiled.document
    objects = [_without_code(manifest) for manifest in compiled.manifests.values()]
    found = document.data.get("suppress", []) if document else []
    return {
        "pipeline": _pipeline(pipeline),
        "schedules": [
            {key: _plain(getattr(schedule, key)) for key in _SCHEDULE}
            | {"params": dict(schedule.params)}
            for schedule in pipeline.schedules
        ],
        "steps": [_step(step, step not in pipeline.steps) for step in pipeline.members],
        "objects": objects,
        "owners": dict(_owners(pipeline, objects)),
        "suppress": [dict(entry) for entry in found],
        "places": {key: _place(at) for key, at in _places(pipeline, document)},
    }


def _pipeline(pipeline: Pipeline) -> dict[str, Any]:
    about = pipeline.terms.about
    return {
        **{key: getattr(pipeline, key) for key in ("name", "environment", "namespace", "project")},
        **{key: getattr(pipeline, key) for key in ("timeout", "parallelism")},
        "owner": about.owner,
        "description": about.description,
        "tags": list(about.tags),
        "links": dict(about.links),
        "serviceAccount": pipeline.terms.service_account,
        "params": [{"name": p.name, "type": p.type, "default": p.default} for p in pipeline.params],
    }


def _step(step: Step, handler: bool) -> dict[str, Any]:
    return {
        "name": step.name,
        "kind": type(step.action).__name__.lower(),
        "handler": handler,
        "image": step.image,
        "hardware": {k: v for k, v in _plain(as_data(step.hardware)).items() if k != "at"},
        "timeout": step.timeout,
        "retries": step.retries.limit if step.retries else 0,
        "needs": list(step.needs),
        "env": dict(step.env),
        "secrets": [secret for _, secret, _ in step.secrets],
        "inputs": [entry.name for entry in step.inputs],
        "outputs": [output.name for output in step.outputs],
        "parallelism": step.parallelism,
        "combinations": len(step.fan.combinations),
        "many": step.fan.many,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _without_code(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest without the code that a ConfigMap carries: that is not for a policy."""
    kept = {key: _plain(value) for key, value in manifest.items()}
    if manifest.get("kind") == "ConfigMap":
        kept = {key: kept[key] for key in kept if key not in ("data", "binaryData")}
    return kept


def _owners(pipeline: Pipeline, objects: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield each template with the step that it belongs to, of those that share it the first."""
    steps = [step.name for step in pipeline.members]
    specs = [manifest.get("spec") or {} for manifest in objects]
    templates = [template for spec in specs for template in spec.get("templates") or ()]
    called: dict[str, str] = {}
    for template in templates:
        for task in (template.get("dag") or {}).get("tasks") or ():
            called.setdefault(str(task.get("template", "")), str(task.get("name", "")))
    for template in templates:
        name = str(template.get("name", ""))
        # those of a pipeline that is called begin with its name
        whole = f"{name.partition('--')[0]}--main" if "--" in name else name
        candidates = (name, called.get(name, ""), called.get(whole, ""))
        if owner := next(filter(None, (_owner(found, steps) for found in candidates)), ""):
            yield name, owner


def _owner(name: str, steps: list[str]) -> str:
    found = [step for step in steps if name == step or name.startswith(f"{step}-")]
    return max(found, key=len, default="")


def _places(pipeline: Pipeline, document: Document | None) -> Iterator[tuple[str, Location]]:
    yield "", pipeline.at
    for step in pipeline.members:
        yield f"steps.{step.name}", step.at
    if document is None:
        return
    yield "", _key(document, ("name",)) or pipeline.at
    for key in _OF_PIPELINE:
        if at := _key(document, (key,)):
            yield key, at
    for number, _ in enumerate(document.data.get("suppress", ())):
        yield f"suppress.{number}", document.at(("suppress", number))
    for step in pipeline.steps:
        for key in _OF_STEP:
            at = _key(document, ("steps", step.name, key))
            if isinstance(step.action, _PROGRAMS):
                at = at or _key(document, ("defaults", key))
            if at:
                yield f"steps.{step.name}.{key}", at


def _key(document: Document, path: Path) -> Location | None:
    return document.key(path) if path in document.values else None


def _place(at: Location) -> list[str | int]:
    return [at.file, at.line, at.column, at.width]


def place(known: Facts, step: str, field: str) -> Location:
    """Return where the source says `field` of a step, or of the pipeline where `step` is empty."""
    prefix = f"steps.{step}" if step else ""
    for key in (f"{prefix}.{field}" if prefix else field, prefix, ""):
        if key in known["places"]:
            return Location(*known["places"][key])
    return Location("argosy.yaml")
