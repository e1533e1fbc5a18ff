"""The environment of a container: a little of the caller's, then what its manifest says."""

import math
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from argosy.engine.failure import EngineError
from argosy.engine.language.quantities import quantity
from argosy.engine.pods.dollars import expand
from argosy.engine.pods.world import World

_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_QUOTED = re.compile(r"metadata\.(labels|annotations)\['(.+)'\]")
Data = Mapping[str, Any]


def declared(
    world: World, container: Data, fields: Data, argo: Mapping[str, str]
) -> dict[str, str]:
    """Return the variables that a container declares, as a kubelet makes them.

    Each may refer to those of `env` before it, not to `envFrom`. `fields` are those of the
    downward API, `argo` the variables that Argo adds behind the container's own.
    """
    found = dict(_from_objects(world, container))
    before: dict[str, str] = {}
    for variable in container.get("env") or ():
        name = variable["name"]
        source = variable.get("valueFrom")
        value = _value(world, container, name, source, fields) if source else variable.get("value")
        if value is not None or not source:
            before[name] = expand(str(value or ""), before) if not source else str(value)
    return {**found, **before, **argo}


def _from_objects(world: World, container: Data) -> Iterator[tuple[str, str]]:
    for entry in container.get("envFrom") or ():
        prefix = entry.get("prefix", "")
        if "configMapRef" in entry:
            reference, data = entry["configMapRef"], _texts(world, entry["configMapRef"])
        else:
            reference = entry.get("secretRef") or {}
            data = secret(world, reference)
        if data is None and not reference.get("optional"):
            raise EngineError(f"envFrom: `{reference.get('name')}` is not among the manifests")
        names = ((f"{prefix}{key}", value) for key, value in (data or {}).items())
        yield from ((n, v.decode("utf-8", "replace")) for n, v in names if _NAME.fullmatch(n))


def _value(world: World, container: Data, name: str, source: Data, fields: Data) -> str | None:
    if "secretKeyRef" in source:
        return _secret(world, name, source["secretKeyRef"])
    if "configMapKeyRef" in source:
        return _key(world, name, source["configMapKeyRef"])
    if "fieldRef" in source:
        return field_of(fields, source["fieldRef"]["fieldPath"])
    if "resourceFieldRef" in source:
        return resource(container, source["resourceFieldRef"])
    raise EngineError(f"variable `{name}`: `{next(iter(source), 'nothing')}` is not supported here")


def field_of(fields: Data, path: str) -> str:
    """Return a field of the downward API; raise `EngineError` for one that no pod here has."""
    quoted = _QUOTED.fullmatch(path)
    if quoted:
        return str(fields[f"metadata.{quoted[1]}"].get(quoted[2], ""))
    if path in ("metadata.labels", "metadata.annotations"):
        return "\n".join(f'{key}="{value}"' for key, value in sorted(fields[path].items()))
    if path not in fields:
        raise EngineError(f"fieldPath `{path}` is not supported here")
    return str(fields[path])


def resource(container: Data, reference: Data) -> str:
    """Return a `resourceFieldRef`: what the container declares, else what this machine has."""
    kind, _, name = reference["resource"].partition(".")
    asked = container.get("resources") or {}
    limit = (asked.get("limits") or {}).get(name)
    text = limit if kind == "limits" else (asked.get("requests") or {}).get(name, limit)
    value = (
        float(quantity(str(text)))
        if text is not None
        else _machine(name)
        if kind == "limits"
        else 0.0
    )
    return str(math.ceil(value / (float(quantity(str(reference.get("divisor") or "1"))) or 1)))


def _machine(name: str) -> float:
    if name == "cpu":
        return float(os.cpu_count() or 1)
    if name == "memory":
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return 0.0


def config_map(world: World, reference: Data) -> dict[str, bytes] | None:
    """Return the content of a ConfigMap by key; None when it is not there."""
    import base64

    texts = _texts(world, reference)
    if texts is None:
        return None
    binary = (world.config_maps[reference["name"]].get("binaryData") or {}).items()
    return texts | {key: base64.b64decode(text) for key, text in binary}


def _texts(world: World, reference: Data) -> dict[str, bytes] | None:
    """Return the texts of a ConfigMap, which are all that a variable can come from."""
    found = world.config_maps.get(reference.get("name", ""))
    if found is None:
        return None
    return {key: str(text).encode() for key, text in (found.get("data") or {}).items()}


def secret(world: World, reference: Data) -> dict[str, bytes] | None:
    """Return the content of a secret by key: its folder of files, before the manifests' object."""
    import base64

    name = reference.get("name") or reference.get("secretName") or ""
    folder = world.secrets / name
    if name and folder.is_dir():
        return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    found = world.secret_objects.get(name)
    if found is None:
        return None
    encoded = (found.get("data") or {}).items()
    data = {key: base64.b64decode(text or "") for key, text in encoded}
    return data | {key: str(t).encode() for key, t in (found.get("stringData") or {}).items()}


def login(world: World, reference: Data) -> str:
    """Return the text of a key of a secret, for an artifact; raise `EngineError` without one."""
    data = secret(world, reference) or {}
    name, key = str(reference.get("name")), str(reference.get("key"))
    if key in data:
        return data[key].decode("utf-8", "replace").removesuffix("\n")
    hint = f"write it to {world.secrets / name / key}"
    raise EngineError(f"secret `{name}` key `{key}` is not there", hint)


def _key(world: World, name: str, reference: Data) -> str | None:
    data = _texts(world, reference)
    if data is not None and reference["key"] in data:
        return data[reference["key"]].decode("utf-8", "replace")
    if reference.get("optional"):
        return None
    what = "is not among the manifests" if data is None else f"has no key `{reference['key']}`"
    raise EngineError(f"variable `{name}`: ConfigMap `{reference.get('name')}` {what}")


def _secret(world: World, name: str, reference: Data) -> str | None:
    data = secret(world, reference) or {}
    if reference["key"] in data:
        return data[reference["key"]].decode("utf-8", "replace").removesuffix("\n")
    if name in os.environ:
        return os.environ[name]
    if reference.get("optional"):
        return None
    file = world.secrets / str(reference.get("name")) / reference["key"]
    hint = f"set {name} in the environment, or write it to {file}"
    raise EngineError(
        f"secret `{reference.get('name')}` key `{reference['key']}` is not there", hint
    )
