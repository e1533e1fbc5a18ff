"""Sprig's functions of maps."""

from collections.abc import Callable, Mapping
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.sprig.conversions import is_empty
from argosy.engine.language.values import go_name, shown

Map = Mapping[str, Any]


def _set(data: Map, key: str, value: Any) -> Map:
    if isinstance(data, dict):
        data[key] = value
        return data
    return {**data, key: value}


def _unset(data: Map, key: str) -> Map:
    if isinstance(data, dict):
        data.pop(key, None)
        return data
    return {name: value for name, value in data.items() if name != key}


def _dict(*values: Any) -> dict[str, Any]:
    keys, given = values[::2], (*values[1::2], "")
    return {shown(key): given[index] for index, key in enumerate(keys)}


def _merged(target: Map, source: Map, *, overwrite: bool) -> dict[str, Any]:
    """Mergo: what the target lacks or has empty is taken from the source, maps in depth."""
    found = target if isinstance(target, dict) else dict(target)
    for key, value in source.items():
        held = found.get(key)
        if isinstance(held, Mapping) and isinstance(value, Mapping):
            found[key] = _merged(held, value, overwrite=overwrite)
        elif is_empty(held) or overwrite:
            found[key] = value
    return found


def _merge(*, overwrite: bool) -> Callable[..., Any]:
    def computed(target: Map, *sources: Map) -> Map:
        found = target
        for source in sources:
            found = _merged(found, source, overwrite=overwrite)
        return found

    return computed


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _dig(*arguments: Any) -> Any:
    if len(arguments) < 3:
        raise EvaluationError("dig needs at least three arguments")
    *keys, fallback, data = arguments
    for key in keys:
        if not isinstance(data, Mapping):
            raise EvaluationError(
                f"interface conversion: interface {{}} is {go_name(data)}, "
                "not map[string]interface {}"
            )
        if not isinstance(key, str):
            raise EvaluationError(
                f"interface conversion: interface {{}} is {go_name(key)}, not string"
            )
        if key not in data:
            return fallback
        data = data[key]
    return data


FUNCTIONS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "dict": ("*a", _dict),
    "get": ("ms", lambda data, key: data.get(key, "")),
    "set": ("msa", _set),
    "unset": ("ms", _unset),
    "hasKey": ("ms", lambda data, key: key in data),
    "pluck": ("s*m", lambda key, *maps: [data[key] for data in maps if key in data]),
    "keys": ("*m", lambda *maps: [key for data in maps for key in data]),
    "pick": ("m*s", lambda data, *keys: {key: data[key] for key in keys if key in data}),
    "omit": ("m*s", lambda data, *keys: {k: v for k, v in data.items() if k not in keys}),
    **dict.fromkeys(("merge", "mustMerge"), ("m*m", _merge(overwrite=False))),
    **dict.fromkeys(("mergeOverwrite", "mustMergeOverwrite"), ("m*m", _merge(overwrite=True))),
    "values": ("m", lambda data: list(data.values())),
    **dict.fromkeys(("deepCopy", "mustDeepCopy"), ("a", _copied)),
    "dig": ("*a", _dig),
}
