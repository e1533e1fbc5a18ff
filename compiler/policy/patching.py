"""Patches of pods as Kubernetes merges them: mappings by key, some lists by the name of an item."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

_KEYS: Mapping[str, str] = {
    **dict.fromkeys(("containers", "initContainers", "ephemeralContainers", "env"), "name"),
    **dict.fromkeys(("volumes", "imagePullSecrets"), "name"),
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "hostAliases": "ip",
    "ports": "containerPort",
    "topologySpreadConstraints": "topologyKey",
}
_TAG = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_MARK = "argosy-tag-of-argo"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnknownError(ValueError):
    """What a text will say is not known before it runs."""


def merged(before: Any, patch: Any, key: str = "") -> Any:
    """Return `before` with `patch` merged in, as a strategic merge of Kubernetes does."""
    if isinstance(before, Mapping) and isinstance(patch, Mapping):
        return _mapping(before, patch)
    if isinstance(before, list) and isinstance(patch, list) and key in _KEYS:
        return _listed(before, patch, _KEYS[key])
    return patch


def _mapping(before: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    if patch.get("$patch") == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    found = dict(before)
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        elif not key.startswith("$"):
            found[key] = merged(found[key], value, key) if key in found else value
    return found


def _listed(before: list[Any], patch: list[Any], name: str) -> list[Any]:
    found = list(before)
    for item in patch:
        known = item.get(name) if isinstance(item, Mapping) else None
        places = [n for n, old in enumerate(found) if isinstance(old, Mapping) and known
                  and old.get(name) == known]  # fmt: skip
        if isinstance(item, Mapping) and item.get("$patch") == "delete":
            found = [old for n, old in enumerate(found) if n not in places]
        elif places:
            found[places[0]] = merged(found[places[0]], item)
        else:
            found.append(item)
    return found


def read(text: Any) -> Any:
    """Return the data of a patch or a manifest; raise `UnknownError` where a run decides on it.

    A tag of Argo stands for one scalar, or a part of one: its place is kept, its text is `{{…}}`.
    """
    if isinstance(text, Mapping):
        return text
    plain = str(text).replace("$$", "$")
    try:
        return _marked(yaml.load(_TAG.sub(_MARK, plain), Loader=_Loader))  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnknownError("it cannot be read before it runs") from error


def _marked(data: Any) -> Any:
    """Return data in which each mark is a tag again, so that nobody takes it for a text."""
    if isinstance(data, str):
        return data.replace(_MARK, "{{…}}")
    if isinstance(data, Mapping):
        return {key: _marked(value) for key, value in data.items()}
    return [_marked(item) for item in data] if isinstance(data, list) else data


def tagged(text: Any) -> bool:
    """Whether a run decides about a part of `text`."""
    return isinstance(text, str) and _TAG.search(text) is not None
