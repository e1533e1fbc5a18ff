"""What expr-lang refuses before it computes: names it does not know, types that do not fit.

Whether an expression may be evaluated depends on its text and on the types of the names it reads.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from argosy.engine.language.errors import EvaluationError, LocatedError
from argosy.engine.language.expr.check_builtins import result
from argosy.engine.language.expr.check_calls import called
from argosy.engine.language.expr.check_operators import joined
from argosy.engine.language.expr.natures import (
    ANY_MAP,
    ARRAY,
    BOOL,
    BUILTINS,
    DEFINED,
    FLOAT,
    FUNCTIONS,
    GROUPS,
    INT,
    MAP,
    NIL,
    STRING,
    UNKNOWN,
    Nature,
    array_of,
)
from argosy.engine.language.go import regular
from compiler.exprlang import tree
from compiler.exprlang.tree import Node
from compiler.exprlang.vocabulary import BUILTINS as NAMES

_LITERALS: Mapping[type, Nature] = {bool: BOOL, int: INT, float: FLOAT, str: STRING}
_BOOLEAN = ("all", "none", "any", "one", "filter", "count")
_BOOLEAN_TOO = ("find", "findLast", "findIndex", "findLastIndex")


class Checker:
    """Checks one expression over the natures of the names of its scope."""

    def __init__(self, names: Mapping[str, Nature]) -> None:
        self.names = names
        self.variables: dict[str, Nature] = {}
        self.elements: list[tuple[Nature, str]] = []
        self.called: set[int] = set()
        self.dates: set[int] = set()

    def nature(self, node: Node) -> Nature:
        """Return what is known of the value of `node`; raise `LocatedError`."""
        return _CHECKS[type(node)](self, node)

    def _literal(self, node: tree.Literal) -> Nature:
        return NIL if node.value is None else _LITERALS[type(node.value)]

    def _name(self, node: tree.Name) -> Nature:
        if node.name in self.variables:
            return self.variables[node.name]
        if node.name == "$env":
            return UNKNOWN
        if node.name in self.names:
            return self.names[node.name]
        if node.name in NAMES:
            return Nature("func(...interface {}) (interface {}, error)")
        raise _wrong(f"unknown name {node.name}", node)

    def _pointer(self, node: tree.Pointer) -> Nature:
        collection, function = self.elements[-1]
        if not node.name:
            return UNKNOWN if collection.is_unknown else collection.elements
        if node.name == "index" and function in ("map", "reduce"):
            return INT
        if node.name == "acc" and function == "reduce":
            return UNKNOWN
        raise _wrong(f"unknown pointer #{node.name}", node)

    def _unary(self, node: tree.Unary) -> Nature:
        found = self.nature(node.of)
        if node.sign in ("!", "not"):
            if found == BOOL or found.is_unknown:
                return BOOL
        elif found.is_number or found.is_unknown:
            return found if found.is_number else UNKNOWN
        raise _wrong(f"invalid operation: {node.sign} (mismatched type {found})", node)

    def _binary(self, node: tree.Binary) -> Nature:
        spine = [node]
        while isinstance(spine[-1].left, tree.Binary):
            spine.append(spine[-1].left)
        found = self.nature(spine[-1].left)
        for each in reversed(spine):
            right = self.nature(each.right)
            try:
                found = joined(each.sign, found, right)
                self._check_constant(each)
            except EvaluationError as error:
                raise _wrong(str(error), each) from None
        return found

    def _check_constant(self, node: tree.Binary) -> None:
        right = node.right
        if node.sign == "matches" and isinstance(right, tree.Literal) and _is_text(right.value):
            regular.compiled(right.value)
        whole = isinstance(node.left, tree.Literal) and isinstance(right, tree.Literal)
        if node.sign == "%" and whole and right == tree.Literal(0, right.at):
            raise EvaluationError("integer divide by zero")

    def _member(self, node: tree.Member) -> Nature:
        if isinstance(node.of, tree.Name) and node.of.name == "$env":
            return self._of_scope(node)
        container, key = self.nature(node.of), self.nature(node.key)
        name = node.key.value if isinstance(node.key, tree.Literal) else None
        if container.is_unknown:
            return UNKNOWN
        if container.type in DEFINED and isinstance(name, str):
            return self._of_defined(container, name, node)
        if container.is_nil and isinstance(name, str):
            raise _wrong(f"type nil has no field {name}", node)
        if container.is_map:
            wanted = ANY_MAP if container in (ANY_MAP, GROUPS) else MAP
            if wanted == MAP and not (key == STRING or key.is_unknown):
                raise _wrong(f"cannot use {key} to get an element from {container}", node.key)
            return container.elements
        if container.is_array:
            if not (key == INT or key.is_unknown):
                raise _wrong(
                    f"array elements can only be selected using an integer (got {key})", node.key
                )
            return container.elements
        if isinstance(name, str):
            raise _wrong(f"type {container} has no {self._asked(node)} {name}", node)
        raise _wrong(f"type {container}[{key}] is undefined", node)

    def _of_defined(self, container: Nature, name: str, node: tree.Member) -> Nature:
        from argosy.engine.language.expr import methods

        found = methods.nature(container.type, name)
        if found is None:
            shown = container.type.lstrip("*")
            raise _wrong(f"type {shown} has no {self._asked(node)} {name}", node)
        return found

    def _asked(self, node: tree.Member) -> str:
        return "method" if id(node) in self.called else "field"

    def _of_scope(self, node: tree.Member) -> Nature:
        name = node.key.value if isinstance(node.key, tree.Literal) else None
        if not isinstance(name, str):
            return UNKNOWN
        if name not in self.names and not node.optional:
            raise _wrong(f"unknown name {name}", node)
        return self.names.get(name, UNKNOWN)

    def _slice(self, node: tree.Slice) -> Nature:
        found = self.nature(node.of)
        if found.is_unknown:
            return UNKNOWN
        if not (found.is_array or found == STRING):
            raise _wrong(f"cannot slice {found}", node)
        for bound in (node.start, node.end):
            index = INT if bound is None else self.nature(bound)
            if bound is not None and not (index == INT or index.is_unknown):
                raise _wrong(f"non-integer slice index {index}", bound)
        return found

    def _call(self, node: tree.Call) -> Nature:
        self.called.add(id(node.callee))
        callee, name = self.nature(node.callee), _called_as(node.callee)
        if callee.many:
            raise _wrong(f"func {name} returns more then two values", node)
        if callee.way:
            return called(self, name, (callee.way,), node.arguments, node)
        if name in FUNCTIONS and callee.is_function:
            return called(self, name, FUNCTIONS[name], node.arguments, node)
        if callee.is_unknown or callee.is_function:
            return UNKNOWN
        if callee.is_nil:
            raise _wrong(f"{name} is nil; cannot call nil as function", node)
        raise _wrong(f"{callee} is not callable", node)

    def _builtin(self, node: tree.Builtin) -> Nature:
        if len(node.arguments) > 1 and isinstance(node.arguments[1], tree.Predicate):
            return self._with_predicate(node)
        if node.name in BUILTINS:
            return called(self, node.name, BUILTINS[node.name], node.arguments, node)
        if node.name in ("count", "sum"):
            collection = self._collection(node)
            return INT if node.name == "count" else collection.elements
        natures = [self.nature(argument) for argument in node.arguments]
        if node.name == "date":
            self.dates.add(node.at)
        try:
            return result(node.name, natures)
        except EvaluationError as error:
            indexes = node.name == "get" and len(node.arguments) == 2
            raise _wrong(str(error), node.arguments[0] if indexes else node) from None

    def _collection(self, node: tree.Builtin) -> Nature:
        found = self.nature(node.arguments[0])
        if not (found.is_array or found.is_unknown):
            raise _wrong(f"builtin {node.name} takes only array (got {found})", node.arguments[0])
        return found

    def _with_predicate(self, node: tree.Builtin) -> Nature:
        collection, name = self._collection(node), node.name
        self.elements.append((collection, name))
        gives = self.nature(node.arguments[1])
        self.elements.pop()
        for further in node.arguments[2:]:
            self.nature(further)
        boolean = name in _BOOLEAN or name in _BOOLEAN_TOO
        if boolean and not (gives == BOOL or gives.is_unknown):
            shown = "predicate should return boolean (got {})"
            raise _wrong(shown.format(gives), node.arguments[1])
        element = UNKNOWN if collection.is_unknown else collection.elements
        found: Mapping[str, Nature] = {
            **dict.fromkeys(("all", "none", "any", "one"), BOOL),
            **dict.fromkeys(("count", "findIndex", "findLastIndex"), INT),
            **dict.fromkeys(("find", "findLast"), element),
            "filter": ARRAY if collection.is_unknown else array_of(element),
            "map": array_of(gives),
            "groupBy": GROUPS,
            "sortBy": collection,
        }
        return found.get(name, gives)

    def _let(self, node: tree.Let) -> Nature:
        for known, what in ((self.names, ""), (NAMES, "builtin "), (self.variables, "variable ")):
            if node.name in known:
                raise _wrong(f"cannot redeclare {what}{node.name}", node)
        value = self.nature(node.value)
        self.variables[node.name] = value
        found = self.nature(node.body)
        del self.variables[node.name]
        return found

    def _choice(self, node: tree.Choice) -> Nature:
        condition = self.nature(node.condition)
        if not (condition == BOOL or condition.is_unknown):
            raise _wrong(
                f"non-bool expression (type {condition}) used as condition", node.condition
            )
        yes, no = self.nature(node.yes), self.nature(node.no)
        if yes.is_nil or no.is_nil:
            return no if yes.is_nil else yes
        return yes if yes.fits(no) else UNKNOWN

    def _array(self, node: tree.Array) -> Nature:
        found = [self.nature(item) for item in node.items]
        kinds = {_kind(nature) for nature in found}
        return array_of(found[-1]) if len(kinds) == 1 else _array_of_none(found)

    def _map(self, node: tree.Map) -> Nature:
        for key, value in node.pairs:
            self.nature(key)
            self.nature(value)
        return MAP

    def _all(self, nodes: Sequence[Node]) -> Nature:
        return [self.nature(node) for node in nodes][-1]


def _called_as(callee: Node) -> str:
    if isinstance(callee, tree.Name):
        return callee.name
    key = callee.key if isinstance(callee, tree.Member) else None
    return str(key.value) if isinstance(key, tree.Literal) else "function"


def _wrong(message: str, node: Node) -> LocatedError:
    return LocatedError(message, node.at)


def _array_of_none(found: list[Nature]) -> Nature:
    return array_of(UNKNOWN) if not found else ARRAY


def _kind(nature: Nature) -> str:
    return "slice" if nature.is_array else "map" if nature.is_map else nature.type


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_CHECKS: Mapping[type, Callable[[Checker, Any], Nature]] = {
    tree.Literal: Checker._literal,
    tree.Name: Checker._name,
    tree.Pointer: Checker._pointer,
    tree.Unary: Checker._unary,
    tree.Binary: Checker._binary,
    tree.Member: Checker._member,
    tree.Chain: lambda checker, node: checker.nature(node.of),
    tree.Slice: Checker._slice,
    tree.Call: Checker._call,
    tree.Builtin: Checker._builtin,
    tree.Predicate: lambda checker, node: checker.nature(node.body),
    tree.Let: Checker._let,
    tree.Sequence: lambda checker, node: checker._all(node.nodes),
    tree.Choice: Checker._choice,
    tree.Array: Checker._array,
    tree.Map: Checker._map,
}
