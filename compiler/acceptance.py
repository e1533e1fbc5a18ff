"""Whether a schema accepts a value: the common answer, without the library that says why not.

Importing jsonschema-rs and compiling our schemas takes a fifth of a start. A document that is
right needs none of it; one that may be wrong, or whose schema has a word that is unknown here,
is left to the library.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from itertools import combinations
from math import isfinite
from typing import Any

Schema = Mapping[str, Any]
Check = Callable[[Any, Any, Schema, Schema], bool]
_ANCHOR = re.compile(r"\$(?=[)|]|\Z)")
_NOTES = ("$schema", "$id", "$defs", "title", "description", "examples", "default")


def accepts(schema: Schema, value: Any) -> bool:
    """Return True only if `value` is what `schema` accepts; False leaves it open."""
    return _fits(schema, value, schema)


def _fits(schema: Schema, value: Any, root: Schema) -> bool:
    for word, rule in schema.items():
        check = _CHECKS.get(word)
        if check is None or not check(rule, value, schema, root):
            return False
    return True


def _referred(rule: str, value: Any, _schema: Schema, root: Schema) -> bool:
    target: Any = root
    for part in rule.removeprefix("#/").split("/"):
        target = target[part]
    return _fits(target, value, root)


def _typed(rule: Any, value: Any, _schema: Schema, _root: Schema) -> bool:
    kinds = (rule,) if isinstance(rule, str) else rule
    if isinstance(value, float) and not isfinite(value):
        return False
    return any(kind in kinds for kind in _KINDS.get(type(value), ()))


def _known(rule: Schema, value: Any, _schema: Schema, root: Schema) -> bool:
    if not isinstance(value, dict):
        return True
    return all(_fits(rule[key], item, root) for key, item in value.items() if key in rule)


def _further(rule: Any, value: Any, schema: Schema, root: Schema) -> bool:
    if not isinstance(value, dict):
        return True
    known = schema.get("properties", {})
    further = [item for key, item in value.items() if key not in known]
    return not further if rule is False else all(_fits(rule, item, root) for item in further)


def _alone(rule: bool, value: Any, _schema: Schema, _root: Schema) -> bool:
    pairs = combinations(value, 2) if rule and isinstance(value, list) else ()
    return all(one != other for one, other in pairs)


def _same(rule: Any, value: Any) -> bool:
    return type(rule) is type(value) and rule == value


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern of ECMA-262, whose `$` is the end and not the line break before it."""
    return re.compile(_ANCHOR.sub(r"\\Z", text))


def _each(kind: type, measure: Callable[[Any, Any], bool]) -> Check:
    """Return a check of the values of one kind; others are none of its business."""
    return lambda rule, value, _schema, _root: (
        not isinstance(value, kind) or isinstance(value, bool) or measure(value, rule)
    )


_NUMBER: Any = (int, float)
_KINDS: Mapping[type, tuple[str, ...]] = {
    str: ("string",),
    bool: ("boolean",),
    int: ("integer", "number"),
    float: ("number",),
    list: ("array",),
    dict: ("object",),
    type(None): ("null",),
}
_CHECKS: Mapping[str, Check] = {
    **dict.fromkeys((*_NOTES, "format"), lambda *_: True),
    "$ref": _referred,
    "type": _typed,
    "properties": _known,
    "additionalProperties": _further,
    "required": _each(dict, lambda value, rule: all(key in value for key in rule)),
    "propertyNames": lambda rule, value, _, root: (
        not isinstance(value, dict) or all(_fits(rule, key, root) for key in value)
    ),
    "items": lambda rule, value, _, root: (
        not isinstance(value, list) or all(_fits(rule, item, root) for item in value)
    ),
    "uniqueItems": _alone,
    "enum": lambda rule, value, *_: any(_same(each, value) for each in rule),
    "const": lambda rule, value, *_: _same(rule, value),
    "pattern": _each(str, lambda value, rule: bool(_pattern(rule).search(value))),
    "minLength": _each(str, lambda value, rule: len(value) >= rule),
    "maxLength": _each(str, lambda value, rule: len(value) <= rule),
    "minItems": _each(list, lambda value, rule: len(value) >= rule),
    "maxItems": _each(list, lambda value, rule: len(value) <= rule),
    "minProperties": _each(dict, lambda value, rule: len(value) >= rule),
    "minimum": _each(_NUMBER, lambda value, rule: value >= rule),
    "maximum": _each(_NUMBER, lambda value, rule: value <= rule),
    "exclusiveMinimum": _each(_NUMBER, lambda value, rule: value > rule),
}
