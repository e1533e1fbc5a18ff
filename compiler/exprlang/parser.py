"""Words → tree, by precedence (expr-lang's parser.go); one parser for one text."""

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from compiler.exprlang import tree
from compiler.exprlang.numbers import number
from compiler.exprlang.tokens import Token, UnreadableError, tokens
from compiler.exprlang.tree import Node
from compiler.exprlang.vocabulary import (
    BINARY,
    COMPARISONS,
    NEGATABLE,
    PLAIN,
    PREDICATE_OPTIONAL,
    UNARY,
    WITH_PREDICATE,
    WITH_THIRD,
)

MAX_NODES = 10_000  # expr-lang's conf.DefaultMaxNodes
MAX_DEPTH = 100


def parse(text: str) -> Node:
    """Return the tree of `text`; raise `UnreadableError` in expr-lang's words.

    What is nested more than 100 deep is refused, which expr-lang would take.
    """
    words = tokens(text)
    parser = _Parser(words)
    node = parser.sequence()
    if parser.current.kind != "EOF":
        parser.unexpected()
    if len(words) > MAX_NODES // 4 and tree.size(node) > MAX_NODES:
        raise UnreadableError(
            "compilation failed: expression exceeds maximum allowed nodes", len(text) - 1
        )
    return node


class _Parser:
    def __init__(self, words: Sequence[Token]) -> None:
        self.words, self.position = words, 0
        self.current = words[0]
        self.depth = self.predicates = 0

    def next(self) -> Token:
        """Step on; return the word that was passed."""
        passed = self.current
        if self.position + 1 >= len(self.words):
            raise UnreadableError("unexpected end of expression", passed.at)
        self.position += 1
        self.current = self.words[self.position]
        return passed

    def unexpected(self) -> NoReturn:
        raise UnreadableError(f"unexpected token {self.current}", self.current.at)

    def sees(self, *signs: str) -> bool:
        return self.current.kind in ("Operator", "Bracket") and self.current.text in signs

    def takes(self, sign: str) -> bool:
        if not self.sees(sign):
            return False
        self.next()
        return True

    def need(self, sign: str) -> None:
        if not self.takes(sign):
            self.unexpected()

    def name(self) -> Token:
        if self.current.kind != "Identifier":
            self.unexpected()
        return self.next()

    def sequence(self) -> Node:
        nodes = [self.expression(0)]
        while self.takes(";"):
            if self.current.kind == "EOF":
                break
            nodes.append(self.expression(0))
        return nodes[0] if len(nodes) == 1 else tree.Sequence(tuple(nodes), nodes[0].at)

    def expression(self, power: int) -> Node:
        """Read an operand and the operators that bind at least as tightly as `power`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UnreadableError("the expression is nested too deeply", self.current.at)
        if power == 0 and self.sees("let"):
            node = self.let()
        elif power == 0 and self.sees("if"):
            node = self.branches()
        else:
            node = self.operators(self.primary(), power)
            node = self.choice(node) if power == 0 else node
        self.depth -= 1
        return node

    def operators(self, left: Node, power: int) -> Node:
        before = ""
        while self.current.kind == "Operator":
            start, negated = self.current, self.sees("not")
            position = self.position
            if negated:
                self.next()
            sign = self.current
            tight = BINARY.get(sign.text, -1) if sign.kind == "Operator" else -1
            if tight < power or (negated and sign.text not in NEGATABLE):
                self.position, self.current = position, start
                break
            self.next()
            if before == "??" and sign.text not in ("??", "|"):
                raise UnreadableError(
                    f"Operator ({sign.text}) and coalesce expressions (??) cannot be mixed. "
                    "Wrap either by parentheses.",
                    sign.at,
                )
            left = self.joined(left, sign, tight)
            left = tree.Unary("not", left, start.at) if negated else left
            before = sign.text
        return left

    def joined(self, left: Node, sign: Token, power: int) -> Node:
        if sign.text == "|":
            return self.call(self.name(), (left,))
        if sign.text in COMPARISONS:
            return self.comparisons(left, sign, power)
        right = self.expression(power if sign.text in ("**", "^") else power + 1)
        return tree.Binary(sign.text, left, right, sign.at)

    def comparisons(self, left: Node, sign: Token, power: int) -> Node:
        """Read `a < b < c`, which is `a < b && b < c`."""
        root: Node | None = None
        while True:
            right = self.expression(power + 1)
            one = tree.Binary(sign.text, left, right, sign.at)
            root = tree.Binary("&&", root, one, sign.at) if root else one
            if not self.sees(*COMPARISONS):
                return root
            left, sign = right, self.next()

    def let(self) -> Node:
        self.need("let")
        name = self.name()
        self.need("=")
        value = self.expression(0)
        self.need(";")
        return tree.Let(name.text, value, self.sequence(), name.at)

    def branches(self) -> Node:
        at = self.next().at
        condition = self.expression(0)
        yes = self.block()
        self.need("else")
        return tree.Choice(condition, yes, self.block(), at)

    def block(self) -> Node:
        self.need("{")
        node = self.sequence()
        self.need("}")
        return node

    def choice(self, node: Node) -> Node:
        while self.takes("?"):
            if self.takes(":"):
                yes = node
            else:
                yes = self.expression(0)
                self.need(":")
            node = tree.Choice(node, yes, self.expression(0), self.current.at)
        return node

    def primary(self) -> Node:
        token = self.current
        if token.kind == "Operator" and token.text in UNARY:
            self.next()
            return self.members(
                tree.Unary(token.text, self.expression(UNARY[token.text]), token.at)
            )
        if self.takes("("):
            node = self.sequence()
            self.need(")")
            return self.members(node)
        if self.predicates and self.sees("#", "."):
            return self.members(self.pointer())
        if self.takes("::"):
            return self.members(self.call(self.name(), ()))
        return self.secondary(token)

    def pointer(self) -> Node:
        at, name = self.current.at, ""
        if self.takes("#") and self.current.kind == "Identifier":
            name = self.next().text
        return tree.Pointer(name, at)

    def secondary(self, token: Token) -> Node:
        if token.kind == "Number":
            self.next()
            return tree.Literal(number(token.text, self.current.at), token.at)
        if token.kind == "String":
            self.next()
            return self.members(tree.Literal(token.text, token.at))
        if token.kind == "Identifier":
            self.next()
            if token.text in ("true", "false", "nil"):
                return tree.Literal({"true": True, "false": False}.get(token.text), token.at)
            node = self.call(token, ()) if self.sees("(") else tree.Name(token.text, token.at)
            return self.members(node)
        readers: Mapping[str, Callable[[], Node]] = {"[": self.array, "{": self.map}
        if token.kind == "Bracket" and token.text in readers:
            return self.members(readers[token.text]())
        return self.unexpected()

    def call(self, name: Token, given: tuple[Node, ...]) -> Node:
        """Read the arguments of a function; `given` is what `|` hands it."""
        if name.text in WITH_PREDICATE:
            return tree.Builtin(name.text, self.with_predicate(name.text, given), name.at)
        arguments = (*given, *self.arguments())
        if name.text in PLAIN:
            return tree.Builtin(name.text, arguments, name.at)
        return tree.Call(tree.Name(name.text, name.at), arguments, name.at)

    def arguments(self) -> tuple[Node, ...]:
        self.need("(")
        return tuple(self.listed(")"))

    def listed(self, end: str) -> list[Node]:
        found: list[Node] = []
        while not self.takes(end):
            if found:
                self.need(",")
                if self.takes(end):
                    break
            found.append(self.expression(0))
        return found

    def with_predicate(self, name: str, given: tuple[Node, ...]) -> tuple[Node, ...]:
        self.need("(")
        found = list(given)
        for index in range(len(given), 3 if name in WITH_THIRD else 2):
            optional = index == 2 or (index == 1 and name in PREDICATE_OPTIONAL)
            if self.sees(")"):
                if optional:
                    break
                raise UnreadableError(
                    f"expected at least {2 - len(given)} arguments", self.current.at
                )
            if index > len(given):
                self.need(",")
            found.append(self.predicate() if index == 1 else self.expression(0))
        self.takes(",")
        self.need(")")
        return tuple(found)

    def predicate(self) -> Node:
        at = self.current.at
        self.predicates += 1
        if self.sees("{"):
            body = self.block()
        else:
            body = self.expression(0)
            if self.sees(";"):
                raise UnreadableError("wrap predicate with brackets { and }", self.current.at)
        self.predicates -= 1
        return tree.Predicate(body, at)

    def array(self) -> Node:
        at = self.next().at
        return tree.Array(tuple(self.listed("]")), at)

    def map(self) -> Node:
        at = self.next().at
        pairs: list[tuple[Node, Node]] = []
        while not self.takes("}"):
            if pairs:
                self.need(",")
                if self.takes("}"):
                    break
            key = self.key()
            self.need(":")
            pairs.append((key, self.expression(0)))
        return tree.Map(tuple(pairs), at)

    def key(self) -> Node:
        if self.current.kind in ("Number", "String", "Identifier"):
            token = self.next()
            return tree.Literal(token.text, token.at)
        if self.sees("("):
            return self.expression(0)
        raise UnreadableError(
            "a map key must be a quoted string, a number, a identifier, or an expression enclosed "
            f"in parentheses (unexpected token {self.current})",
            self.current.at,
        )

    def members(self, node: Node) -> Node:
        """Read what hangs on an operand: `.name`, `?.name`, `[key]`, `[from:to]`, `.name(…)`."""
        while self.sees(".", "?.", "["):
            optional = self.sees("?.")
            if self.sees(".", "?."):
                self.next()
            if self.sees("[") and (optional or self.words[self.position - 1].text != "."):
                node = self.bracket(node, optional=optional)
            else:
                node = self.named(node, optional=optional)
        return node

    def named(self, node: Node, *, optional: bool) -> Node:
        token = self.next()
        if token.kind != "Identifier" and not (token.kind == "Operator" and token.text.isalpha()):
            raise UnreadableError("expected name", self.current.at)
        chained = isinstance(node, tree.Chain)
        inner = node.of if isinstance(node, tree.Chain) else node
        found: Node = tree.Member(inner, tree.Literal(token.text, token.at), optional, token.at)
        if self.sees("("):
            found = tree.Call(found, self.arguments(), token.at)
        return tree.Chain(found, token.at) if chained or optional else found

    def bracket(self, node: Node, *, optional: bool) -> Node:
        at = self.next().at
        if self.sees(":"):
            return self.slice(node, None, at)
        start = self.expression(0)
        if self.sees(":"):
            return self.slice(node, start, at)
        self.need("]")
        found = tree.Member(node, start, optional, at)
        return tree.Chain(found, at) if optional else found

    def slice(self, node: Node, start: Node | None, at: int) -> Node:
        self.need(":")
        end = None if self.sees("]") else self.expression(0)
        self.need("]")
        return tree.Slice(node, start, end, at)
