"""The bare expressions of `when:` and `gates:`: parsed, evaluated here, or written for Argo.

The grammar is Python's own, cut down to comparison, `and or not in`, arithmetic and literals.
"""

import ast
import json
import math
import operator
import re
from collections.abc import Callable, Mapping
from keyword import kwlist

from compiler.record import record

Value = bool | int | float | str

_TEXT = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_STEP = re.compile(rf"{_TEXT}|\bsteps\.([a-z][a-z0-9-]*)(?=\.)")
# a name, or a part of one, that is a word of Python's: its parser takes it with its case swapped
_OURS = ("and", "or", "not", "in", "True", "False", "None")
_OPEN = "|".join(word for word in kwlist if word not in _OURS)
_WORD = re.compile(rf"{_TEXT}|((?<=\.)(?:{'|'.join(kwlist)})\b|\b(?:{_OPEN})\b)", re.IGNORECASE)
_CONSTANTS = {"true": True, "false": False}
_OPERATORS: Mapping[type[ast.AST], tuple[str, Callable[..., Value]]] = {
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
    ast.In: ("in", lambda a, b: a in b),
    ast.NotIn: ("not in", lambda a, b: a not in b),
    ast.Add: ("+", operator.add),
    ast.Sub: ("-", operator.sub),
    ast.Mult: ("*", operator.mul),
    ast.Div: ("/", operator.truediv),
    ast.Mod: ("%", operator.mod),
}
_DEPTH = 100
_WHOLE = {"artifact": "a file", "list": "a list"}
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


class ExpressionError(Exception):
    """The expression is not one of ours; `column` counts from 0 within its text."""

    def __init__(self, message: str, column: int = 0, width: int = 1) -> None:
        super().__init__(message)
        self.message, self.column, self.width = message, column, width


@record
class Expression:
    """A parsed expression; equal texts are equal expressions."""

    text: str

    @property
    def tree(self) -> ast.expr:
        """The checked syntax tree; step names carry `_` for `-`."""
        return _tree(self.text)


def parse(text: str) -> Expression:
    """Return the expression of `text`; raise `ExpressionError` where it leaves the grammar."""
    _check(_tree(text))
    return Expression(text)


def names(expression: Expression) -> tuple[tuple[str, int], ...]:
    """Every dotted name that occurs, with its column, in reading order."""
    found: list[tuple[str, int]] = []
    _collect(expression.tree, found)
    return tuple(found)


def evaluate(expression: Expression, values: Mapping[str, Value]) -> Value:
    """Return the value; raise `ExpressionError` for an unknown name or mixed types."""
    try:
        return _value(expression.tree, values)
    except (TypeError, ZeroDivisionError, OverflowError) as error:
        raise ExpressionError(f"`{expression.text}` cannot be computed: {error}") from None


def to_argo(expression: Expression, spell: Callable[[str], str]) -> str:
    """Write the expression in expr-lang, as Argo evaluates it; `spell` writes each name."""
    return _spelled(expression.tree, spell)


def type_of(expression: Expression, types: Mapping[str, str]) -> str:
    """Return `boolean`, `number` or `string`; raise `ExpressionError` where types do not fit.

    `types` gives each name its declared type (`integer` counts as `number`).
    """
    return _type(expression.tree, types)


