"""The grammar of expr-lang, of which Argo's `{{=…}}` and `depends` are: syntax and names.

A parser by precedence that computes nothing: it says where the text stops being an expression, and
which names it reads, as paths.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from compiler.record import record

WORDS = (
    *("in", "not", "and", "or", "let", "if", "else", "matches", "contains", "startsWith"),
    *("endsWith", "nil", "true", "false"),
)
BUILTINS = (
    *("all", "none", "any", "one", "filter", "map", "find", "findIndex", "findLast"),
    *("findLastIndex", "count", "sum", "groupBy", "sortBy", "reduce", "len", "type", "abs"),
    *("ceil", "floor", "round", "int", "float", "string", "trim", "trimPrefix", "trimSuffix"),
    *("upper", "lower", "split", "splitAfter", "replace", "repeat", "join", "indexOf"),
    *("lastIndexOf", "hasPrefix", "hasSuffix", "max", "min", "mean", "median", "toJSON"),
    *("fromJSON", "toBase64", "fromBase64", "now", "duration", "date", "timezone", "first"),
    *("last", "get", "take", "keys", "values", "toPairs", "fromPairs", "reverse", "uniq"),
    *("concat", "flatten", "sort", "bitand", "bitor", "bitxor", "bitnand", "bitnot", "bitshl"),
    *("bitshr", "bitushr", "asInt", "asFloat", "jsonpath", "toJson", "sprig"),
)
_TOKEN = re.compile(
    r"\s*(?:(?P<skip>//[^\n]*|/\*.*?\*/)"
    r"|(?P<number>0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+"
    r"|(?:\d[\d_]*\.?(?!\.)[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?)"
    r"|(?P<string>'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|`[^`]*`)"
    r"|(?P<name>[A-Za-z_$][\w$]*)"
    r"|(?P<sign>\*\*|\.\.|&&|\|\||==|!=|<=|>=|\?\?|\?\.|::|[-+*/%^<>!?:;.,()\[\]{}#|=]))",
    re.DOTALL,
)
_POWER: Mapping[str, int] = {
    **dict.fromkeys(("|",), 0),
    **dict.fromkeys(("or", "||"), 10),
    **dict.fromkeys(("and", "&&"), 15),
    **dict.fromkeys(("==", "!=", "<", ">", "<=", ">=", "in"), 20),
    **dict.fromkeys(("matches", "contains", "startsWith", "endsWith"), 20),
    "..": 25,
    **dict.fromkeys(("+", "-"), 30),
    **dict.fromkeys(("*", "/", "%"), 60),
    **dict.fromkeys(("**", "^"), 100),
    "??": 500,
}
_NEGATION, _SIGN = 50, 90


class UnreadableError(ValueError):
    """The text is no expression; says where it stops being one."""


@record
class Use:
    """A name that an expression reads: its path as far as it is written out."""

    path: tuple[str, ...]
    optional: bool = False


def uses(text: str) -> list[Use]:
    """Return the names that an expression reads; raise `UnreadableError` if it is none."""
    parser = _Parser(_tokens(text))
    parser.sequence()
    if parser.word:
        raise UnreadableError(f"unexpected token `{parser.word}`")
    return [use for use in parser.found if use.path[0] not in parser.local]


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if not match:
            raise UnreadableError(f"unrecognized character in `{text[position:].strip()[:20]}`")
        kind = str(match.lastgroup)
        if kind != "skip":
            found.append((kind, match[kind]))
        position = match.end()
    return found


@dataclass
class _Parser:
    tokens: list[tuple[str, str]]
    position: int = 0
    calls: int = 0
    found: list[Use] = field(default_factory=list)
    local: set[str] = field(default_factory=set)

    @property
    def kind(self) -> str:
        return self.tokens[self.position][0] if self.position < len(self.tokens) else ""

    @property
    def word(self) -> str:
        return self.tokens[self.position][1] if self.position < len(self.tokens) else ""

    def take(self, sign: str) -> bool:
        if self.word != sign or self.kind == "string":
            return False
        self.position += 1
        return True

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise UnreadableError(f"unexpected token `{self.word or 'EOF'}`, expected `{sign}`")

    def name(self) -> str:
        word = self.word
        if self.kind != "name":
            raise UnreadableError(f"unexpected token `{word or 'EOF'}`, expected a name")
        self.position += 1
        return word

    def sequence(self) -> None:
        self.expression()
        while self.take(";"):
            self.expression()

    def expression(self, power: int = -1) -> None:
        """Read an operand and the operators that bind at least as tightly as `power`."""
        if power <= 0 and self.take("let"):
            self.local.add(self.name())
            self.need("=")
            self.expression(0)
            self.need(";")
            self.sequence()
            return
        if power <= 0 and self.take("if"):
            self.branches()
            return
        self.operand()
        self.operators(power)
        if power <= 0:
            self.choice()

    def operators(self, power: int) -> None:
        while self.kind in ("sign", "name"):
            start = self.position
            self.take("not")
            tight = _POWER.get(self.word)
            if tight is None or tight < power:
                self.position = start
                return
            self.position += 1
            if self.tokens[self.position - 1][1] == "|":
                self.found_call(self.name())
            else:
                self.expression(tight + 1 if tight else 1)

    def found_call(self, name: str) -> None:
        self.found.append(Use((name,)))
        if self.word == "(":
            self.members([name])

    def choice(self) -> None:
        while self.take("?"):
            if not self.take(":"):
                self.expression(0)
                self.need(":")
            self.expression(0)

    def branches(self) -> None:
        self.expression()
        self.block()
        self.need("else")
        if self.take("if"):
            self.branches()
        else:
            self.block()

    def block(self) -> None:
        self.need("{")
        self.sequence()
        self.need("}")

    def operand(self) -> None:
        if self.take("!") or self.take("not"):
            self.expression(_NEGATION)
        elif self.take("-") or self.take("+"):
            self.expression(_SIGN)
        else:
            self.primary()

    def primary(self) -> None:
        kind, word = self.kind, self.word
        readers: Mapping[str, Callable[[], None]] = {
            "(": self.group,
            "[": self.listed,
            "{": self.mapped,
        }
        if kind == "sign" and word in readers:
            self.position += 1
            readers[word]()
            self.members([])
        elif kind == "sign" and word in ("#", ".")[: 2 * bool(self.calls)]:
            self.position += word != "."
            if self.kind == "name" and word != ".":
                self.position += 1
            self.members([])
        elif kind in ("number", "string"):
            self.position += 1
            self.members([])
        elif kind == "name" and (word not in WORDS or word in ("nil", "true", "false")):
            self.position += 1
            self.members([] if word in WORDS else [word])
        else:
            raise UnreadableError(f"unexpected token `{word or 'EOF'}`")

    def group(self) -> None:
        self.sequence()
        self.need(")")

    def listed(self) -> None:
        self.items("]")

    def items(self, end: str) -> None:
        while not self.take(end):
            if not (self.word == "{" and end == ")" and self.predicate()):
                self.expression()
            if self.word != end:
                self.need(",")

    def predicate(self) -> bool:
        """Read `{…}` as the predicate of a function, unless it is a map."""
        start, known = self.position, len(self.found)
        try:
            self.block()
        except UnreadableError:
            self.position = start
            del self.found[known:]
            return False
        return True

    def mapped(self) -> None:
        while not self.take("}"):
            if self.take("("):
                self.group()
            else:
                self.position += 1
            self.need(":")
            self.expression()
            if self.word != "}":
                self.need(",")

    def members(self, path: list[str]) -> None:
        """Read what hangs on an operand; a path is followed as far as it is written out."""
        optional, written = False, bool(path)
        while True:
            if self.take("?."):
                optional = True
                if self.word != "[":
                    name = self.name()
                    path += [name] if written else []
            elif self.take("."):
                name = self.name()
                path += [name] if written else []
            elif self.take("["):
                key = self.index()
                written = written and key is not None
                path += [key] if written and key is not None else []
            elif self.take("("):
                self.calls += 1
                self.items(")")
                self.calls -= 1
                written = False
            else:
                break
        if path:
            self.found.append(Use(tuple(path), optional))

    def index(self) -> str | None:
        """Read what stands in brackets; return a key that is written out."""
        plain = self.kind == "string" and self.tokens[self.position + 1 : self.position + 2]
        if plain == [("sign", "]")]:
            key = self.word[1:-1]
            self.position += 2
            return key
        if not self.take(":"):
            self.expression()
            self.take(":")
        if self.word != "]":
            self.expression()
        self.need("]")
        return None
