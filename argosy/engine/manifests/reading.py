"""YAML as Kubernetes reads it (sigs.k8s.io/yaml): objects, and a place for every path on request.

`y`, `yes` and `on` are booleans, `017` is an octal number, `1:30` and dates are texts, keys are
texts, `<<` merges, and a number without a fraction is whole, since JSON is what Argo gets.
"""

import re
from collections.abc import Iterator
from math import isfinite
from typing import Any, NoReturn

import yaml

from compiler.document import Document, Path
from compiler.problems import Location, Problem, Rejected, Related
from compiler.source import plain

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEPTH, _NODES = 64, 2_000_000
_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE"), False),
    **dict.fromkeys(("on", "On", "ON"), True),
    **dict.fromkeys(("off", "Off", "OFF"), False),
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WHOLE = re.compile(r"([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)")
_BASES = {"x": 16, "b": 2, "o": 8}
_TEXT = "tag:yaml.org,2002:str"
_TAGS = (None, "!", *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq", "null")))
_TAGS = (*_TAGS, *(f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float", "timestamp")))
_ADVICE = {
    "mapping values are not allowed": "a value that holds `: ` needs quotes; or the indentation is "
    "off",
    "cannot start any token": "indent with spaces, not with tabs; a text that starts so needs "
    "quotes",
}


_LONGEST = 1000  # letters of a number; Python reads no longer ones, and none fits


def read(file: str, text: str, *, lenient: bool = False) -> list[Any]:
    """Return the data of each document of `text`; raise `Rejected` with the mistakes of its YAML.

    `lenient`: of two equal keys the last is taken, as kubectl does.
    """
    return [document.data for document in _Composer(file, text, places=False).read(lenient=lenient)]


def documents(file: str, text: str) -> list[Document]:
    """Return what `read` reads with the places of all paths, which takes twice as long."""
    return list(_Composer(file, text, places=True).read(lenient=True))


def resolved(text: str) -> Any:
    """Return what a plain scalar stands for."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "0123456789+-.":
        return text
    if len(text) > _LONGEST:
        return text
    digits = text.replace("_", "") if text[0] != "." else text
    if (whole := _WHOLE.fullmatch(digits)) and -(2**63) <= (number := _integer(whole)) < 2**64:
        return number
    if _FLOAT.fullmatch(digits) and isfinite(real := float(digits)):
        return int(real) if real.is_integer() and abs(real) < 1e21 else real
    return text


def _integer(match: re.Match[str]) -> int:
    """Read a number as Go does with base 0: a leading zero is octal."""
    digits = match[2]
    base = _BASES.get(digits[1:2].lower(), 8 if digits[0] == "0" else 10)
    number = int(digits[2:] if digits[1:2].isalpha() else digits, base)
    return -number if match[1] == "-" else number


class _Composer:
    """Builds data from the parser's events, document by document."""

    def __init__(self, file: str, text: str, *, places: bool) -> None:
        self.file, self.text, self.places = file, text, places
        self.problems: list[Problem] = []
        self.count = 0

    def read(self, *, lenient: bool) -> Iterator[Document]:
        self.lenient = lenient
        try:
            self.next = _Loader(self.text).get_event
            yield from self._documents()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._refuse(" ".join(filter(None, [error.context, error.problem])), mark)
        except yaml.reader.ReaderError as error:
            before = self.text[: error.position] if isinstance(error.position, int) else ""
            at = Location(self.file, before.count("\n") + 1, len(before) - before.rfind("\n"))
            message = f"character {error.character!r} cannot stand in YAML"
            raise Rejected([Problem("bad-character", message, at)]) from None
        if self.problems:
            raise Rejected(self.problems)

    def _documents(self) -> Iterator[Document]:
        source = plain(self.file, self.text)
        while not isinstance(event := self.next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                self.values: dict[Path, Any] = {}
                self.keys: dict[Path, Any] = {}
                self.anchors: dict[str, tuple[Any, int, Path]] = {}
                data = self._node(self.next(), (), 0)
                yield Document(data, source, self.values, self.keys)

    def _node(self, event: Any, path: Path, depth: int) -> Any:
        before = self.count
        self.count += 1
        if self.places:
            self.values[path] = event
        if depth > _DEPTH or self.count > _NODES:
            what = f"more than {_DEPTH} levels" if depth > _DEPTH else f"over {_NODES:,} values"
            self._refuse(what, event.start_mark, "yaml-limit")
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self._alias(event, path)
        if event.tag not in _TAGS and not self.lenient:
            self._report("yaml-tag", f"tag `{event.tag}` is not supported", event)
        if kind is yaml.ScalarEvent:
            value = self._scalar(event)
        elif kind is yaml.SequenceStartEvent:
            value = self._sequence(path, depth + 1)
        else:
            value = self._mapping(path, depth + 1)
        if event.anchor:
            self.anchors[event.anchor] = (value, self.count - before, path)
        return value

    def _scalar(self, event: Any) -> Any:
        tag = event.tag
        if event.style or tag:
            typed = tag is not None and tag not in ("!", _TEXT) and tag in _TAGS
            return resolved(event.value) if typed else event.value
        return resolved(event.value)

    def _sequence(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        while type(event := self.next()) is not yaml.SequenceEndEvent:
            items.append(self._node(event, (*path, len(items)), depth))
        return items

    def _mapping(self, path: Path, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        seen: dict[str, Any] = {}
        while type(event := self.next()) is not yaml.MappingEndEvent:
            if type(event) is not yaml.ScalarEvent:
                self._refuse("a key must be a plain text", event.start_mark, "bad-key")
            if event.value == "<<" and not event.style:
                self._merge(data, self._node(self.next(), (*path, "<<"), depth), event)
                continue
            key = self._key(event)
            if key in seen and not self.lenient:
                first = Related("first defined here", self._at(seen[key].start_mark))
                self._report("duplicate-key", f"`{key}` occurs twice", event, (first,))
            seen[key] = event
            at = (*path, key)
            if self.places:
                self.keys[at] = event
            data[key] = self._node(self.next(), at, depth)
        return data

    def _key(self, event: Any) -> str:
        value = self._scalar(event)
        if isinstance(value, bool):
            return "true" if value else "false"
        return event.value if value is None else str(value)

    def _merge(self, data: dict[str, Any], value: Any, event: Any) -> None:
        """Put in the keys of a mapping, or of several, as go-yaml does: the later wins."""
        for part in reversed(value if isinstance(value, list) else [value]):
            if not isinstance(part, dict):
                self._refuse("map merge requires a map or a list of maps", event.start_mark)
            data.update(part)

    def _alias(self, event: Any, path: Path) -> Any:
        if event.anchor not in self.anchors:
            message = f"`*{event.anchor}` is not defined before"
            self._refuse(message, event.start_mark, "unknown-alias")
        value, size, origin = self.anchors[event.anchor]
        self.count += size
        if self.places and self.count < _NODES:
            for marks in (self.values, self.keys):
                below = [p for p in marks if p[: len(origin)] == origin and p != origin]
                marks.update({(*path, *p[len(origin) :]): marks[p] for p in below})
        return value

    def _at(self, mark: Any) -> Location:
        return Location(self.file, mark.line + 1, mark.column + 1) if mark else Location(self.file)

    def _refuse(self, message: str, mark: Any, code: str = "yaml") -> NoReturn:
        hint = next((hint for words, hint in _ADVICE.items() if words in message), "")
        raise Rejected([*self.problems, Problem(code, message, self._at(mark), hint)]) from None

    def _report(
        self, code: str, message: str, event: Any, related: tuple[Related, ...] = ()
    ) -> None:
        self.problems.append(Problem(code, message, self._at(event.start_mark), related=related))
