"""The arguments of a workflow: given, declared or from a ConfigMap, each of an allowed value."""

from collections.abc import Mapping, Sequence
from typing import Any

from argosy.engine.failure import EngineError
from argosy.engine.manifests.bundle import Bundle
from compiler.convention import FORBIDDEN
from compiler.problems import nearest
from compiler.record import replace

_TYPE = "workflows.argoproj.io/configmap-type"


def text(value: Any) -> str:
    """Return a value as Argo keeps it where it keeps texts (AnyString): JSON of what is none."""
    if isinstance(value, str):
        return value
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def declared(bundle: Bundle) -> list[Mapping[str, Any]]:
    """Return the parameters that the workflow declares, with what its template adds."""
    given = bundle.spec.get("arguments")
    found = given.get("parameters") if isinstance(given, Mapping) else None
    return [p for p in found if isinstance(p, Mapping)] if isinstance(found, list) else []


def applied(bundle: Bundle, given: Mapping[str, str], *, as_argo: bool = False) -> Bundle:
    """Return the bundle with the values that a person gave; raise `EngineError` for a wrong one.

    `as_argo`: take values that Argo would evaluate.
    """
    known = {str(parameter.get("name")): parameter for parameter in declared(bundle)}
    for name, value in given.items():
        if name not in known:
            hint = nearest(name, list(known)) or "the workflow has none"
            raise EngineError(f"no parameter is called `{name}`", hint)
        _check(name, value, known[name], as_argo=as_argo)
    if not given:
        return bundle
    parameters = [_given(p, given) for p in known.values()]
    arguments = {**bundle.spec["arguments"], "parameters": parameters}
    return replace(
        bundle, scope=replace(bundle.scope, spec={**bundle.spec, "arguments": arguments})
    )


def _given(parameter: Mapping[str, Any], given: Mapping[str, str]) -> Mapping[str, Any]:
    name = str(parameter.get("name"))
    if name not in given:
        return parameter
    kept = {key: value for key, value in parameter.items() if key != "valueFrom"}
    return {**kept, "value": given[name]}


def _check(name: str, value: str, parameter: Mapping[str, Any], *, as_argo: bool) -> None:
    listed = parameter.get("enum")
    allowed: Sequence[str] = [text(v) for v in listed] if isinstance(listed, list) else []
    if allowed and value not in allowed:
        raise EngineError(f"`{value}` is no value of `{name}`", f"one of: {', '.join(allowed)}")
    found = "" if as_argo else next((mark for mark in FORBIDDEN if mark in value), "")
    if found:
        hint = "Argo would evaluate it; pass such text in a file, or run with --as-argo"
        raise EngineError(f"`{found}` cannot stand in the value of `{name}`", hint)


def values(bundle: Bundle) -> dict[str, str]:
    """Return name → value of the workflow's parameters (setGlobalParameters).

    Raise `EngineError` in Argo's words for one that has none.
    """
    return {str(parameter.get("name")): _value(bundle, parameter) for parameter in declared(bundle)}


def _value(bundle: Bundle, parameter: Mapping[str, Any]) -> str:
    name, source = parameter.get("name"), parameter.get("valueFrom")
    if isinstance(source, Mapping) and (reference := source.get("configMapKeyRef")):
        try:
            return from_config_map(bundle, reference)
        except EngineError as error:
            if source.get("default") is not None:
                return text(source["default"])
            where = f"with name {reference.get('name')} and key {reference.get('key')}"
            message = f"failed to set global parameter {name} from configmap {where}"
            raise EngineError(f"{message}: {error.message}", error.hint) from None
    if parameter.get("value") is None:
        message = "either value or valueFrom must be specified in order to set global parameter"
        raise EngineError(f"{message} {name}", f"give it one: -p {name}=…")
    return text(parameter["value"])


def from_config_map(bundle: Bundle, reference: Mapping[str, Any]) -> str:
    """Return what a `configMapKeyRef` of a parameter names (GetConfigMapValue).

    Raise `EngineError` in Argo's words: only a ConfigMap with a label gives parameters.
    """
    name, key = str(reference.get("name")), str(reference.get("key"))
    if name not in bundle.config_maps:
        hint = "it is not among the files: name its file, or their folder, as well"
        raise EngineError(f"ConfigMap '{name}' does not exist. Please make sure it exists", hint)
    found = bundle.config_maps[name]
    labels = (found.get("metadata") or {}).get("labels") or {}
    if labels.get(_TYPE) != "Parameter":
        message = f"ConfigMap '{name}' needs to have the label {_TYPE}: Parameter"
        raise EngineError(f"{message} in order to load parameters", f"add `{_TYPE}: Parameter`")
    data = found.get("data") or {}
    if key not in data:
        raise EngineError(f"ConfigMap '{name}' does not have the key '{key}'")
    return str(data[key])
