"""JSON Schema as a policy: what is taken for one, and what is wrong with data by it.

No reference leaves the schema, none leads back to itself, and patterns take linear time.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_LOCAL = "#/$defs/"
_SHOWN = 200


def refusal(schema: Any) -> str:
    """Return why `schema` is not taken; nothing if it is."""
    definitions = schema.get("$defs", {}) if isinstance(schema, Mapping) else {}
    for keyword, target in _references(schema):
        name = str(target).removeprefix(_LOCAL)
        if keyword != "$ref" or not str(target).startswith(_LOCAL) or name not in definitions:
            return f"`{keyword}: {target}` is none of `{_LOCAL}NAME` that it has"
    if any(_leads(definitions, name, ()) for name in definitions):
        return "a definition refers to itself"
    try:
        _validator(_frozen(schema))
    except ValueError as error:
        return str(error).split("\n", 1)[0][:_SHOWN]
    return ""


def objections(schema: Any, data: Any) -> Iterator[str]:
    """Yield what is wrong with `data`, each with its place in it."""
    for error in _validator(_frozen(schema)).iter_errors(data):
        place = ".".join(str(part) for part in error.instance_path)
        yield f"{place}: {error.message[:_SHOWN]}" if place else str(error.message[:_SHOWN])


def _references(schema: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key in _REFERENCES:
                yield key, value
            yield from _references(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _references(item)


def _leads(definitions: Mapping[str, Any], name: str, chain: tuple[str, ...]) -> bool:
    if name in chain:
        return True
    targets = {str(target).removeprefix(_LOCAL) for _, target in _references(definitions[name])}
    return any(_leads(definitions, each, (*chain, name)) for each in targets if each in definitions)


def _frozen(schema: Any) -> str:
    import json

    return json.dumps(schema, sort_keys=True)


@lru_cache(maxsize=64)
def _validator(text: str) -> "Draft202012Validator":
    import json

    from jsonschema_rs import Draft202012Validator, RegexOptions

    return Draft202012Validator(json.loads(text), pattern_options=RegexOptions())
