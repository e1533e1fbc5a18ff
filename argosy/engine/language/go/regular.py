"""Matching of regular expressions in time linear in the text, as Go does (Pike's machine)."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from argosy.engine.language.errors import EvaluationError, RefusedError
from argosy.engine.language.go.regular_syntax import Program, Reader

_STEPS = 5_000_000
Slots = tuple[int, ...]
Match = tuple[int, int, Slots]


class Pattern(NamedTuple):
    """A compiled pattern: `slots` are two for the match and for each group."""

    program: Program
    slots: int
    names: Mapping[str, int]


@lru_cache(maxsize=256)
def _read(pattern: str) -> Pattern | str:
    reader = Reader(pattern)
    try:
        program = reader.program()
    except EvaluationError as error:
        return str(error)
    return Pattern(program, 2 * reader.groups + 2, reader.names)


def compiled(pattern: str) -> Pattern:
    """Return a compiled pattern; raise `EvaluationError` for what Go refuses."""
    found = _read(pattern)
    if isinstance(found, str):
        raise EvaluationError(found)
    return found


def found(pattern: str, text: str) -> bool:
    """Whether `pattern` matches somewhere in `text`."""
    return _search(compiled(pattern), text, 0) is not None


def matches(pattern: str, text: str) -> Iterator[Match]:
    """Yield the matches that do not overlap: start, end, slots (Go's FindAll)."""
    machine, position, before = compiled(pattern), 0, -1
    while position <= len(text):
        slots = _search(machine, text, position)
        if slots is None:
            return
        start, end = slots[:2]
        if not (end == position and start == before):
            yield start, end, slots
        position, before = max(end, position + (end == position)), end


def replaced(pattern: str, text: str, new: str, *, literal: bool = False) -> str:
    """Return `text` with all matches replaced; `$1` and `${name}` in `new` stand for groups."""
    machine, pieces, copied, position = compiled(pattern), list[str](), 0, 0
    while position <= len(text):
        slots = _search(machine, text, position)
        if slots is None:
            break
        start, end = slots[:2]
        pieces.append(text[copied:start])
        if end > copied or start == 0:
            pieces.append(new if literal else _expanded(new, machine, text, slots))
        copied = end
        position = max(end, position + 1)
    return "".join([*pieces, text[copied:]])


def _expanded(new: str, machine: Pattern, text: str, slots: Slots) -> str:
    def group(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name is None:
            return "$"
        number = int(name) if name.isdecimal() else machine.names.get(name, -1)
        if not 0 <= 2 * number < machine.slots or slots[2 * number] < 0:
            return ""
        return text[slots[2 * number] : slots[2 * number + 1]]

    return re.sub(r"\$(?:\$|(\w+)|\{(\w+)\})", group, new)


def escaped(text: str) -> str:
    """Return a pattern that matches `text` (Go's QuoteMeta)."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)


def _search(machine: Pattern, text: str, position: int) -> Slots | None:
    """Return the slots of the leftmost match from `position` on, preferred ways first."""
    program, steps = machine.program, 0
    current: dict[int, Slots] = {}
    best: Slots | None = None
    empty = (-1,) * machine.slots
    for at in range(position, len(text) + 1):
        if best is None:
            _add(machine, current, 0, empty, text, at)
        if best is not None and not current:
            break
        following: dict[int, Slots] = {}
        steps += len(current) + 1
        if steps > _STEPS:
            raise RefusedError("the text is too long for a regular expression here")
        for place, slots in current.items():
            operation = program[place]
            if operation[0] == "match":
                best = slots
                break
            if at < len(text) and operation[1](text[at]):
                _add(machine, following, place + 1, slots, text, at + 1)
        current = following
    return best


def _add(
    machine: Pattern, threads: dict[int, Slots], place: int, slots: Slots, text: str, at: int
) -> None:
    """Add the threads that are reached from `place` without a character, in their order."""
    stack, seen = [(place, slots)], set[int]()
    while stack:
        place, slots = stack.pop()
        if place in threads or place in seen:
            continue
        seen.add(place)
        operation = machine.program[place]
        kind = operation[0]
        if kind == "jump":
            stack.append((operation[1], slots))
        elif kind == "split":
            stack += [(operation[2], slots), (operation[1], slots)]
        elif kind == "save":
            slot = operation[1]
            stack.append((place + 1, (*slots[:slot], at, *slots[slot + 1 :])))
        elif kind == "assert":
            if _holds(operation[1], text, at):
                stack.append((place + 1, slots))
        else:
            threads[place] = slots


def _holds(kind: str, text: str, at: int) -> bool:
    if kind in ("start", "end"):
        return at == (0 if kind == "start" else len(text))
    if kind == "line start":
        return at == 0 or text[at - 1] == "\n"
    if kind == "line end":
        return at == len(text) or text[at] == "\n"
    before, after = at > 0 and _is_word(text[at - 1]), at < len(text) and _is_word(text[at])
    return (before != after) == (kind == "boundary")


def _is_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")