def _tree(text: str) -> ast.expr:
    prepared = _STEP.sub(lambda match: match[0].replace("-", "_") if match[1] else match[0], text)
    prepared = _swapped(prepared)
    if "\n" in text.strip():
        raise ExpressionError("an expression is one line")
    try:
        return ast.parse(prepared.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = max((getattr(error, "offset", 1) or 1) - 1, 0)
        raise ExpressionError(f"`{text}` is not an expression", column) from None


def _swapped(text: str) -> str:
    """Swap the case of each word of Python that is a name, or a part of one; twice undoes it."""
    return _WORD.sub(lambda match: match[0].swapcase() if match[1] else match[0], text)


def _check(node: ast.expr, depth: int = 0) -> None:
    if depth > _DEPTH:
        raise _error(node, "the expression is nested too deep")
    match node:
        case ast.BoolOp(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            pass
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            parts = [operand]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            parts = [left, right]
        case ast.Compare(left=left, comparators=rest) if all(
            type(op) in _OPERATORS for op in node.ops
        ):
            parts = [left, *rest]
        case ast.Constant(value=bool() | int() | float() | str() as value) if _writable(value):
            parts = []
        case ast.Name() | ast.Attribute() if _dotted(node):
            parts = []
        case _:
            raise _error(node, f"`{_shown(node)}` is not part of the expression language")
    for part in parts:
        _check(part, depth + 1)


def _writable(value: Value) -> bool:
    """Whether expr-lang has such a literal: 64 bits, no infinity, no half of a character."""
    if isinstance(value, str):
        return not any("\ud800" <= letter <= "\udfff" for letter in value)
    return value != math.inf and (isinstance(value, float) or value < 2**63)


def _error(node: ast.expr, message: str) -> ExpressionError:
    width = (node.end_col_offset or node.col_offset + 1) - node.col_offset
    return ExpressionError(message, node.col_offset, width)


def _shown(node: ast.expr) -> str:
    return _swapped(ast.unparse(node))


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            head = _dotted(value)
            return f"{head}.{attr}" if head else ""
    return ""


def _name(node: ast.expr) -> str:
    head, _, rest = _swapped(_dotted(node)).partition(".")
    if head != "steps" or "." not in rest:
        return f"{head}.{rest}" if rest else head
    step, _, tail = rest.partition(".")
    return f"steps.{step.replace('_', '-')}.{tail}"


def _collect(node: ast.AST, found: list[tuple[str, int]]) -> None:
    if isinstance(node, ast.Name | ast.Attribute):
        if _name(node) not in _CONSTANTS:
            found.append((_name(node), node.col_offset))
        return
    for child in ast.iter_child_nodes(node):
        _collect(child, found)


def _value(node: ast.expr, values: Mapping[str, Value]) -> Value:
    match node:
        case ast.Constant(value=value):
            return value  # type: ignore[return-value]
        case ast.BoolOp(op=ast.And()):
            return all(_value(part, values) for part in node.values)
        case ast.BoolOp():
            return any(_value(part, values) for part in node.values)
        case ast.UnaryOp(op=ast.Not()):
            return not _value(node.operand, values)
        case ast.UnaryOp():
            return -_value(node.operand, values)  # type: ignore[operator]
        case ast.BinOp():
            return _computed(node, values)
        case ast.Compare():
            return _compared(node, values)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item, values) for item in items]  # type: ignore[return-value]
    return _looked_up(node, values)


def _computed(node: ast.BinOp, values: Mapping[str, Value]) -> Value:
    left, right = _value(node.left, values), _value(node.right, values)
    for side, value in ((node.left, left), (node.right, right)):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _error(side, f"`{_shown(side)}` is {value!r}; a number is needed here")
    return _OPERATORS[type(node.op)][1](left, right)


def _compared(node: ast.Compare, values: Mapping[str, Value]) -> bool:
    left = _value(node.left, values)
    for op, right_node in zip(node.ops, node.comparators):
        right = _value(right_node, values)
        mixed = isinstance(left, str) != isinstance(right, str)
        if mixed and not isinstance(op, ast.In | ast.NotIn):
            raise _error(right_node, f"{left!r} and {right!r} are not of one type")
        if not _OPERATORS[type(op)][1](left, right):
            return False
        left = right
    return True


def _looked_up(node: ast.expr, values: Mapping[str, Value]) -> Value:
    name = _name(node)
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    if name not in values:
        known = ", ".join(sorted(values)) or "none"
        raise _error(node, f"`{name}` is not known; known are: {known}")
    return values[name]


