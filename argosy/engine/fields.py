"""The fields that this engine honours; any other is refused before a step starts."""

from collections.abc import Iterator, Mapping
from typing import Any

from argosy.engine.failure import EngineError

# What a cluster does with these does not change what a run computes.
_IGNORED = (
    "serviceAccountName",
    "workflowMetadata",
    "podGC",
    "ttlStrategy",
    "securityContext",
    "podMetadata",
    "archiveLogs",
    "nodeSelector",
    "tolerations",
    "metadata",
    "priority",
    "imagePullPolicy",
    "automountServiceAccountToken",
    "artifactRepositoryRef",
    "artifactGC",
    "affinity",
    "priorityClassName",
)
_SPEC = (
    "entrypoint",
    "arguments",
    "templates",
    "imagePullSecrets",
    "synchronization",
    "volumes",
    "onExit",
    "parallelism",
    "activeDeadlineSeconds",
    "volumeClaimTemplates",
    "volumeClaimGC",
    *_IGNORED,
)
_TEMPLATE = (
    "name",
    "inputs",
    "outputs",
    "dag",
    "steps",
    "podSpecPatch",
    "daemon",
    "container",
    "containerSet",
    "initContainers",
    "sidecars",
    "script",
    "retryStrategy",
    "timeout",
    "activeDeadlineSeconds",
    "parallelism",
    "volumes",
    "memoize",
    "resource",
    "http",
    *_IGNORED,
)
_TASK = (
    "name",
    "template",
    "depends",
    "dependencies",
    "when",
    "arguments",
    "withItems",
    "withParam",
)
_CONTAINER = (
    "name",
    "image",
    "command",
    "args",
    "env",
    "envFrom",
    "workingDir",
    "resources",
    "volumeMounts",
    "source",
    *_IGNORED,
)
_PARAMETER = ("name", "value", "default", "valueFrom", "description", "enum")
_PLACES = ("s3", "gcs", "oss", "azure", "http", "artifactory", "raw", "from")
_ARTIFACT = (
    *("name", "path", "optional", "archive", "mode", "recurseMode", "artifactGC"),
    *_PLACES,
)
_RETRY = ("limit", "retryPolicy", "backoff", "expression")
_VALUE = ("jsonPath", "jqFilter", "path", "default", "parameter", "expression")
_SOURCES = ("value", "valueFrom", "name")
_VOLUMES = (
    *("name", "emptyDir", "configMap", "ephemeral", "secret", "projected", "downwardAPI"),
    "persistentVolumeClaim",
)
_REMEDY = {
    "volumeMounts": "an ephemeral volume is a folder here: mount it below the working folder",
    "nfs": "it needs a cluster; bind another profile",
    "suspend": "a suspended run waits for a person; run it on a cluster",
    "resource": "it needs a Kubernetes API; run it on a cluster",
}


def refuse_unsupported(spec: Mapping[str, Any]) -> None:
    """Raise `EngineError` when `spec` has what this engine would ignore."""
    found = unsupported(spec)
    if found:
        listed = "; ".join(f"{path}{f' ({remedy})' if remedy else ''}" for path, remedy in found)
        hint = "a cluster runs them; here they would be ignored"
        raise EngineError(f"not supported by the local engine: {listed}", hint)


def unsupported(spec: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (path, remedy) of every field of a workflow's spec that would not be honoured."""
    found = list(_unknown(spec, _SPEC, "spec"))
    found += _arguments(spec.get("arguments", {}), "spec.arguments")
    found += _volumes(spec, "spec")
    for index, template in enumerate(spec.get("templates", ())):
        found += _template(template, f"spec.templates[{index}]")
    return [(path, _REMEDY.get(path.rpartition(".")[2], "")) for path in found]


def _unknown(data: Mapping[str, Any], known: tuple[str, ...], path: str) -> Iterator[str]:
    yield from (f"{path}.{key}" for key in data if key not in known)


def _template(template: Mapping[str, Any], path: str) -> Iterator[str]:
    yield from _unknown(template, _TEMPLATE, path)
    yield from _volumes(template, path)
    yield from _outside(template, path)
    for side in ("inputs", "outputs"):
        yield from _arguments(template.get(side, {}), f"{path}.{side}")
    yield from _unknown(template.get("retryStrategy", {}), _RETRY, f"{path}.retryStrategy")
    if any(template.get("steps", ())):
        yield f"{path}.steps"
    if "ontainers" in template.get("podSpecPatch", ""):
        yield f"{path}.podSpecPatch"
    for kind in ("container", "script"):
        container = template.get(kind, {})
        yield from _unknown(container, _CONTAINER, f"{path}.{kind}")
        for index, variable in enumerate(container.get("env", ())):
            yield from _unknown(variable, _SOURCES, f"{path}.{kind}.env[{index}]")
    dag = template.get("dag", {})
    yield from _unknown(dag, ("tasks", "failFast"), f"{path}.dag")
    for index, task in enumerate(dag.get("tasks", ())):
        yield from _unknown(task, _TASK, f"{path}.dag.tasks[{index}]")
        yield from _arguments(task.get("arguments", {}), f"{path}.dag.tasks[{index}].arguments")


def _volumes(owner: Mapping[str, Any], path: str) -> Iterator[str]:
    for index, volume in enumerate(owner.get("volumes", ())):
        claim = volume.get("persistentVolumeClaim", {}).get("claimName", "")
        if claim.startswith("{{workflow.name}}-"):
            continue  # one of the run's own
        yield from _unknown(volume, _VOLUMES, f"{path}.volumes[{index}]")


def _outside(template: Mapping[str, Any], path: str) -> Iterator[str]:
    """An ephemeral volume is a folder of a pod, which its steps find by a relative path only."""
    ephemeral = [v["name"] for v in template.get("volumes", ()) if "ephemeral" in v]
    container = template.get("container") or template.get("script") or {}
    folder = container.get("workingDir", "/").rstrip("/")
    for mount in container.get("volumeMounts", ()):
        if mount["name"] in ephemeral and not mount["mountPath"].startswith(f"{folder}/"):
            yield f"{path}.container.volumeMounts"


def _arguments(data: Mapping[str, Any], path: str) -> Iterator[str]:
    yield from _unknown(data, ("parameters", "artifacts"), path)
    for index, parameter in enumerate(data.get("parameters", ())):
        yield from _unknown(parameter, _PARAMETER, f"{path}.parameters[{index}]")
        source = parameter.get("valueFrom", {})
        yield from _unknown(source, _VALUE, f"{path}.parameters[{index}].valueFrom")
    for index, artifact in enumerate(data.get("artifacts", ())):
        yield from _unknown(artifact, _ARTIFACT, f"{path}.artifacts[{index}]")
