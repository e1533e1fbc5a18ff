"""Expressions as Argo evaluates them (expr-lang): conditions, and the grammar of `depends`.

Supported: comparison, `&& || !` and their words, `in`, `matches`, arithmetic, `?:`, `??`, `?.`,
member and index access, lists, the functions asFloat, asInt, string, len, toJson, fromJSON, int,
float, and `map` and `filter` with a predicate `{…}` in which `#` is the element.
"""

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][-+]?\d+)?)|(?P<string>'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>&&|\|\||==|!=|<=|>=|\?\?|\?\.|[-+*/%<>!?:.,()\[\]{}#]))"
)
_WORDS = {"and": "&&", "or": "||", "not": "!", "in": "in", "matches": "matches"}
_CONSTANTS: Mapping[str, Any] = {"true": True, "false": False, "nil": None}
_LEVELS: Sequence[tuple[str, ...]] = (
    ("??",),
    ("||",),
    ("&&",),
    ("==", "!=", "<", "<=", ">", ">=", "in", "matches"),
    ("+", "-"),
    ("*", "/", "%"),
)


_OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "??": lambda left, right: right if left is None else left,
    "||": operator.or_,
    "&&": operator.and_,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda left, right: left in right,
    "matches": lambda left, right: re.search(right, left) is not None,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
}


class EvaluationError(Exception):
    """The expression cannot be read or computed."""


def _number(value: Any) -> float:
    return float(value)


def to_json(value: Any) -> str:
    """Write plain data as Go's `json.Marshal` does, with what HTML could misread escaped."""
    text = json.dumps(_whole(value), separators=(",", ":"), ensure_ascii=False)
    return text.translate({ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})


def _whole(value: Any) -> Any:
    """Return `value` with whole floats as integers, as Go writes them."""
    if isinstance(value, list):
        return [_whole(item) for item in value]
    small = isinstance(value, float) and value.is_integer() and abs(value) < 1e21
    return int(value) if small else value


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "asFloat": _number,
    "float": _number,
    "asInt": lambda value: int(value),
    "int": lambda value: int(float(value)),
    "string": lambda value: written(value),
    "len": len,
    "type": lambda value: _kind(value),
    "toJson": to_json,
    "toJSON": to_json,
    "fromJSON": json.loads,
}


def _kind(value: Any) -> str:
    """Return what expr-lang calls the type of `value`."""
    if isinstance(value, bool) or value is None:
        return "nil" if value is None else "bool"
    kinds = {str: "string", int: "int", float: "float", list: "array"}
    return kinds.get(type(value), "map")


_PREDICATES = ("map", "filter")
_CHARACTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def evaluate(text: str, names: Mapping[str, Any]) -> Any:
    """Return the value of `text`, where `names` holds nested mappings; raise `EvaluationError`."""
    parser = _Parser(_tokens(text), names)
    try:
        value = parser.level(0)
        if parser.peek():
            raise EvaluationError(f"unexpected `{parser.peek()}`")
    except (TypeError, ValueError, KeyError, ZeroDivisionError, AttributeError) as error:
        raise EvaluationError(f"cannot evaluate `{text}`: {error}") from None
    return value


