"""Parts as Argo writes them before it looks for tags: fields in the order of its own structures.

A tag that nobody closes reaches to the next `}}` of the JSON text, whatever that belongs to; so the
order decides whether there is one, and what lies inside.
"""

from collections.abc import Mapping, Sequence
from typing import Any

_CONTAINER = (
    *("name", "image", "command", "args", "workingDir", "ports", "envFrom", "env", "resources"),
    *("resizePolicy", "restartPolicy", "volumeMounts", "volumeDevices", "livenessProbe"),
    *("readinessProbe", "startupProbe", "lifecycle", "terminationMessagePath"),
    *("terminationMessagePolicy", "imagePullPolicy", "securityContext", "stdin", "stdinOnce"),
    "tty",
)
_CALL = ("name", "template", "inline", "arguments", "templateRef")
_LOOP = ("withItems", "withParam", "withSequence", "when", "continueOn", "onExit")
_ORDER: Mapping[str, Sequence[str]] = {
    "template": (
        *("name", "inputs", "outputs", "nodeSelector", "affinity", "metadata", "daemon", "steps"),
        *("container", "containerSet", "script", "resource", "dag", "suspend", "data", "http"),
        *("plugin", "volumes", "initContainers", "sidecars", "archiveLocation"),
        *("activeDeadlineSeconds", "retryStrategy", "parallelism", "failFast", "tolerations"),
        *("schedulerName", "priorityClassName", "serviceAccountName"),
        *("automountServiceAccountToken", "executor", "hostAliases", "securityContext"),
        *("podSpecPatch", "metrics", "synchronization", "memoize", "timeout", "annotations"),
    ),
    "task": (*_CALL, "dependencies", *_LOOP, "depends", "hooks"),
    "step": (*_CALL, *_LOOP, "hooks"),
    "container": _CONTAINER,
    "script": (*_CONTAINER, "source"),
    "data": ("parameters", "artifacts", "result", "exitCode"),
    "parameter": ("name", "default", "value", "valueFrom", "globalName", "enum", "description"),
    "artifact": (
        *("name", "path", "mode", "from", "archiveLogs", "s3", "git", "http", "artifactory"),
        *("hdfs", "raw", "oss", "gcs", "azure", "globalName", "archive", "optional", "subPath"),
        *("recurseMode", "fromExpression", "artifactGC", "deleted"),
    ),
    "dag": ("target", "tasks", "failFast"),
}
# what is written even if there is nothing to write
_ALWAYS: Mapping[str, Mapping[str, Any]] = {
    "template": {"inputs": {}, "outputs": {}, "metadata": {}},
    "task": {"arguments": {}},
    "step": {"arguments": {}},
    "container": {"name": "", "resources": {}},
    "script": {"name": "", "resources": {}, "source": ""},
}
_INSIDE = {
    **dict.fromkeys(("inputs", "outputs", "arguments"), "data"),
    "parameters": "parameter",
    "artifacts": "artifact",
    "dag": "dag",
    "tasks": "task",
    "steps": "step",
    "container": "container",
    "script": "script",
    "inline": "template",
    **dict.fromkeys(("sidecars", "initContainers"), "container"),
}


def ordered(data: Any, kind: str) -> Any:
    """Return a `template`, `task`, `step` or `data` (inputs, outputs) with its fields in order."""
    if isinstance(data, list):
        return [ordered(item, kind) for item in data]
    if not isinstance(data, Mapping):
        return data
    given = {key: value for key, value in data.items() if value is not None}
    given = {**_ALWAYS.get(kind, {}), **given}
    known = [key for key in _ORDER[kind] if key in given]
    found = {key: given[key] for key in (*known, *(k for k in given if k not in known))}
    return {
        key: ordered(value, _INSIDE[key]) if key in _INSIDE else value
        for key, value in found.items()
    }
