"""Marks in rendered text: the template line of each line, and the loops and calls that made it.

Templates are rendered twice. In the second rendering each line of text carries the place where it
was written, and calls at the start and the end of what repeats or includes keep a `Trail`.
"""

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from compiler.problems import Location, Related

if TYPE_CHECKING:
    from jinja2.lexer import Token, TokenStream

OPEN, CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
_CAPTURING = ("filter", "call")
_TARGETS = ("name", "comma", "dot", "lparen", "rparen")
_SHOWN = 40
Place = Callable[[str, int], Location]


@dataclass
class Trail:
    """The loops, macros and includes that rendering is inside of, kept by calls in templates."""

    place: Place
    _open: list[Related] = field(default_factory=list)
    _known: dict[tuple[Related, ...], int] = field(default_factory=dict)

    @property
    def via(self) -> tuple[Related, ...]:
        """What is open now, the innermost first."""
        return tuple(reversed(self._open))

    @property
    def known(self) -> list[tuple[Related, ...]]:
        """What was open at each number that stands in a mark."""
        return list(self._known)

    def calls(self) -> Mapping[str, Callable[..., str]]:
        """Return the functions that marked templates call."""
        return {
            "_argosy_loop": self._loop,
            "_argosy_macro": self._macro,
            "_argosy_include": self._include,
            "_argosy_end": self._end,
        }

    def _loop(self, shown: bool, file: str, line: int, index: int, names: dict[str, Any]) -> str:
        values = "".join(f", {name}={_brief(value)}" for name, value in names.items())
        return self._enter(shown, f"in iteration {index}{values}", file, line)

    def _macro(self, shown: bool, _file: str, _line: int, name: str) -> str:
        callers = template_lines()
        next(callers)
        file, line = next(callers, (_file, _line))
        return self._enter(shown, f"in macro `{name}`, called here", file, line)

    def _include(self, shown: bool, file: str, line: int) -> str:
        return self._enter(shown, "included here", file, line)

    def _enter(self, shown: bool, message: str, file: str, line: int) -> str:
        self._open.append(Related(message, self.place(file, line)))
        return self._mark(shown)

    def _end(self, shown: bool, *_place: object) -> str:
        del self._open[-1:]
        return self._mark(shown)

    def _mark(self, shown: bool) -> str:
        number = self._known.setdefault(self.via, len(self._known))
        return f"{OPEN}@{number}{CLOSE}" if shown else ""


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def template_lines() -> Iterator[tuple[str, int]]:
    """Yield the template lines that are being rendered, the innermost first."""
    frame = sys._getframe(1)
    while frame is not None:
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            yield template.name, template.get_corresponding_lineno(frame.f_lineno)
        frame = frame.f_back  # type: ignore[assignment]


def origins(
    text: str, marked: str, file: str, known: Sequence[tuple[Related, ...]]
) -> tuple[list[tuple[str, int]], list[tuple[Related, ...]]]:
    """Return each line's (file, line) and what made it.

    A line of captured text gets the last place known. Marks can change what a filter makes of a
    text; where the two renderings differ in lines, all lines are those of the first.
    """
    places, made = list[tuple[str, int]](), list[tuple[Related, ...]]()
    place, via = (file, 1), tuple[Related, ...]()
    for line in marked.split("\n"):
        parts = _MARK.split(line)
        marks, texts = ["", *parts[1::2]], parts[::2]
        place = _place(marks, texts) or place
        trails = _trails(marks, via, known)
        first = next((index for index, part in enumerate(texts) if part.strip()), -1)
        via = trails[-1]
        places.append(place)
        made.append(trails[first])
    count = text.count("\n") + 1
    return (places, made) if len(places) == count else ([(file, 1)] * count, [()] * count)


def _place(marks: Sequence[str], texts: Sequence[str]) -> tuple[str, int] | None:
    """Return the place of the first text of a line, else the last place that stands in it."""
    place = None
    for mark, text in zip(marks, texts):
        if mark and not mark.startswith("@"):
            name, _, number = mark.rpartition(":")
            place = (name, int(number))
        if place and text.strip():
            break
    return place


def _trails(
    marks: Sequence[str], via: tuple[Related, ...], known: Sequence[tuple[Related, ...]]
) -> list[tuple[Related, ...]]:
    """Return what is open behind each mark of a line that begins inside of `via`."""
    found = []
    for mark in marks:
        via = known[int(mark[1:])] if mark.startswith("@") else via
        found.append(via)
    return found


def ticking(tick: str) -> type:
    """Return an extension of Jinja that calls `tick` at each turn of a loop."""
    return _extension(lambda file: _Ticks(file, tick))


def marking() -> type:
    """Return an extension of Jinja that writes the marks, with the calls of a `Trail`."""
    return _extension(_Marks)


def _extension(statements: "Callable[[str], _Statements]") -> type:
    from jinja2.ext import Extension

    class Rewritten(Extension):
        def filter_stream(self, stream: "TokenStream") -> Iterator["Token"]:
            return statements(stream.filename or stream.name or "").rewrite(stream)

    return Rewritten


