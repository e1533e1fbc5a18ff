"""What a parsed expression is made of; `at` is a place in its text, counted in characters."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from compiler.record import record


@record
class Literal:
    """A number, text, truth value or nil."""

    value: Any
    at: int


@record
class Name:
    """A name of the scope, or of a variable."""

    name: str
    at: int


@record
class Pointer:
    """The element of a predicate: `#`, or `#acc` and `#index`."""

    name: str
    at: int


@record
class Unary:
    """`!x`, `not x`, `-x`, `+x`."""

    sign: str
    of: "Node"
    at: int


@record
class Binary:
    """Two operands and what stands between."""

    sign: str
    left: "Node"
    right: "Node"
    at: int


@record
class Member:
    """`x.key`, `x[key]`; `optional`: written with `?.`."""

    of: "Node"
    key: "Node"
    optional: bool
    at: int


@record
class Chain:
    """Where a `?.` inside ends when it finds nil."""

    of: "Node"
    at: int


@record
class Slice:
    """`x[start:end]`."""

    of: "Node"
    start: "Node | None"
    end: "Node | None"
    at: int


@record
class Call:
    """A call of a function of the scope."""

    callee: "Node"
    arguments: "tuple[Node, ...]"
    at: int


@record
class Builtin:
    """A call of a function of the language."""

    name: str
    arguments: "tuple[Node, ...]"
    at: int


@record
class Predicate:
    """What a function such as `filter` evaluates for each element."""

    body: "Node"
    at: int


@record
class Let:
    """`let name = value; body`."""

    name: str
    value: "Node"
    body: "Node"
    at: int


@record
class Sequence:
    """`a; b`: the value of the last."""

    nodes: "tuple[Node, ...]"
    at: int


@record
class Choice:
    """`condition ? yes : no`, and `if … {…} else {…}`."""

    condition: "Node"
    yes: "Node"
    no: "Node"
    at: int


@record
class Array:
    """`[a, b]`."""

    items: "tuple[Node, ...]"
    at: int


@record
class Map:
    """`{key: value}`; a key is a text, or an expression in parentheses."""

    pairs: "tuple[tuple[Node, Node], ...]"
    at: int


Node: TypeAlias = (
    Literal
    | Name
    | Pointer
    | Unary
    | Binary
    | Member
    | Chain
    | Slice
    | Call
    | Builtin
    | Predicate
    | Let
    | Sequence
    | Choice
    | Array
    | Map
)


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes right below one, in the order of the text."""
    for value in vars(node).values():
        if isinstance(value, tuple):
            for item in value:
                yield from item if isinstance(item, tuple) else (item,)
        elif hasattr(value, "at"):
            yield value


def size(node: Node) -> int:
    """Return how many nodes expr-lang would make, which counts a pair of a map as one too."""
    count, stack = 0, [node]
    while stack:
        each = stack.pop()
        count += 1 + (len(each.pairs) if isinstance(each, Map) else 0)
        stack += children(each)
    return count
