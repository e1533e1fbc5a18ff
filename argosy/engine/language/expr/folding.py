"""What expr-lang's optimizer decides before it computes: `x && false`, `x || false`, `!true`.

The other side is then neither computed nor looked at, so that it may be of any type. The sum of a
list that is written out becomes `+`, so that spans add up.
"""

from typing import Any

from compiler.exprlang import tree
from compiler.exprlang.tree import Node
from compiler.record import replace


def folded(node: Node) -> Node:
    """Return the tree with what is decided put in place of what decides it."""
    return _spine(node) if isinstance(node, tree.Binary) else _other(node)


def _spine(node: tree.Binary) -> Node:
    """Fold operators from the left on, without recursion: a long sum is no deep one."""
    spine = [node]
    while isinstance(spine[-1].left, tree.Binary):
        spine.append(spine[-1].left)
    found = folded(spine[-1].left)
    for each in reversed(spine):
        found = _binary(replace(each, left=found, right=folded(each.right)))
    return found


def _other(node: Node) -> Node:
    changes: dict[str, Any] = {}
    for name, value in vars(node).items():
        if hasattr(value, "at"):
            changes[name] = folded(value)
        elif isinstance(value, tuple):
            changes[name] = tuple(_folded_part(part) for part in value)
    found = replace(node, **changes) if changes else node
    if isinstance(found, tree.Builtin) and found.name == "sum":
        return _summed(found)
    if isinstance(found, tree.Unary) and found.sign in ("!", "not"):
        truth = _truth(found.of)
        return found if truth is None else tree.Literal(not truth, found.at)
    return found


def _summed(node: tree.Builtin) -> Node:
    listed = node.arguments[0]
    if len(node.arguments) > 1 or not isinstance(listed, tree.Array) or len(listed.items) < 2:
        return node
    if all(isinstance(item, tree.Literal) for item in listed.items):
        return node  # it is a constant before this is looked at
    total = listed.items[-1]
    for item in reversed(listed.items[:-1]):
        total = tree.Binary("+", item, total, node.at)
    return total


def _folded_part(part: Any) -> Any:
    return tuple(map(folded, part)) if isinstance(part, tuple) else folded(part)


def _binary(node: tree.Binary) -> Node:
    left, right = _truth(node.left), _truth(node.right)
    if node.sign == "==":
        return _equality(node)
    if node.sign not in ("&&", "and", "||", "or"):
        return node
    decides = node.sign in ("||", "or")
    if left is (not decides):
        return node.right
    if right is (not decides):
        return node.left
    return tree.Literal(decides, node.at) if decides in (left, right) else node


def _equality(node: tree.Binary) -> Node:
    left, right = node.left, node.right
    if isinstance(left, tree.Literal) and isinstance(right, tree.Literal):
        kind = type(left.value)
        if kind is type(right.value) and kind in (int, str, bool):
            return tree.Literal(left.value == right.value, node.at)
    return node


def _truth(node: Node) -> bool | None:
    value = node.value if isinstance(node, tree.Literal) else None
    return value if isinstance(value, bool) else None
