"""Labels and what selects by them, as Kubernetes takes them."""

import re
from collections.abc import Iterator
from typing import Any

from compiler.manifests.holders import mapping, mappings, words

_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = 63
_SUBDOMAIN = 253
# in the words of apimachinery's IsValidLabelValue
_UNLIKE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
    "'12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


def of_value(value: str) -> str:
    """Say what is wrong with the value of a label; nothing if it is fine."""
    if len(value) > _LABEL:
        return f"must be no more than {_LABEL} characters"
    if not _VALUE.fullmatch(value):
        return (
            f'invalid label value "{value}": a valid label must be an empty string or consist of '
            "alphanumeric characters, '-', '_' or '.'"
        )
    return ""


def faults(value: str) -> str:
    """Say all that is wrong with the value of a label, as a controller does."""
    long = [f"must be no more than {_LABEL} characters"] if len(value.encode()) > _LABEL else []
    return ";".join([*long, *([] if _VALUE.fullmatch(value) else [_UNLIKE])])


def of_key(key: str) -> str:
    """Say what is wrong with the key of a label or annotation; nothing if it is fine."""
    prefix, sign, name = key.rpartition("/")
    if sign and (len(prefix) > _SUBDOMAIN or not _PREFIX.fullmatch(prefix)):
        return f"invalid key {key!r}: prefix part must be a DNS subdomain"
    if not name or len(name) > _LABEL or not _VALUE.fullmatch(name):
        return f"invalid key {key!r}: name part must consist of alphanumeric characters"
    return ""


def wrong(selector: Any) -> Iterator[str]:
    """Yield what is wrong with a label selector."""
    body = mapping(selector)
    for key, value in mapping(body.get("matchLabels")).items():
        yield from filter(None, (of_key(str(key)), of_value(words(value))))
    for expression in mappings(body.get("matchExpressions")):
        operator, values = words(expression.get("operator")), expression.get("values") or []
        if operator not in OPERATORS:
            yield f'"{operator}" is not a valid label selector operator'
        elif bool(values) != (operator in ("In", "NotIn")):
            yield f"values must {'' if operator in ('In', 'NotIn') else 'not '}be given"
        yield from filter(None, [of_key(words(expression.get("key")))])
        yield from filter(None, [of_value(words(value)) for value in values])
