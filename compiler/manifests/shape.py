"""The shape of a manifest, as the API server and Argo's reader see it: fields, types, keys.

The schema is that of the CustomResourceDefinitions. JSON Schema alone cannot say what the two do:
the API server drops nulls before it looks, Argo's reader takes them for nothing, takes a number
where it keeps a text, and minds no key that is missing.
"""

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from compiler import schema
from compiler.manifests.findings import Finding, Judge, Path

Schema = Mapping[str, Any]
BOTH, LINT, API = (
    frozenset({Judge.LINT, Judge.API}),
    frozenset({Judge.LINT}),
    frozenset({Judge.API}),
)
_RANGES = {"int32": 2**31, "int64": 2**63}
_UNKNOWN = "unknown field"
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "array": list,
    "object": Mapping,
    "number": (int, float),
    "integer": int,
}
_FORMATS: Mapping[str, Callable[[str], object]] = {
    "date-time": _TIME.fullmatch,
    "byte": lambda value: _is_base64(value),
}
_NAMES = {bool: "boolean", str: "string", list: "array", int: "integer", float: "number"}


@cache
def _definitions() -> Schema:
    loaded: Schema = json.loads(schema.text("argo"))["$defs"]
    return loaded


def known(kind: str) -> bool:
    """Whether `kind` is one that has a schema."""
    return kind in _definitions() and kind not in ("Metadata", "Template")


def fields(kind: str, path: Path) -> list[str]:
    """Return the fields that an object at `path` of a manifest may have."""
    node = _definitions()[kind]
    for part in (*path, None):
        if "$ref" in node:
            node = _definitions()[node["$ref"].rpartition("/")[2]]
        if isinstance(part, int):
            node = node.get("items", {})
        elif part is not None:
            node = node.get("properties", {}).get(part, {})
    return list(node.get("properties", {}))


def check(manifest: Mapping[str, Any], kind: str) -> Iterator[Finding]:
    """Yield what the API server or Argo's reader would not take of the shape of `manifest`."""
    yield from _checked(manifest, _definitions()[kind], (), BOTH)


def unreadable(found: Finding) -> bool:
    """Whether Argo's reader stops there, so that nothing else of the manifest is looked at."""
    return Judge.LINT in found.judges and not found.message.startswith(_UNKNOWN)


def _checked(value: Any, node: Schema, path: Path, judges: frozenset[Judge]) -> Iterator[Finding]:
    if node.get("x-kubernetes-preserve-unknown-fields"):
        judges = LINT  # the API server looks no further, Argo's reader does
    if "$ref" in node:
        node = _definitions()[node["$ref"].rpartition("/")[2]]
    if not _fits(value, node):
        yield _wrong_type(value, node, path, judges)
    elif isinstance(value, Mapping):
        yield from _object(value, node, path, judges)
    elif isinstance(value, list):
        yield from _list(value, node, path, judges)
    else:
        yield from _scalar(value, node, path, judges)


def _types(node: Schema) -> list[str]:
    found = node.get("type", [])
    return [found] if isinstance(found, str) else list(found)


def _fits(value: Any, node: Schema) -> bool:
    types = _types(node)
    if not types or value is None:
        return True
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        value = int(value)
    wanted = [_TYPES[name] for name in types]
    if isinstance(value, bool):
        return bool in wanted
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return "number" in types  # read as one with a fraction
    return any(isinstance(value, kind) for kind in wanted)


def _wrong_type(value: Any, node: Schema, path: Path, judges: frozenset[Judge]) -> Finding:
    number = type(value) in (int, float)
    loose = node.get("x-argo-any-text") or (number and "pattern" in node)
    found = _NAMES.get(type(value), "object")
    message = f"{found}: must be of type {' or '.join(_types(node))}"
    return Finding(path, "V01", message, judges & API if loose else judges)