@dataclass
class _Statements:
    """Follows the statements of a template, and which blocks are open; `captured` counts those
    whose text becomes a value, where no mark may stand."""

    file: str
    open: list[str] = field(default_factory=list)
    captured: int = 0

    def rewrite(self, stream: "TokenStream") -> Iterator["Token"]:
        """Yield the tokens of a template, and what is put between them."""
        for token in stream:
            if token.type == "block_begin":
                statement = [token]
                while statement[-1].type != "block_end":
                    statement.append(next(stream))
                yield from self.statement(statement[1].value, statement)
            else:
                yield from self.text(token)

    def text(self, token: "Token") -> Iterator["Token"]:
        """Yield a token that stands in no statement."""
        yield token

    def statement(self, tag: str, tokens: list["Token"]) -> Iterator["Token"]:
        """Yield the tokens of a statement, and the calls before and after it."""
        top = self.open[-1] if self.open else ""
        ends = tag.startswith("end") or (tag == "else" and top == "for")
        if ends and top in ("for", "macro"):
            yield from self.end(tokens[0])
        if tag.startswith("end"):
            self.captured -= top in _CAPTURING
            del self.open[-1:]
        elif ends:
            self.open[-1] = "else"
        captures = tag in _CAPTURING or (tag == "set" and not _assigns(tokens))
        if captures or tag in ("for", "macro", "if", "block", "with"):
            self.open.append("call" if captures else tag)
            self.captured += captures
        yield from self.placed(tag, tokens)

    def placed(self, _tag: str, tokens: list["Token"]) -> Iterator["Token"]:
        """Yield a statement with what belongs beside it."""
        yield from tokens

    def end(self, _token: "Token") -> Iterator["Token"]:
        """Yield what stands at the end of a loop's turn, or of a macro."""
        yield from ()


class _Ticks(_Statements):
    """A call at each turn of a loop."""

    def __init__(self, file: str, tick: str) -> None:
        super().__init__(file)
        self.tick = tick

    def placed(self, tag: str, tokens: list["Token"]) -> Iterator["Token"]:
        yield from tokens
        if tag == "for":
            yield from _call(tokens[-1], self.tick)


class _Marks(_Statements):
    """A mark at each line of text, and the calls that keep the trail."""

    def text(self, token: "Token") -> Iterator["Token"]:
        if token.type != "data" or self.captured:
            yield token
            return
        lines = enumerate(token.value.split("\n"), token.lineno)
        marked = "\n".join(f"{OPEN}{self.file}:{number}{CLOSE}{line}" for number, line in lines)
        yield type(token)(token.lineno, "data", marked)

    def placed(self, tag: str, tokens: list["Token"]) -> Iterator["Token"]:
        first = tokens[0]
        if tag == "include":
            yield from self._call(first, "_argosy_include")
        yield from tokens
        if tag == "include":
            yield from self.end(first)
        elif tag == "for":
            yield from self._call(first, "_argosy_loop", _turn(tokens))
        elif tag == "macro":
            yield from self._call(first, "_argosy_macro", [("string", tokens[2].value)])

    def end(self, token: "Token") -> Iterator["Token"]:
        yield from self._call(token, "_argosy_end")

    def _call(
        self, at: "Token", name: str, more: Sequence[tuple[str, Any]] = ()
    ) -> Iterator["Token"]:
        place: list[tuple[str, Any]] = [
            ("name", "false" if self.captured else "true"),
            ("comma", ","),
        ]
        place += [("string", self.file), ("comma", ","), ("integer", at.lineno)]
        return _call(at, name, *place, *([("comma", ","), *more] if more else ()))


def _call(at: "Token", name: str, *arguments: tuple[str, Any]) -> Iterator["Token"]:
    parts = (("variable_begin", "{{"), ("name", name), ("lparen", "("), *arguments)
    for kind, value in (*parts, ("rparen", ")"), ("variable_end", "}}")):
        yield type(at)(at.lineno, kind, value)


def _turn(tokens: list["Token"]) -> list[tuple[str, Any]]:
    """Return the arguments of a call that says which turn of a loop this is, and its values."""
    words = [(token.type, token.value) for token in tokens[2:]]
    names = [value for kind, value in words[: words.index(("name", "in"))] if kind == "name"]
    found: list[tuple[str, Any]] = [("name", "loop"), ("dot", "."), ("name", "index")]
    found += [("comma", ","), ("lbrace", "{")]
    for name in names:
        found += [("string", name), ("colon", ":"), ("name", name), ("comma", ",")]
    return [*found, ("rbrace", "}")]


def _assigns(tokens: list["Token"]) -> bool:
    """Say whether a `set` assigns an expression, and captures no block."""
    return next((t.type for t in tokens[2:] if t.type not in _TARGETS), "") == "assign"