def _spelled(node: ast.expr, spell: Callable[[str], str]) -> str:
    match node:
        case ast.Constant(value=bool() as value):
            return str(value).lower()
        case ast.Constant(value=str() as text):
            return quoted(text)
        case ast.Constant(value=value):
            return repr(value)
        case ast.BoolOp(op=op, values=parts):
            word = " && " if isinstance(op, ast.And) else " || "
            return "(" + word.join(_spelled(part, spell) for part in parts) + ")"
        case ast.UnaryOp(op=op, operand=operand):
            sign = "!" if isinstance(op, ast.Not) else "-"
            return f"{sign}({_spelled(operand, spell)})"
        case ast.BinOp(left=left, op=op, right=right):
            sign = _OPERATORS[type(op)][0]
            return f"({_spelled(left, spell)} {sign} {_spelled(right, spell)})"
        case ast.Compare():
            return _spelled_comparison(node, spell)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return "[" + ", ".join(_spelled(item, spell) for item in items) + "]"
    name = _name(node)
    return str(_CONSTANTS[name]).lower() if name in _CONSTANTS else spell(name)


def quoted(text: str) -> str:
    """Write `text` as a literal of expr-lang, within which no tag of Argo begins or ends."""
    escaped = json.dumps(text, ensure_ascii=False)[1:-1].replace('\\"', '"')
    escaped = escaped.replace("{{", "{\\u007b").replace("}}", "}\\u007d")
    return "'" + escaped.replace("'", "\\'") + "'"


def _spelled_comparison(node: ast.Compare, spell: Callable[[str], str]) -> str:
    sides = [
        f"({_spelled(side, spell)})" if isinstance(side, ast.Compare) else _spelled(side, spell)
        for side in (node.left, *node.comparators)
    ]
    signs = [_OPERATORS[type(op)][0] for op in node.ops]
    pairs = [f"{a} {sign} {b}" for a, sign, b in zip(sides, signs, sides[1:])]
    return pairs[0] if len(pairs) == 1 else "(" + " && ".join(pairs) + ")"


def _type(node: ast.expr, types: Mapping[str, str]) -> str:
    match node:
        case ast.Constant(value=bool()):
            return "boolean"
        case ast.Constant(value=str()):
            return "string"
        case ast.Constant():
            return "number"
        case ast.BoolOp(values=parts):
            return _all(parts, "boolean", types)
        case ast.UnaryOp(op=op, operand=operand):
            return _all([operand], "boolean" if isinstance(op, ast.Not) else "number", types)
        case ast.BinOp(left=left, right=right):
            return _all([left, right], "number", types)
        case ast.Compare():
            return _comparison_type(node, types)
        case ast.List() | ast.Tuple():
            raise _error(node, "a list stands only to the right of `in`")
    return _declared(node, types)


def _declared(node: ast.expr, types: Mapping[str, str]) -> str:
    name = _name(node)
    if name not in _CONSTANTS and name not in types:
        raise _error(node, f"`{name}` is not known here")
    declared = types.get(name, "boolean")
    if declared in _WHOLE:
        raise _error(node, f"`{name}` is {_WHOLE[declared]}, which no condition can be about")
    return "number" if declared == "integer" else declared


def _all(parts: list[ast.expr], wanted: str, types: Mapping[str, str]) -> str:
    for part in parts:
        found = _type(part, types)
        if found != wanted:
            raise _error(part, f"`{_shown(part)}` is a {found}; a {wanted} is needed here")
    return wanted


def _comparison_type(node: ast.Compare, types: Mapping[str, str]) -> str:
    left = node.left
    for op, right in zip(node.ops, node.comparators):
        kind = _type(left, types)
        if isinstance(op, ast.In | ast.NotIn):
            if not isinstance(right, ast.List | ast.Tuple):
                raise _error(right, "to the right of `in` stands a list: `x in ['a', 'b']`")
            _all(right.elts, kind, types)
        else:
            _all([right], kind, types)
        if isinstance(op, _ORDER) and kind == "boolean":
            raise _error(left, "booleans have no order")
        left = right
    return "boolean"
