"""Tree of an expression + scope → value, as expr-lang's machine computes it.

A budget bounds time (steps) and memory (expr-lang's own bound on elements).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from argosy.engine.language.errors import EvaluationError, LocatedError, RefusedError
from argosy.engine.language.expr import builtins, operators
from argosy.engine.language.expr.operators import to_int, truth
from argosy.engine.language.values import go_name
from compiler.exprlang import tree
from compiler.exprlang.tree import Node

STEPS = 2_000_000
MEMORY = 1_000_000  # expr-lang's conf.DefaultMemoryBudget


_ABSENT = object()


class _AbsentError(Exception):
    """A `?.` found nil."""


class Element:
    """What `#`, `#index` and `#acc` mean in a predicate."""

    value: Any = None
    index: int = 0
    acc: Any = None


class Evaluator:
    """Evaluates one expression over `names`, once.

    `dates` are the places of the calls of `date` whose types were checked; None for all.
    """

    def __init__(self, names: Mapping[str, Any], dates: frozenset[int] | None = None) -> None:
        self.names, self.dates = names, dates
        self.variables: dict[str, Any] = {}
        self.elements: list[Element] = []
        self.steps = self.memory = 0

    def value(self, node: Node) -> Any:
        """Return the value of `node`; raise `LocatedError`."""
        self.steps += 1
        if self.steps > STEPS:
            raise RefusedError(f"the expression takes more than {STEPS} steps")
        try:
            return _EVALUATE[type(node)](self, node)
        except (LocatedError, RefusedError):
            raise
        except EvaluationError as error:
            raise LocatedError(str(error), node.at) from None

    def grow(self, size: int) -> None:
        """Count elements that the expression makes."""
        self.memory += size
        if self.memory >= MEMORY:
            raise EvaluationError("memory budget exceeded")

    @contextmanager
    def element(self) -> Iterator[Element]:
        """Open the scope of a predicate."""
        self.elements.append(Element())
        try:
            yield self.elements[-1]
        finally:
            self.elements.pop()

    def _name(self, node: tree.Name) -> Any:
        if node.name in self.variables:
            return self.variables[node.name]
        if node.name == "$env":
            return self.names
        value = self.names.get(node.name, _ABSENT)
        if value is not _ABSENT:
            return value
        if node.name in builtins.PLAIN:
            return builtins.PLAIN[node.name]
        raise EvaluationError(f"unknown name {node.name}")

    def _pointer(self, node: tree.Pointer) -> Any:
        element = self.elements[-1]
        if node.name in ("", "index", "acc"):
            return getattr(element, node.name or "value")
        raise EvaluationError(f"unknown pointer #{node.name}")

    def _unary(self, node: tree.Unary) -> Any:
        value = self.value(node.of)
        if node.sign in ("!", "not"):
            return not truth(value)
        return operators.negated(value) if node.sign == "-" else value

    def _binary(self, node: tree.Binary) -> Any:
        """Walk down the left side without recursion: a long sum is no deep one."""
        spine = [node]
        while isinstance(spine[-1].left, tree.Binary):
            spine.append(spine[-1].left)
        value = self.value(spine[-1].left)
        for each in reversed(spine):
            try:
                value = self._joined(each, value)
            except (LocatedError, RefusedError):
                raise
            except EvaluationError as error:
                raise LocatedError(str(error), each.at) from None
        return value

    def _joined(self, node: tree.Binary, left: Any) -> Any:
        if node.sign in ("&&", "and"):
            return self.value(node.right) if truth(left) else left
        if node.sign in ("||", "or"):
            return left if truth(left) else self.value(node.right)
        if node.sign == "??":
            return self.value(node.right) if left is None else left
        right = self.value(node.right)
        if node.sign == "..":
            return self._range(to_int(left), to_int(right))
        return operators.BINARY[node.sign](left, right)

    def _range(self, first: int, last: int) -> list[int]:
        self.grow(max(last - first + 1, 0))
        return list(range(first, last + 1))

    def _member(self, node: tree.Member) -> Any:
        container = self.value(node.of)
        if container is None and node.optional:
            raise _AbsentError
        return operators.member(container, self.value(node.key))

    def _chain(self, node: tree.Chain) -> Any:
        try:
            return self.value(node.of)
        except _AbsentError:
            return None

    def _slice(self, node: tree.Slice) -> Any:
        container = self.value(node.of)
        end = None if node.end is None else self.value(node.end)
        start = None if node.start is None else self.value(node.start)
        return operators.sliced(container, start, end)

    def _call(self, node: tree.Call) -> Any:
        arguments = [self.value(argument) for argument in node.arguments]
        function = self.value(node.callee)
        if not callable(function):
            raise EvaluationError(
                "reflect: call of reflect.Value.Call on zero Value"
                if function is None
                else f"reflect: call of reflect.Value.Call on {go_name(function)} Value"
            )
        return _called("function", function, arguments)

    def _builtin(self, node: tree.Builtin) -> Any:
        if node.name in builtins.PREDICATE:
            return builtins.PREDICATE[node.name](self, node.arguments)
        arguments = [self.value(argument) for argument in node.arguments]
        if node.name == "date" and self.dates is not None and node.at not in self.dates:
            builtins.refuse_zone(arguments)
        value = _called(node.name, builtins.PLAIN[node.name], arguments)
        if node.name in builtins.GROWING:
            self.grow(len(value))
        return value

    def _let(self, node: tree.Let) -> Any:
        before = self.variables
        self.variables = {**before, node.name: self.value(node.value)}
        try:
            return self.value(node.body)
        finally:
            self.variables = before

    def _choice(self, node: tree.Choice) -> Any:
        return self.value(node.yes if truth(self.value(node.condition)) else node.no)

    def _array(self, node: tree.Array) -> Any:
        self.grow(len(node.items))
        return [self.value(item) for item in node.items]

    def _map(self, node: tree.Map) -> Any:
        self.grow(len(node.pairs))
        found: dict[str, Any] = {}
        for key, value in node.pairs:
            name = self.value(key)
            if not isinstance(name, str):
                raise EvaluationError(
                    f"interface conversion: interface {{}} is {go_name(name)}, not string"
                )
            found.setdefault(name, self.value(value))
        return found


def _called(name: str, function: Callable[..., Any], arguments: list[Any]) -> Any:
    """Call a function whose arguments nothing has counted before."""
    try:
        return function(*arguments)
    except TypeError:
        given = len(arguments)
        message = f"invalid number of arguments for {name} (got {given})"
        raise EvaluationError(message) from None


_EVALUATE: Mapping[type, Callable[[Evaluator, Any], Any]] = {
    tree.Literal: lambda _, node: node.value,
    tree.Name: Evaluator._name,
    tree.Pointer: Evaluator._pointer,
    tree.Unary: Evaluator._unary,
    tree.Binary: Evaluator._binary,
    tree.Member: Evaluator._member,
    tree.Chain: Evaluator._chain,
    tree.Slice: Evaluator._slice,
    tree.Call: Evaluator._call,
    tree.Builtin: Evaluator._builtin,
    tree.Predicate: lambda run, node: run.value(node.body),
    tree.Let: Evaluator._let,
    tree.Sequence: lambda run, node: [run.value(each) for each in node.nodes][-1],
    tree.Choice: Evaluator._choice,
    tree.Array: Evaluator._array,
    tree.Map: Evaluator._map,
}