def _object(
    value: Mapping[str, Any], node: Schema, path: Path, judges: frozenset[Judge]
) -> Iterator[Finding]:
    properties, others = node.get("properties", {}), node.get("additionalProperties", True)
    for name in node.get("required", ()):
        if value.get(name) is None:
            yield Finding((*path, name), _required(path, name), "Required value", judges & API)
    if len(value) != 1 and "maxProperties" in node:
        message = f"expected exactly one key, got {len(value)}"
        yield Finding(path, "V37", message, judges & LINT)
    for name, item in value.items():
        if name in properties:
            yield from _checked(item, properties[name], (*path, name), judges)
        elif isinstance(others, Mapping):
            yield from _checked(item, others, (*path, name), judges)
        elif not others:
            yield _unknown((*path, str(name)), judges)


def _unknown(path: Path, judges: frozenset[Judge]) -> Finding:
    """An unknown field; below a step Argo's reader minds none, and in `inline` nobody does."""
    below = path.index("steps") + 3 if "steps" in path else len(path)
    judges = judges & API if len(path) > below + 1 else judges
    message = f'{_UNKNOWN} "{path[-1]}"'
    return Finding(path, "V01", message, judges or frozenset({Judge.WRONG}))


def _required(path: Path, name: str) -> str:
    """The rule that a missing key breaks; V01 where no other has a claim."""
    if "initContainers" in path:
        return "V27"
    if name == "name" and path[-2:-1] in (("parameters",), ("artifacts",)):
        return "V15"
    return "G19" if "memoize" in path else "V38" if "prometheus" in path else "V01"


def _list(
    value: list[Any], node: Schema, path: Path, judges: frozenset[Judge]
) -> Iterator[Finding]:
    items = node.get("items", {})
    for index, item in enumerate(value):
        if item is None and "items" in node:
            yield Finding((*path, index), "V01", "null: must not be null", judges & API)
        yield from _checked(item, items, (*path, index), judges)
    if keys := node.get("x-kubernetes-list-map-keys"):
        yield from _doubles(value, keys, items, path, judges & API)


def _doubles(
    value: list[Any], keys: list[str], items: Schema, path: Path, judges: frozenset[Judge]
) -> Iterator[Finding]:
    seen: set[str] = set()
    if "$ref" in items:
        items = _definitions()[items["$ref"].rpartition("/")[2]]
    properties = items.get("properties", {})
    for index, item in enumerate(value):
        if not isinstance(item, Mapping):
            continue
        key = json.dumps({k: item.get(k, properties.get(k, {}).get("default")) for k in keys})
        if key in seen:
            rule = "V26" if "mountPath" in keys else "G19"
            yield Finding((*path, index), rule, f"Duplicate value: {key}", judges)
        seen.add(key)


def _scalar(value: Any, node: Schema, path: Path, judges: frozenset[Judge]) -> Iterator[Finding]:
    if isinstance(value, float) and not math.isfinite(value):
        yield Finding(path, "V01", "must be a finite number", judges)
    if "enum" in node and value is not None and value not in node["enum"]:
        known = ", ".join(f'"{option}"' for option in node["enum"])
        message = f'Unsupported value: "{value}": supported values: {known}'
        yield Finding(path, "G19", message, judges & API)
    if "pattern" in node and isinstance(value, str) and not re.search(node["pattern"], value):
        yield Finding(path, "V01", "quantities must match the regular expression", judges)
    size, judges_of_size = _RANGES.get(node.get("format", "")), judges
    if "integer" in _types(node) and not size and "pattern" not in node:
        size, judges_of_size = _RANGES["int32"], judges & LINT
    if size and isinstance(value, int) and not -size <= value < size:
        yield Finding(path, "V01", f"{value} is out of range", judges_of_size)
    if isinstance(value, str) and not _FORMATS.get(node.get("format", ""), _any)(value):
        yield Finding(path, "V01", f"must be a {node['format']}", judges)


def _is_base64(value: str) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _any(_value: str) -> bool:
    return True
