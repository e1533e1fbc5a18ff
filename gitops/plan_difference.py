"""Differences between two pieces of plain data, path by path, and how one writes them in a line."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

from compiler.record import record

_SHOWN, _COMPARED = 72, 1000


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()


@record
class Difference:
    """The value at `path` before and after; `MISSING` where there was or is none."""

    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        change = shown_change(self.before, self.after)
        if not self.path or not (self.before is MISSING or self.after is MISSING):
            return f"{self.path} {change}".lstrip()
        return f"{change[0]} {self.path} {change[2:]}"


def canonical(value: Any) -> str:
    """Return a text that two values share only if YAML tells them not apart (1 is not true)."""
    return json.dumps(value, sort_keys=True, default=repr)


def same(before: Any, after: Any) -> bool:
    """Whether both are the same data, type by type."""
    if before is MISSING or after is MISSING:
        return before is after
    return canonical(before) == canonical(after)


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Yield every difference; items that have names are compared by name, their order too."""
    if same(before, after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _mappings(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, path)
    else:
        yield Difference(path, before, after)


def _mappings(before: Any, after: Any, path: str) -> Iterator[Difference]:
    for key in dict.fromkeys([*before, *after]):
        inner = f"{path}.{key}" if path else str(key)
        yield from differences(before.get(key, MISSING), after.get(key, MISSING), inner)


def _lists(before: list[Any], after: list[Any], path: str) -> Iterator[Difference]:
    old, new = _named(before), _named(after)
    if old is None or new is None:
        yield from _sequences(before, after, path)
        return
    for name in dict.fromkeys([*old, *new]):
        yield from differences(old.get(name, MISSING), new.get(name, MISSING), f"{path}[{name}]")
    kept = [name for name in old if name in new]
    moved = [name for name in new if name in old]
    if kept != moved:
        yield Difference(f"{path}[order]", ", ".join(kept), ", ".join(moved))


def _named(items: list[Any]) -> dict[str, Any] | None:
    """Return the items by name, None unless each has a name of its own."""
    if not all(isinstance(item, Mapping) and isinstance(item.get("name"), str) for item in items):
        return None
    names = {item["name"]: item for item in items}
    return names if len(names) == len(items) else None


def _sequences(before: list[Any], after: list[Any], path: str) -> Iterator[Difference]:
    old, new = [canonical(item) for item in before], [canonical(item) for item in after]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            continue
        paired = min(j - i, m - k)
        for offset in range(paired):
            yield from differences(before[i + offset], after[k + offset], f"{path}[{k + offset}]")
        for index in range(i + paired, j):
            yield Difference(f"{path}[{index}]", before[index], MISSING)
        for index in range(k + paired, m):
            yield Difference(f"{path}[{index}]", MISSING, after[index])


def ends(before: Any, after: Any) -> tuple[Any, Any]:
    """Return both as plain data: None for what is missing."""
    return None if before is MISSING else before, None if after is MISSING else after


def shown_change(before: Any, after: Any) -> str:
    """Write `old → new`, `+ new` or `− old`, cropped around the place where they part."""
    if before is MISSING:
        return f"+ {shown(after)}"
    if after is MISSING:
        return f"− {shown(before)}"
    if _lines(before) and _lines(after):
        return counted_lines(before, after)
    old, new = _text(before), _text(after)
    if old == new:
        old, new = canonical(before), canonical(after)
    pairs = enumerate(zip(old, new))
    common = next((i for i, (a, b) in pairs if a != b), min(len(old), len(new)))
    start = max(common - 12, 0) if max(len(old), len(new)) > _SHOWN else 0
    return f"{_cropped(old, start)} → {_cropped(new, start)}"


def shown(value: Any) -> str:
    """Write a value in one line, cropped when it is long."""
    return _cropped(_text(value), 0)


def counted_lines(before: str, after: str) -> str:
    """Write how many lines of a text come and go."""
    old, new = before.split("\n"), after.split("\n")
    common = _common(old, new)
    if len(old) == len(new) == common:
        return "lines in another order"
    return f"+{len(new) - common} −{len(old) - common} lines"


def _common(old: list[str], new: list[str]) -> int:
    if max(len(old), len(new)) > _COMPARED:  # the matcher is quadratic when lines repeat
        return (Counter(old) & Counter(new)).total()
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks)


def _lines(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value.strip()


def _text(value: Any) -> str:
    if isinstance(value, str):
        plain = value and value == value.strip() and value.isprintable()
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _cropped(text: str, start: int) -> str:
    head = "…" if start else ""
    tail = "…" if len(text) > start + _SHOWN else ""
    return f"{head}{text[start : start + _SHOWN]}{tail}"
