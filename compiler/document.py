"""YAML → Document: plain data by the 1.2 core schema, and a place for every key and value.

Composed from the parser's events, because a loader throws the places away and knows YAML 1.1.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

import yaml

from compiler import patches
from compiler.problems import Location, Problem, Rejected, Related
from compiler.record import field, record, replace
from compiler.source import Source

Path = tuple[str | int, ...]
_DEPTH, _NODES = 64, 200_000
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_TAGS = ("!", *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq")))
_UNREADABLE = (  # what YAML excludes, and what YAML 1.1 alone takes for line breaks
    "[^\\t\\r\\n -~\\xa0-\\u2027\\u202f-\\u2065\\u206a-\\ud7ff\\ue000-\\ufffd"
    "\\U00010000-\\U0010ffff]|\\r(?!\\n)"
)
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@record
class Mark:
    """Where a value stands: of the rendered text of `source`, 0-based."""

    line: int
    column: int
    width: int
    token: str = ""
    block: bool = False
    quoted: bool = False
    source: Source | None = field(default=None, repr=False)


@record
class _Scion:
    """An event of the parser of another file's source."""

    event: Any
    source: Source = field(repr=False)


def _mark(event: Any, source: Source) -> Mark:
    """Return where `event` of the parser stands in the text of `source`, or of its own."""
    if isinstance(event, _Scion):
        event, source = event.event, event.source
    start, end = event.start_mark, event.end_mark
    width = end.column - start.column if end.line == start.line else 0
    width = width or max(len(source.line(start.line).rstrip()) - start.column, 1)
    style, token = getattr(event, "style", None), getattr(event, "value", "")
    block = style in ("|", ">")
    first = "" if block else token.split("\n", 1)[0]
    return Mark(start.line, start.column, width, first, block, style in ("'", '"'), source)


@record
class Document:
    """Plain data, and for every path the parser's events of its value and of its key, which
    know their places; `patched` holds those of the values before a patch was merged in."""

    data: Any
    source: Source = field(repr=False)
    values: Mapping[Path, Any] = field(repr=False)
    keys: Mapping[Path, Any] = field(repr=False)
    patched: Mapping[Path, Any] = field(default_factory=dict, repr=False)

    def at(self, path: Path) -> Location:
        """The place of the value at `path`, or of its nearest parent that has one."""
        while path and path not in self.values:
            path = path[:-1]
        event, before = self.values.get(path), self.patched.get(path)
        at = self._location(_mark(event, self.source) if event else Mark(0, 0, 1))
        if before is None or before is event:
            return at
        patched = Related("it patches this", self._location(_mark(before, self.source)))
        return replace(at, via=(patched, *at.via))

    def key(self, path: Path) -> Location:
        """The place of the key at `path`; of the value where there is no key."""
        event = self.keys.get(path)
        return self._location(_mark(event, self.source)) if event else self.at(path)

    def within(self, path: Path, offset: int, width: int) -> Location:
        """The place of character `offset` of the text at `path`."""
        event, text = self.values.get(path), self.value(path)
        if event is None or not isinstance(text, str):
            return self.at(path)
        mark = _mark(event, self.source)
        token = text[offset : offset + width].split("\n", 1)[0]
        place = self._occurrence(mark, token, text.count(token, 0, offset)) if token else None
        if place is None and not mark.block and "\n" not in text:
            place = Mark(mark.line, mark.column + mark.quoted + offset, 1, source=mark.source)
        return self._location(place) if place else self.at(path)

    def _occurrence(self, mark: Mark, token: str, number: int) -> Mark | None:
        """Find occurrence `number` of `token` from `mark` on, whatever the style of the scalar."""
        text = (mark.source or self.source).text
        before = text.split("\n", mark.line)[: mark.line]
        index = sum(len(line) + 1 for line in before) + mark.column - 1
        for _ in range(number + 1):
            index = text.find(token, index + 1)
            if index < 0:
                return None
        start = text.rfind("\n", 0, index) + 1
        line = text.count("\n", 0, index)
        return Mark(line, index - start, len(token), token, source=mark.source)

    def value(self, path: Path) -> Any:
        """Return the data at `path`, None where there is none."""
        return held(self.data, path)

    def _location(self, mark: Mark) -> Location:
        source = mark.source or self.source
        return source.locate(mark.line, mark.column, mark.width, mark.token)

    def foreign(self, path: Path) -> bool:
        """Whether the value at `path` stands in another file."""
        return isinstance(self.values.get(path), _Scion)

    def grafted(self, scions: Mapping[Path, tuple[Any, "Document"]]) -> "Document":
        """Return this document with a value at each path, in part of another, all places kept."""
        data, values, keys = self.data, dict(self.values), dict(self.keys)
        for path, (value, other) in scions.items():
            data = patches.put(data, path, value)
            for ours, theirs in ((values, other.values), (keys, other.keys)):
                found = {(*path, *p): _Scion(e, other.source) for p, e in theirs.items() if p}
                ours.update({p: scion for p, scion in found.items() if p not in ours})
        return replace(self, data=data, values=values, keys=keys)

    def merged(self, patch_at: Path) -> "Document":
        """Return this document with the mapping at `patch_at` merged in (RFC 7396)."""
        patch = self.value(patch_at)
        values, keys = dict(self.values), dict(self.keys)
        data = patches.merge(self.data, patch, (), patch_at, (values, keys))
        return replace(self, data=data, values=values, keys=keys, patched=self.values)

    def without(self, path: Path) -> "Document":
        """Return this document without the entry at `path`."""
        return replace(self, data=patches.without(self.data, path))

    def replaced(self, path: Path, value: Any) -> "Document":
        """Return this document with `value` at `path`, which keeps its place."""
        return replace(self, data=patches.put(self.data, path, value))

    def renamed(self, path: Path, name: str) -> "Document":
        """Return this document with the key at `path` called `name`, its places kept."""
        target = (*path[:-1], name)
        data = patches.put(self.without(path).data, target, self.value(path))
        size = len(path)
        values, keys = (
            {(*target, *p[size:]) if p[:size] == path else p: m for p, m in marks.items()}
            for marks in (self.values, self.keys)
        )
        return replace(self, data=data, values=values, keys=keys)


