"""The operators of expr-lang on values (its vm/runtime), in its words when they do not fit."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.go import regular
from argosy.engine.language.values import (
    AnyMap,
    Defined,
    Groups,
    NilList,
    equal,
    go_name,
    is_integer,
    is_number,
    octets,
    shown,
    text_of,
)
from compiler.golang.numbers import power, quotient, truncated, wrapped


def _wrong(sign: str, left: Any, right: Any) -> EvaluationError:
    ours, theirs = (go_name(value).lstrip("*") for value in (left, right))
    return EvaluationError(f"invalid operation: {ours} {sign} {theirs}")


def _sum(left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    return _arithmetic("+", operator.add)(left, right)


def _of_defined(sign: str, combine: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Combine times and spans, which know by themselves what they take."""
    try:
        if not isinstance(left, bool) and not isinstance(right, bool):
            return combine(left, right)
    except TypeError:
        pass
    raise _wrong(sign, left, right)


def _arithmetic(sign: str, combine: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def computed(left: Any, right: Any) -> Any:
        if isinstance(left, Defined) or isinstance(right, Defined):
            return _of_defined(sign, combine, left, right)
        if not (is_number(left) and is_number(right)):
            raise _wrong(sign, left, right)
        if isinstance(left, float) or isinstance(right, float):
            return combine(float(left), float(right))
        return wrapped(combine(left, right))

    return computed


def _divided(left: Any, right: Any) -> float:
    if not (is_number(left) and is_number(right)):
        raise _wrong("/", left, right)
    return quotient(float(left), float(right))


def _remainder(left: Any, right: Any) -> int:
    if not (is_integer(left) and is_integer(right)):
        raise _wrong("%", left, right)
    if right == 0:
        raise EvaluationError("runtime error: integer divide by zero")
    return wrapped(abs(left) % abs(right) * (-1 if left < 0 else 1))


def _compared(sign: str, compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def computed(left: Any, right: Any) -> bool:
        if is_number(left) and is_number(right):
            return compare(left, right)
        if isinstance(left, str) and isinstance(right, str):
            return compare(octets(left), octets(right))
        if type(left) is type(right) and isinstance(left, Defined):
            return bool(_of_defined(sign, compare, left, right))
        raise _wrong(sign, left, right)

    return computed


def is_in(needle: Any, container: Any) -> bool:
    """Whether a list holds a value, or a map a key."""
    if container is None:
        return False
    if isinstance(container, list):
        return any(equal(item, needle) for item in container)
    if isinstance(container, Mapping):
        return key_of(container, needle) in container
    if isinstance(container, Defined) and container.go_kind in ("struct", "ptr"):
        if isinstance(needle, str):
            return False  # whose fields are all its own
        name = container.go_type.lstrip("*")
        raise EvaluationError(f"cannot use {go_name(needle)} as field name of {name}")
    raise EvaluationError(f'operator "in" not defined on {go_name(container)}')


def key_of(container: Mapping[Any, Any], key: Any) -> Any:
    """Return what looks up `key`: texts only, but nil stands for the empty one."""
    if key is None:
        return ""
    if not isinstance(key, str):
        raise EvaluationError(
            "reflect.Value.MapIndex: value of type "
            f"{go_name(key)} is not assignable to type {'string' if container is not None else ''}"
        )
    return key


def _texts(left: Any, right: Any) -> tuple[str, str]:
    for value in (right, left):
        if not isinstance(value, str):
            raise EvaluationError(
                f"interface conversion: interface {{}} is {go_name(value)}, not string"
            )
    return left, right


def _of_texts(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def computed(left: Any, right: Any) -> bool:
        if left is None or right is None:
            return False
        return test(*_texts(left, right))

    return computed


BINARY: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "<": _compared("<", operator.lt),
    "<=": _compared("<=", operator.le),
    ">": _compared(">", operator.gt),
    ">=": _compared(">=", operator.ge),
    "+": _sum,
    "-": _arithmetic("-", operator.sub),
    "*": _arithmetic("*", operator.mul),
    "/": _divided,
    "%": _remainder,
    **dict.fromkeys(("**", "^"), lambda left, right: power(to_float(left), to_float(right))),
    "in": is_in,
    "matches": _of_texts(lambda left, right: regular.found(right, left)),
    "contains": _of_texts(lambda left, right: right in left),
    "startsWith": _of_texts(str.startswith),
    "endsWith": _of_texts(str.endswith),
}


def negated(value: Any) -> Any:
    """Return `-value`."""
    if not is_number(value):
        raise EvaluationError(f"invalid operation: - {go_name(value)}")
    return wrapped(-value) if isinstance(value, int) else -value


def to_int(value: Any) -> int:
    """Return a number as an integer."""
    if not is_number(value):
        raise EvaluationError(f"invalid operation: int({go_name(value)})")
    return truncated(value) if isinstance(value, float) else int(value)


def to_float(value: Any) -> float:
    """Return a number as a float."""
    if not is_number(value):
        raise EvaluationError(f"invalid operation: float({go_name(value)})")
    return float(value)


def truth(value: Any) -> bool:
    """Return a truth value; nothing else stands for one."""
    if not isinstance(value, bool):
        raise EvaluationError(
            f"interface conversion: interface {{}} is {_of_nil(go_name(value))}, not bool"
        )
    return value


def _of_nil(name: str) -> str:
    return "nil" if name == "<nil>" else name


def member(container: Any, key: Any) -> Any:
    """Return `container[key]`: nil for a key that a map lacks, a byte for an index of a text."""
    if isinstance(container, AnyMap):
        return container.get(key, NilList() if isinstance(container, Groups) else None)
    if isinstance(container, Mapping):
        return container.get(key_of(container, key))
    if isinstance(container, list | str):
        items = octets(container) if isinstance(container, str) else container
        index = to_int(key)
        place = index + len(items) if index < 0 else index
        if not 0 <= place < len(items):
            raise EvaluationError(f"index out of range: {place} (array length is {len(items)})")
        return items[place]
    if isinstance(container, Defined):
        from argosy.engine.language.expr import methods

        return methods.bound(container, key)
    raise EvaluationError(f"cannot fetch {shown(key)} from {go_name(container)}")


def sliced(container: Any, start: Any, end: Any) -> Any:
    """Return `container[start:end]`, bounds beyond the ends cut; texts are cut by bytes."""
    if isinstance(container, str):
        data = octets(container)
        return text_of(data[slice(*_bounds(start, end, len(data)))])
    if isinstance(container, list):
        return container[slice(*_bounds(start, end, len(container)))]
    if end is None:
        raise EvaluationError(f"invalid argument for len (type {go_name(container)})")
    raise EvaluationError(f"cannot slice {shown(0 if start is None else start)}")


def _bounds(start: Any, end: Any, length: int) -> tuple[int, int]:
    first, last = (0 if start is None else to_int(start)), (length if end is None else to_int(end))
    first = max(first + length if first < 0 else first, 0)
    last = min(max(last + length if last < 0 else last, 0), length)
    return min(first, last), last
