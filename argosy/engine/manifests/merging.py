"""Strategic merges as Argo makes them: a workflow on its template, a template on the defaults.

Lists whose members have a key of their own are merged by it, as the tags of Argo's structures say;
any other list is taken whole.
"""

from collections.abc import Mapping
from typing import Any

Data = Mapping[str, Any]
_KEYS = {
    **dict.fromkeys(("parameters", "artifacts", "templates", "tasks", "volumes"), "name"),
    **dict.fromkeys(("initContainers", "sidecars", "env", "imagePullSecrets"), "name"),
    "tolerations": "key",
    "hostAliases": "ip",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "ports": "containerPort",
}
_TYPES = (
    *("container", "containerSet", "steps", "dag", "script", "resource", "data", "suspend"),
    *("http", "plugin"),
)


def merged(below: Any, above: Any, key: str = "") -> Any:
    """Return `below` with `above` merged in (StrategicMergePatch); neither is changed."""
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        found = dict(below)
        for name, value in above.items():
            if value is not None:
                found[name] = merged(below[name], value, name) if name in below else value
        return found
    by = _KEYS.get(key)
    if by and isinstance(below, list) and isinstance(above, list):
        return _members(below, above, by)
    return above


def _members(below: list[Any], above: list[Any], by: str) -> list[Any]:
    named = {_key(item, by): item for item in above if _key(item, by)}
    known = {_key(item, by) for item in below}
    kept = [
        merged(item, named[_key(item, by)]) if _key(item, by) in named else item for item in below
    ]
    return [*kept, *(item for item in above if not _key(item, by) or _key(item, by) not in known)]


def _key(item: Any, by: str) -> str:
    """Return by what a member is known; nothing for one that has no such key."""
    return str(item[by]) if isinstance(item, Mapping) and item.get(by) is not None else ""


def joined(workflow: Data, template: Data) -> Data:
    """Return the spec of a workflow on that of the template it refers to (JoinWorkflowSpec)."""
    found: dict[str, Any] = merged(template, workflow)
    if "suspend" not in workflow:
        found.pop("suspend", None)
    return found


def defaulted(template: Data, defaults: Data) -> Data:
    """Return a template with `templateDefaults` below it; what it does stays its own."""
    own = next((kind for kind in _TYPES if template.get(kind) is not None), "")
    found: Data = merged(defaults, template)
    return {key: value for key, value in found.items() if key not in _TYPES or key == own}