def held(value: Any, path: Path) -> Any:
    """Return what stands at `path` of plain data, None where there is nothing."""
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def read(source: Source) -> Document:
    """Return the document of `source`; raise `Rejected` with every mistake of its YAML."""
    # compiling the pattern costs a tenth of a start: printable text needs none
    plain = source.text.replace("\n", "").replace("\t", "").isprintable()
    if not plain and (found := re.search(_UNREADABLE, source.text)):
        from compiler.illegible import character

        raise Rejected([*source.problems, character(source, found.start())])
    composer = _Composer(source)
    try:
        document = composer.read()
    except yaml.MarkedYAMLError as error:
        from compiler.illegible import malformed

        mark = error.problem_mark or error.context_mark
        message = " ".join(filter(None, [error.context, error.problem]))
        place = (mark.line, mark.column) if mark else (0, 0)
        raise Rejected([*source.problems, malformed(source, message, *place)]) from None
    if composer.problems:
        raise Rejected([*source.problems, *composer.problems])
    return document


class _Composer:
    """Builds data and places from the events of one document."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.values: dict[Path, Any] = {}
        self.keys: dict[Path, Any] = {}
        self.anchors: dict[str, Any] = {}
        self.count = 0

    def read(self) -> Document:
        self.events = iter(yaml.parse(self.source.text, Loader=_Loader))
        data: Any = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if self.values:
                    self._report(
                        "second-document", "a second document", event, "one file holds one object"
                    )
                    break
                data = self._node(next(self.events), (), 0)
        return Document(data, self.source, self.values, self.keys)

    def _node(self, event: Any, path: Path, depth: int) -> Any:
        self.values[path] = event
        self.count += 1
        if depth > _DEPTH or self.count > _NODES:
            what = (
                f"more than {_DEPTH} levels" if depth > _DEPTH else f"more than {_NODES:,} values"
            )
            self._report("yaml-limit", what, event)
            raise Rejected([*self.source.problems, *self.problems])
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path)
        if event.tag and event.tag not in _TAGS:
            self._report("yaml-tag", f"tag `{event.tag}` is not supported", event)
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(path, depth)
        else:
            value = self._mapping(path, depth)
        if event.anchor:
            self.anchors[event.anchor] = (value, path)
        return value

    def _sequence(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items)), depth + 1))
        return items

    def _mapping(self, path: Path, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._key(event)
            if key in data:
                first = Related("first defined here", self._at(self.keys[(*path, key)]))
                self._report("duplicate-key", f"`{key}` occurs twice", event, related=(first,))
            self.keys[(*path, key)] = event
            value = self._node(next(self.events), (*path, key), depth + 1)
            data[key] = value
        return data

    def _key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._report("bad-key", "a key must be a plain string", event)
            raise Rejected([*self.source.problems, *self.problems])
        if event.value == "<<" and not event.style:
            self._report(
                "merge-key",
                "merge keys `<<` are not supported",
                event,
                "use `defaults:` or an alias as a whole value",
            )
        return str(event.value)

    def _alias(self, event: Any, path: Path) -> Any:
        if event.anchor not in self.anchors:
            self._report("unknown-alias", f"`*{event.anchor}` is not defined before", event)
            return None
        value, origin = self.anchors[event.anchor]
        size = len(origin)
        for known in [p for p in self.values if p[:size] == origin and p != origin]:
            self.values[(*path, *known[size:])] = self.values[known]
            self.count += 1
        for known in [p for p in self.keys if p[:size] == origin and p != origin]:
            self.keys[(*path, *known[size:])] = self.keys[known]
        return value

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.style or event.tag:
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        return _number(text)

    def _at(self, event: Any) -> Location:
        mark = _mark(event, self.source)
        return self.source.locate(mark.line, mark.column, mark.width, mark.token)

    def _report(
        self,
        code: str,
        message: str,
        event: Any,
        hint: str = "",
        *,
        related: tuple[Related, ...] = (),
    ) -> None:
        self.problems.append(Problem(code, message, self._at(event), hint, related=related))


def _number(text: str) -> int | float | str:
    """Resolve a plain scalar by the core schema (YAML 1.2.2 §10.3.2)."""
    if _INT.fullmatch(text):
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        return int(text, base) if len(text) < 64 else text
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text