def written(value: Any) -> str:
    """Write a value as Argo prints it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if not match:
            raise EvaluationError(f"cannot read `{text[position:].strip()}`")
        kind = str(match.lastgroup)
        word = match[kind]
        found.append(("sign", _WORDS[word]) if kind == "name" and word in _WORDS else (kind, word))
        position = match.end()
    return found


class _Parser:
    """Evaluates while it reads; both sides of `&&` and `?:` are read, one counts."""

    def __init__(self, tokens: list[tuple[str, str]], names: Mapping[str, Any]) -> None:
        self.tokens, self.names, self.position = tokens, names, 0
        self.element: Any = None

    def peek(self) -> str:
        if self.position >= len(self.tokens):
            return ""
        kind, word = self.tokens[self.position]
        return word if kind == "sign" else f"{kind} {word}"

    def take(self, *signs: str) -> str:
        word = self.peek()
        if word in signs:
            self.position += 1
            return word
        return ""

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise EvaluationError(f"`{sign}` expected, found `{self.peek() or 'the end'}`")

    def level(self, depth: int) -> Any:
        """Read operators of this precedence and tighter; the loosest may be a choice `?:`."""
        if depth == len(_LEVELS):
            return self.unary()
        value = self.level(depth + 1)
        while True:
            if self.peek() == "!" and self._follows("in") and depth == 3:
                self.position += 2
                value = value not in self.level(depth + 1)
            elif sign := self.take(*_LEVELS[depth]):
                value = _applied(sign, value, self.level(depth + 1))
            else:
                break
        return self.choice(value) if depth == 0 else value

    def _follows(self, sign: str) -> bool:
        return self.tokens[self.position + 1 : self.position + 2] == [("sign", sign)]

    def choice(self, condition: Any) -> Any:
        if not self.take("?"):
            return condition
        yes = self.level(0)
        self.need(":")
        no = self.level(0)
        return yes if condition else no

    def unary(self) -> Any:
        if self.take("!"):
            return not self.unary()
        if self.take("-"):
            return -self.unary()
        return self.members(self.primary())

    def members(self, value: Any) -> Any:
        while True:
            if self.take("."):
                value = _member(value, self.name())
            elif self.take("?."):
                key = self.key() if self.take("[") else self.name()
                value = None if value is None else _member(value, key, missing=None)
            elif self.take("["):
                key = self.key()
                value = value[int(key)] if isinstance(value, list) else _member(value, key)
            else:
                return value

    def key(self) -> Any:
        found = self.level(0)
        self.need("]")
        return found

    def name(self) -> str:
        kind, word = self._next()
        if kind != "name":
            raise EvaluationError(f"a name expected, found `{word}`")
        return word

    def _next(self) -> tuple[str, str]:
        if self.position >= len(self.tokens):
            raise EvaluationError("unexpected end of the expression")
        self.position += 1
        return self.tokens[self.position - 1]

    def primary(self) -> Any:
        kind, word = self._next()
        if kind == "number":
            return float(word) if any(c in word for c in ".eE") else int(word)
        if kind == "string":
            return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _character, word[1:-1])
        if word == "(":
            value = self.level(0)
            self.need(")")
            return value
        if word == "[":
            return self.arguments("]")
        if word == "#":
            return self.element
        if kind != "name":
            raise EvaluationError(f"unexpected `{word}`")
        if word in _PREDICATES and self.take("("):
            return self.each(word)
        if word in _FUNCTIONS and self.take("("):
            return _FUNCTIONS[word](*self.arguments(")"))
        if word in _CONSTANTS:
            return _CONSTANTS[word]
        return _member(self.names, word)

    def each(self, function: str) -> list[Any]:
        """Read the list and the predicate of `map` or `filter`, once for each element."""
        items = self.level(0)
        self.need(",")
        self.need("{")
        start, outer = self.position, self.element
        results = []
        for self.element in items:
            self.position = start
            results.append(self.level(0))
        self.element, self.position = outer, self._end_of_predicate(start)
        self.need(")")
        return results if function == "map" else [i for i, kept in zip(items, results) if kept]

    def _end_of_predicate(self, start: int) -> int:
        depth = 1
        for position in range(start, len(self.tokens)):
            word = self.tokens[position]
            depth += (word == ("sign", "{")) - (word == ("sign", "}"))
            if depth == 0:
                return position + 1
        raise EvaluationError("`}` expected, found `the end`")

    def arguments(self, end: str) -> list[Any]:
        found: list[Any] = []
        while not self.take(end):
            found.append(self.level(0))
            if self.peek() != end:
                self.need(",")
        return found


_RAISE = object()


def _member(value: Any, key: Any, missing: Any = _RAISE) -> Any:
    if isinstance(value, Mapping) and key in value:
        return value[key]
    if missing is _RAISE:
        raise EvaluationError(f"`{key}` is not known here")
    return missing


def _character(match: re.Match[str]) -> str:
    name = match[1]
    return chr(int(name[1:], 16)) if len(name) > 1 else _CHARACTERS.get(name, name)


def _applied(sign: str, left: Any, right: Any) -> Any:
    if sign in ("||", "&&") and not (isinstance(left, bool) and isinstance(right, bool)):
        raise EvaluationError(f"`{sign}` takes booleans")
    return _OPERATIONS[sign](left, right)
