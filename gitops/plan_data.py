"""Bytes of a manifest → JSON data, in one pass over the parser's events.

Manifests are plain: PyYAML's own nodes and constructors, which know all of YAML, take twice the
time and get only what is not.
"""

from functools import lru_cache
from typing import Any

import yaml

from gitops.plan_difference import canonical

_DEPTH, _NODES = 64, 400_000
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Any = yaml.SafeLoader("")
_PLAIN = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("str", "null", "bool", "int"))


class _OddError(Exception):
    """There is more of YAML in it than is read here."""


class _UnwalkableError(Exception):
    """It nests deeper than objects do, is larger, or multiplies itself."""


def parse(content: bytes) -> dict[str, Any] | None:
    """Return the mapping that `content` holds; None if it is none, or too deep or large to walk."""
    try:
        text = content.decode()
        try:
            data = _read(text)
        except _OddError:
            data = constructed(text)
    except (_UnwalkableError, yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def constructed(text: str) -> Any:
    """Return what PyYAML makes of `text`, as JSON data."""
    if not _walkable(text):
        raise _UnwalkableError
    return _plain(yaml.load(text, Loader=_Loader))  # noqa: S506 - a safe loader


def _read(text: str) -> Any:
    found = _Reading()
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        if count > _NODES:
            raise _UnwalkableError
        found.take(event)
    return found.root


class _Reading:
    """The data read so far: what is open, and of each mapping the key that waits for a value."""

    def __init__(self) -> None:
        self.root: Any = None
        self._documents = 0
        self._open: list[Any] = []
        self._keys: list[str | None] = []

    def take(self, event: Any) -> None:
        """Take an event; raise `_OddError` or `_UnwalkableError`."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            _refuse_named(event)
            self._put(event.value if event.style else _resolved(event.value))
        elif kind is yaml.MappingStartEvent:
            self._enter(event, {})
        elif kind is yaml.SequenceStartEvent:
            self._enter(event, [])
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._open.pop()
            self._keys.pop()
        elif kind is yaml.AliasEvent:
            raise _UnwalkableError
        elif kind is yaml.DocumentStartEvent:
            self._documents += 1
            if self._documents > 1 or event.version or event.tags:
                raise _OddError

    def _enter(self, event: Any, value: Any) -> None:
        _refuse_named(event)
        self._put(value)
        self._open.append(value)
        self._keys.append(None)
        if len(self._open) > _DEPTH:
            raise _UnwalkableError

    def _put(self, value: Any) -> None:
        if not self._open:
            self.root = value
        elif type(self._open[-1]) is list:
            self._open[-1].append(value)
        elif (key := self._keys[-1]) is not None:
            self._open[-1][key] = value
            self._keys[-1] = None
        elif type(value) is str:
            self._keys[-1] = value
        else:
            raise _OddError


def _refuse_named(event: Any) -> None:
    if event.tag is not None or event.anchor is not None:
        raise _OddError


@lru_cache(4096)
def _resolved(text: str) -> Any:
    """Return what a text without quotes means."""
    tag = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))
    if tag not in _PLAIN:
        raise _OddError
    return text if tag == _PLAIN[0] else _RESOLVER.construct_object(yaml.ScalarNode(tag, text))


def _walkable(text: str) -> bool:
    """Whether the text nests no deeper than objects do, without aliases that multiply."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        opens = isinstance(event, yaml.CollectionStartEvent)
        depth += opens - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEPTH or count > _NODES or isinstance(event, yaml.AliasEvent):
            return False
    return True


def _plain(value: Any) -> Any:
    """Return JSON data: keys that are no strings would collide, dates and NaN not compare."""
    if isinstance(value, dict):
        return {k if isinstance(k, str) else canonical(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return f"{type(value).__name__} {value!r}"


def copied(value: Any) -> Any:
    """Return a copy of JSON data; `deepcopy`, which knows all data, takes four times as long."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value
