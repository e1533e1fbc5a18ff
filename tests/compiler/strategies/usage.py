"""Usage: which keys of a JSON Schema a document has, so that a new key without strategy shows."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]


def keys(root: Schema) -> set[str]:
    """Return every key of a schema, as the place that declares it, and every value of an enum."""
    return set(_declared(root, ""))


def used(root: Schema, data: Any) -> set[str]:
    """Return those of `keys` that `data` has."""
    return set(_used(root, root, "", data))


def _declared(schema: Any, place: str) -> Iterator[str]:
    yield from (f"{place}={option}" for option in schema.get("enum", ()))
    for key, body in schema.get("properties", {}).items():
        yield f"{place}/{key}"
        yield from _declared(body, f"{place}/{key}")
    for part in ("items", "additionalProperties"):
        if isinstance(schema.get(part), Mapping):
            yield from _declared(schema[part], f"{place}/*")
    for name, body in schema.get("$defs", {}).items():
        yield from _declared(body, f"#{name}")


def _used(root: Schema, schema: Any, place: str, data: Any) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        inner, _, rest = name.partition("/properties/")
        found, where = root["$defs"][inner], f"#{inner}"
        if rest:
            found, where = found["properties"][rest], f"{where}/{rest}"
        yield from _used(root, found, where, data)
    if not isinstance(data, dict | list) and data in schema.get("enum", ()):
        yield f"{place}={data}"
    properties, other = schema.get("properties", {}), schema.get("additionalProperties")
    for key, value in data.items() if isinstance(data, dict) else ():
        if key in properties:
            yield f"{place}/{key}"
            yield from _used(root, properties[key], f"{place}/{key}", value)
        elif isinstance(other, Mapping):
            yield from _used(root, other, f"{place}/*", value)
    for value in data if isinstance(data, list) and "items" in schema else ():
        yield from _used(root, schema["items"], f"{place}/*", value)
