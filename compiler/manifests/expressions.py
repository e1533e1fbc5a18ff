"""The names that an expression of Argo reads, as paths: `{{=…}}`, `depends`, `retryStrategy`."""

from collections.abc import Iterator

from compiler.exprlang import tree
from compiler.exprlang.parser import parse
from compiler.exprlang.tokens import UnreadableError
from compiler.exprlang.vocabulary import BUILTINS as _BUILTINS
from compiler.exprlang.vocabulary import OPERATORS
from compiler.record import record

__all__ = ["BUILTINS", "WORDS", "UnreadableError", "Use", "uses"]

WORDS = (*OPERATORS, "nil", "true", "false")
BUILTINS = (*_BUILTINS, "asInt", "asFloat", "jsonpath", "toJson", "sprig")


@record
class Use:
    """A name that an expression reads: its path as far as it is written out."""

    path: tuple[str, ...]
    optional: bool = False


def uses(text: str) -> list[Use]:
    """Return the names that an expression reads; raise `UnreadableError` if it is none."""
    found, local, stack = list[Use](), set[str](), [parse(text)]
    while stack:
        node = stack.pop()
        if isinstance(node, tree.Let):
            local.add(node.name)
        if isinstance(node, tree.Builtin):
            found.append(Use((node.name,)))
        if isinstance(node, tree.Member | tree.Chain | tree.Name):
            below, use = _path(node)
            stack += below
            found += use
        else:
            stack += reversed(list(tree.children(node)))
    return [use for use in found if use.path[0] not in local]


def _path(node: tree.Node) -> tuple[list[tree.Node], list[Use]]:
    """Return the path that ends at `node`, and the nodes around it that are none of it."""
    keys, optional, others = list[str](), False, list[tree.Node]()
    for each in _down(node):
        if isinstance(each, tree.Name):
            return others, [Use((each.name, *keys), optional)]
        if not isinstance(each, tree.Member):
            return [*others, each], []
        optional = optional or each.optional
        if isinstance(each.key, tree.Literal) and isinstance(each.key.value, str):
            keys.insert(0, each.key.value)
        else:
            keys.clear()
            others.append(each.key)
    return others, []


def _down(node: tree.Node) -> Iterator[tree.Node]:
    """Yield what a path is made of, from its end to what it starts with."""
    while isinstance(node, tree.Member | tree.Chain):
        if isinstance(node, tree.Member):
            yield node
        node = node.of
    yield node
