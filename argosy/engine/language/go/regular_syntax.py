"""Regular expressions in Go's syntax (RE2) → a program of instructions.

An instruction is one of: ("one", test of a character), ("split", preferred place, other place),
("jump", place), ("save", slot), ("assert", kind), ("match",).
"""

import unicodedata
from typing import TYPE_CHECKING, Any, NoReturn

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.go.regular_classes import CLASSES, POSIX, Test, character, either

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Program = list[tuple[Any, ...]]
_MOST_REPEATS, _MOST_INSTRUCTIONS = 1000, 20_000
_SIMPLE = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ASSERTIONS = {"A": "start", "z": "end", "b": "boundary", "B": "inside"}


class Reader:
    """Reads a pattern, writing the program as it goes."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = self.groups = self.depth = 0
        self.flags: frozenset[str] = frozenset()
        self.names: dict[str, int] = {}

    def refuse(self, what: str, part: str) -> NoReturn:
        """Raise `EvaluationError` in Go's words."""
        raise EvaluationError(f"error parsing regexp: {what}: `{part}`")

    def peek(self) -> str:
        return self.pattern[self.position : self.position + 1]

    def take(self, text: str) -> bool:
        if not self.pattern.startswith(text, self.position):
            return False
        self.position += len(text)
        return True

    def program(self) -> Program:
        """Return the program of the whole pattern, its match between slots 0 and 1."""
        body = self.alternatives()
        if self.peek():
            self.refuse("unexpected )", self.pattern)
        return [("save", 0), *_moved(body, 1), ("save", 1), ("match",)]

    def alternatives(self) -> Program:
        self.depth += 1
        if self.depth > 100:
            self.refuse("expression nests too deeply", self.pattern)
        outer, found = self.flags, self.sequence()
        while self.take("|"):
            found = _either(found, self.sequence())
        self.flags = outer
        self.depth -= 1
        return found

    def sequence(self) -> Program:
        found: Program = []
        while self.peek() not in ("", "|", ")"):
            start = self.position
            one = self.repeated(self.atom(), start)
            found += _moved(one, len(found))
            if len(found) > _MOST_INSTRUCTIONS:
                self.refuse("expression too large", self.pattern)
        return found

    def repeated(self, one: Program, start: int) -> Program:
        before = ""
        while True:
            at = self.position
            least, most = self.bounds()
            if least < 0:
                return one
            sign = self.pattern[at : self.position]
            if before and before not in ("?",):
                self.refuse("invalid nested repetition operator", before + sign)
            lazy = self.take("?") != ("U" in self.flags)
            before = self.pattern[at : self.position]
            if len(one) * max(least, most, 1) > _MOST_INSTRUCTIONS:
                self.refuse("expression too large", self.pattern[start : self.position])
            one = _repeat(one, least, most, lazy=lazy)

    def bounds(self) -> tuple[int, int]:
        """Read `*`, `+`, `?` or `{n,m}` as (least, most); most is -1 without end; else (-1, -1)."""
        for sign, found in (("*", (0, -1)), ("+", (1, -1)), ("?", (0, 1))):
            if self.take(sign):
                return found
        end = self.pattern.find("}", self.position)
        if self.peek() != "{" or end < 0:
            return -1, -1
        low, comma, high = self.pattern[self.position + 1 : end].partition(",")
        if not low.isdecimal() or not (high.isdecimal() or not high):
            return -1, -1
        whole = self.pattern[self.position : end + 1]
        least, most = int(low), int(high or -1) if comma else int(low)
        if max(least, most) > _MOST_REPEATS or -1 < most < least:
            self.refuse("invalid repeat count", whole)
        self.position = end + 1
        return least, most

    def atom(self) -> Program:
        sign = self.peek()
        if sign in ("*", "+", "?"):
            self.refuse("missing argument to repetition operator", sign)
        self.position += 1
        readers: Mapping[str, Callable[[], Program]] = {
            "(": self.group,
            "\\": self.escape,
            "[": lambda: [("one", self.bracket())],
            ".": lambda: [("one", _any if "s" in self.flags else _no_newline)],
            "^": lambda: [("assert", "line start" if "m" in self.flags else "start")],
            "$": lambda: [("assert", "line end" if "m" in self.flags else "end")],
        }
        return readers[sign]() if sign in readers else [("one", self.literal(sign))]

    def literal(self, sign: str) -> Test:
        return character(sign, ignore_case="i" in self.flags)

    def group(self) -> Program:
        start = self.position - 1
        number = 0
        if self.take("?P<") or self.take("?<"):
            number = self.named(start)
        elif self.take("?"):
            if self.flagged(start):
                return []
        else:
            number = self.counted()
        outer = self.flags
        body = self.alternatives()
        self.flags = outer if not number else self.flags
        if not self.take(")"):
            self.refuse("missing closing )", self.pattern)
        if not number:
            return body
        return [("save", 2 * number), *_moved(body, 1), ("save", 2 * number + 1)]

    def counted(self) -> int:
        self.groups += 1
        return self.groups

    def named(self, start: int) -> int:
        name, _, rest = self.pattern[self.position :].partition(">")
        if not rest and not self.pattern.endswith(">"):
            self.refuse("invalid named capture", self.pattern[start:])
        if not name or not name.replace("_", "a").isalnum():
            self.refuse("invalid named capture", f"(?P<{name}>")
        if name in self.names:
            self.refuse("duplicate capture group name", name)
        self.position += len(name) + 1
        self.names[name] = self.counted()
        return self.names[name]

    def flagged(self, start: int) -> bool:
        """Read `i`, `m`, `s`, `U` and `-`; return whether the group ends with them."""
        on, flags = True, set(self.flags)
        while True:
            sign = self.peek()
            self.position += 1
            if sign in ("i", "m", "s", "U") and sign:
                (flags.add if on else flags.discard)(sign)
            elif sign == "-" and on:
                on = False
            elif sign in (":", ")") and sign:
                self.flags = frozenset(flags)
                return sign == ")"
            else:
                self.refuse(
                    "invalid or unsupported Perl syntax", self.pattern[start : self.position]
                )

    def escape(self) -> Program:
        sign = self.peek()
        if sign in _ASSERTIONS:
            self.position += 1
            return [("assert", _ASSERTIONS[sign])]
        if self.take("Q"):
            text, _, _ = self.pattern[self.position :].partition("\\E")
            self.position += len(text) + 2
            return [("one", self.literal(each)) for each in text]
        if test := self.category():
            return [("one", test)]
        return [("one", self.literal(self.escaped()))]

    def category(self) -> Test | None:
        """Read what follows a backslash as a class of characters: `d`, `W`, `pL`, `p{Greek}`."""
        sign = self.peek()
        if sign in CLASSES and sign:
            self.position += 1
            return CLASSES[sign]
        if sign not in ("p", "P") or not sign:
            return None
        at = self.position - 1
        self.position += 1
        if self.take("{"):
            name, _, _ = self.pattern[self.position :].partition("}")
            self.position += len(name) + 1
        else:
            name = self.peek()
            self.position += 1
        wanted = (sign == "p") != name.startswith("^")
        name = name.removeprefix("^")
        if name[:1] not in tuple("LMNPSZC") or len(name) > 2:
            self.refuse("invalid character class range", self.pattern[at : self.position])
        return lambda c: unicodedata.category(c).startswith(name) == wanted

    def escaped(self) -> str:
        """Read what follows a backslash as one character."""
        sign = self.peek()
        self.position += 1
        if not sign:
            self.refuse("trailing backslash at end of expression", "")
        if sign in _SIMPLE:
            return _SIMPLE[sign]
        if sign == "x":
            return self.hexadecimal()
        digits = self.pattern[self.position - 1 : self.position + 2]
        if sign in "01234567" and (sign == "0" or digits[1:2] in tuple("01234567")):
            octal = digits[: next((i for i, c in enumerate(digits) if c not in "01234567"), 3)]
            self.position += len(octal) - 1
            return chr(int(octal, 8))
        if sign.isalnum() or sign > "\x7f":
            self.refuse("invalid escape sequence", f"\\{sign}")
        return sign

    def hexadecimal(self) -> str:
        start = self.position - 2
        if self.take("{"):
            digits, _, _ = self.pattern[self.position :].partition("}")
            self.position += len(digits) + 1
        else:
            digits = self.pattern[self.position : self.position + 2]
            self.position += 2
        try:
            return chr(int(digits, 16))
        except (ValueError, OverflowError):
            self.refuse("invalid escape sequence", self.pattern[start : self.position])

    def bracket(self) -> Test:
        """Read the rest of `[…]`."""
        start = self.position - 1
        wanted = not self.take("^")
        tests: list[Test] = []
        while not (self.peek() == "]" and tests):
            if not self.peek():
                self.refuse("missing closing ]", self.pattern[start:])
            tests.append(self.member())
        self.position += 1
        within = either(tests)
        return within if wanted else lambda c: not within(c)

    def member(self) -> Test:
        start = self.position
        if self.pattern.startswith("[:", start) and ":]" in self.pattern[start:]:
            name = self.pattern[start + 2 : self.pattern.index(":]", start)]
            self.position = start + len(name) + 4
            if name not in POSIX:
                self.refuse("invalid character class range", f"[:{name}:]")
            return POSIX[name]
        if self.take("\\") and (test := self.category()):
            return test
        self.position = start
        first = self.single()
        if self.peek() != "-" or self.pattern[self.position + 1 : self.position + 2] in ("]", ""):
            return self.literal(first)
        self.position += 1
        last = self.single()
        if last < first:
            self.refuse("invalid character class range", self.pattern[start : self.position])
        if "i" in self.flags:
            return lambda c: first <= c.lower() <= last or first <= c.upper() <= last
        return lambda c: first <= c <= last

    def single(self) -> str:
        if self.take("\\"):
            return self.escaped()
        self.position += 1
        return self.pattern[self.position - 1]


def _any(_: str) -> bool:
    return True


def _no_newline(c: str) -> bool:
    return c != "\n"


def _moved(program: Program, by: int) -> Program:
    """Return a program that starts `by` instructions later."""
    places = ("split", "jump")
    return [(op[0], *(to + by for to in op[1:])) if op[0] in places else op for op in program]


def _either(left: Program, right: Program) -> Program:
    after = len(left) + 2
    return [
        ("split", 1, after),
        *_moved(left, 1),
        ("jump", after + len(right)),
        *_moved(right, after),
    ]


def _repeat(one: Program, least: int, most: int, *, lazy: bool) -> Program:
    found: Program = []
    for _ in range(least):
        found += _moved(one, len(found))
    if most < 0:
        size = len(found)
        inside, outside = size + 1, size + len(one) + 2
        return [*found, _split(inside, outside, lazy), *_moved(one, inside), ("jump", size)]
    optional = most - least
    end = len(found) + optional * (len(one) + 1)
    for _ in range(optional):
        inside = len(found) + 1
        found += [_split(inside, end, lazy), *_moved(one, inside)]
    return found


def _split(inside: int, outside: int, lazy: bool) -> tuple[Any, ...]:
    return ("split", outside, inside) if lazy else ("split", inside, outside)
