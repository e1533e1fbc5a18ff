"""Which release of Argo knows a field: what is newer than the project's target is refused.

Argo drops fields that it does not know, or its API server refuses them, and the sync stops.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compiler.pipeline import Pipeline
from compiler.problems import Location, Problem
from compiler.record import record

Version = tuple[int, int]
_EVER: Version = (99, 0)


@record
class Field:
    """A field by the last parts of its path; known from `since` on, and before `until`."""

    path: str
    since: Version = (3, 0)
    until: Version = _EVER

    @property
    def key(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]


FIELDS = (
    Field("spec.schedules", since=(3, 6)),
    Field("spec.when", since=(3, 6)),
    Field("spec.stopStrategy", since=(3, 6)),
    Field("spec.schedule", until=(4, 0)),
    Field("synchronization.mutexes", since=(3, 6)),
    Field("synchronization.semaphores", since=(3, 6)),
    Field("synchronization.mutex", until=(4, 0)),
    Field("synchronization.semaphore", until=(4, 0)),
    Field("mutexes[].database", since=(3, 7)),
    Field("semaphores[].database", since=(3, 7)),
    Field("spec.podPriority", until=(3, 7)),
    Field("workflowSpec.podPriority", until=(3, 7)),
    Field("templates[].priority", until=(3, 7)),
    Field("templates[].annotations", since=(3, 7)),
    Field("backoff.cap", since=(3, 7)),
    Field("artifacts[].plugin", since=(4, 0)),
    Field("artifactRepository.plugin", since=(4, 0)),
    Field("s3.addressingStyle", since=(4, 1)),
    Field("archive.zstd", since=(4, 1)),
    Field("archive.brotli", since=(4, 1)),
    Field("templates[].podResources", since=(4, 1)),
    Field("templates[].resourceClaims", since=(4, 1)),
    Field("templates[].pendingTimeout", since=(4, 1)),
    Field("spec.executorPlugins", since=(4, 1)),
    Field("workflowSpec.executorPlugins", since=(4, 1)),
    Field("templates[].executorPlugins", since=(4, 1)),
)
# what the API server takes of each, from 4.0 on
CAPPED: Version = (4, 0)
CAPS = {"templates": 200, "dag.tasks": 200, "inputs.parameters": 500}


def check(
    pipeline: Pipeline, files: Mapping[str, bytes], manifests: Mapping[str, Any], target: str
) -> Iterator[Problem]:
    """Yield what Argo `target` (such as `3.7`) does not take of `manifests`, emitted as `files`."""
    release = _version(target)
    foreign = [field for field in FIELDS if not field.since <= release < field.until]
    for name, manifest in manifests.items():
        # a quick look, so that a walk through everything is rare
        suspects = [field for field in foreign if f"{field.key}:".encode() in files[name]]
        for field, where in _uses(pipeline, manifest, suspects) if suspects else ():
            yield Problem("target-argo", _foreign(field, release, target), where, _HINT)
        if release >= CAPPED:
            yield from _capped(pipeline, manifest, target)


_HINT = "raise `targetArgo` in argosy.yaml when the clusters run a release that has it"


def _uses(
    pipeline: Pipeline, manifest: Mapping[str, Any], fields: Sequence[Field]
) -> Iterator[tuple[Field, Location]]:
    """Yield those of `fields` that a manifest has, each time, with the place of the step."""
    for path, where in _paths(manifest, "", pipeline.at, pipeline):
        for field in fields:
            if path == field.path or path.endswith(f".{field.path}"):
                yield field, where


def _foreign(field: Field, release: Version, target: str) -> str:
    if release < field.since:
        return f"`{field.path}` needs Argo {_text(field.since)}; the project's target is {target}"
    return f"Argo {_text(field.until)} has no `{field.path}` any more; the target is {target}"


def _capped(pipeline: Pipeline, manifest: Mapping[str, Any], target: str) -> Iterator[Problem]:
    templates = manifest.get("spec", {}).get("templates", [])
    found = [("templates", pipeline.at, templates)]
    for template in templates:
        at = _place(pipeline, template, pipeline.at)
        found.append(("dag.tasks", at, template.get("dag", {}).get("tasks", [])))
        found.append(("inputs.parameters", at, template.get("inputs", {}).get("parameters", [])))
    for what, at, items in found:
        if len(items) > CAPS[what]:
            message = f"{len(items)} {what}; the API of Argo {target} takes {CAPS[what]}"
            yield Problem("target-argo", message, at, "split the step, or the pipeline")


def _paths(
    data: Any, path: str, where: Location, pipeline: Pipeline
) -> Iterator[tuple[str, Location]]:
    """Yield the path of every field, `[]` for the items of a list, and the step it belongs to."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            inner = f"{path}.{key}" if path else key
            yield inner, where
            yield from _paths(value, inner, where, pipeline)
    elif isinstance(data, list):
        for item in data:
            at = _place(pipeline, item, where) if path.endswith("templates") else where
            yield from _paths(item, f"{path}[]", at, pipeline)


def _place(pipeline: Pipeline, template: Mapping[str, Any], otherwise: Location) -> Location:
    """Return the place of the step that a template is of."""
    named = (step.at for step in pipeline.members if step.name == template.get("name"))
    return next(named, otherwise)


def _version(text: str) -> Version:
    major, _, minor = text.partition(".")
    return int(major), int(minor)


def _text(version: Version) -> str:
    return f"{version[0]}.{version[1]}"
