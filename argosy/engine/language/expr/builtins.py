"""The functions of expr-lang 1.17: those of plain values, and those with a predicate."""

import base64
import binascii
import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.expr import predicates
from argosy.engine.language.expr.operators import BINARY, member, to_int
from argosy.engine.language.go.json_mistakes import mistake
from argosy.engine.language.values import (
    AnyMap,
    Defined,
    Int64,
    NilList,
    Number,
    equal,
    go_name,
    is_integer,
    is_number,
    kind,
    lower,
    octets,
    shown,
    text_of,
    to_json,
    upper,
)
from compiler.golang.numbers import truncated, wrapped

PREDICATE = predicates.FUNCTIONS
GROWING = ("repeat", "reverse", "concat", "flatten", "sort")
_MOST = 1_000_000


def _text(value: Any) -> str:
    if not isinstance(value, str):
        found = "nil" if value is None else go_name(value)
        raise EvaluationError(f"interface conversion: interface {{}} is {found}, not string")
    return value


def _list(value: Any, doing: str) -> list[Any]:
    if not isinstance(value, list):
        raise EvaluationError(f"cannot {doing} {_kind(value)}")
    return value


def _kind(value: Any) -> str:
    if isinstance(value, Defined):
        return value.go_kind
    return "int64" if isinstance(value, Int64) else kind(value)


def _len(value: Any) -> int:
    if not isinstance(value, str | list | Mapping):
        raise EvaluationError(f"invalid argument for len (type {go_name(value)})")
    return len(value)


def _abs(value: Any) -> Any:
    if not is_number(value):
        raise EvaluationError(f"invalid argument for abs (type {go_name(value)})")
    return wrapped(abs(value)) if isinstance(value, int) else abs(value)


def _rounded(name: str, function: Callable[[float], float]) -> Callable[[Any], float]:
    def computed(value: Any) -> float:
        if not is_number(value):
            raise EvaluationError(f"invalid argument for {name} (type {go_name(value)})")
        return function(value) if math.isfinite(value) else value

    return computed


def _round(value: float) -> float:
    whole = float(math.trunc(value))
    return whole + math.copysign(1.0, value) if abs(value - whole) >= 0.5 else whole


def to_integer(value: Any) -> int:
    """`int`, `asInt`: a number cut to an integer, or a decimal text."""
    if isinstance(value, str):
        digits = value[1:] if value[:1] in ("+", "-") else value
        if not (digits.isascii() and digits.isdigit()) or not -(2**63) <= int(value) < 2**63:
            raise EvaluationError(f"invalid operation: int({value})")
        return int(value)
    if value is None:
        raise EvaluationError("reflect: call of reflect.Value.Type on zero Value")
    if not isinstance(value, int | float | Number) or isinstance(value, bool):
        raise EvaluationError(f"invalid operation: int({go_name(value)})")
    return truncated(value) if isinstance(value, float) else int(value)


def to_floating(value: Any) -> float:
    """`float`, `asFloat`: a number, or a text that Go's `strconv.ParseFloat` takes."""
    if is_number(value):
        return float(value)
    if not isinstance(value, str):
        raise EvaluationError(f"invalid operation: float({go_name(value)})")
    from compiler.golang.strconv import parse_float

    try:
        return parse_float(value)
    except ValueError:
        raise EvaluationError(f"invalid operation: float({value})") from None


def _trim(value: Any, characters: Any = None) -> str:
    return _text(value).strip(" \t\n\v\f\r\x85\xa0" if characters is None else _text(characters))


def _split(value: Any, separator: Any, count: Any = -1, *, keep: bool = False) -> list[str]:
    text, sign, most = _text(value), _text(separator), to_int(count)
    if most == 0:
        return []
    parts = list(text) if not sign else text.split(sign)
    if not sign and 0 < most < len(parts):
        return [*parts[: most - 1], "".join(parts[most - 1 :])]
    if sign and 0 < most < len(parts):
        parts = text.split(sign, most - 1)
    return [part + sign for part in parts[:-1]] + parts[-1:] if keep else parts


def _replace(value: Any, old: Any, new: Any, count: Any = -1) -> str:
    most = to_int(count)
    return _text(value).replace(_text(old), _text(new), -1 if most < 0 else most)


def _repeat(value: Any, count: Any) -> str:
    text, times = _text(value), to_int(count)
    if times < 0:
        raise EvaluationError(
            f"invalid argument for repeat (expected positive integer, got {times})"
        )
    if times > _MOST or times * len(text) >= _MOST:
        raise EvaluationError("memory budget exceeded")
    return text * times


def _join(value: Any, glue: Any = "") -> str:
    if not isinstance(value, list):
        raise EvaluationError(f"invalid argument for join (type {go_name(value)})")
    return _text(glue).join(map(_text, value))


def _index(value: Any, part: Any, find: Callable[[bytes, bytes], int]) -> int:
    return find(octets(_text(value)), octets(_text(part)))


def _extreme(name: str, sign: str) -> Callable[..., Any]:
    """`max` and `min`: of numbers and of lists of them (expr-lang's minMax)."""

    def computed(*arguments: Any) -> Any:
        best = None
        for argument in arguments:
            if len(arguments) == 1 and not isinstance(argument, list):
                return argument
            listed = isinstance(argument, list)
            for number in map(computed, argument) if listed else (argument,):
                if not (is_number(number) or (isinstance(number, Number) and not listed)):
                    raise EvaluationError(f"invalid argument for {name} (type {go_name(number)})")
                if best is None or BINARY[sign](best, number):
                    best = number
        return best

    return computed


def _numbers(name: str, values: Sequence[Any]) -> list[float]:
    found: list[float] = []
    for value in values:
        if isinstance(value, list):
            found += _numbers(name, value)
        elif is_number(value) or isinstance(value, Number):
            found.append(float(int(value)) if isinstance(value, Number) else float(value))
        else:
            raise EvaluationError(f"invalid argument for {name} (type {go_name(value)})")
    return found


def _mean(*arguments: Any) -> float:
    found = _numbers("mean", arguments)
    return sum(found) / len(found) if found else 0.0


def _median(*arguments: Any) -> float:
    found = sorted(_numbers("median", arguments))
    middle = len(found) // 2
    if not found:
        return 0.0
    return found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2


def from_json(value: Any) -> Any:
    """Read JSON as Go does into `any`: every number is a float."""
    try:
        return json.loads(_text(value), parse_int=float, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise EvaluationError(mistake(value, error.pos)) from None
    except (ValueError, RecursionError) as error:
        raise EvaluationError(str(error)) from None


def _no_constant(word: str) -> Any:
    raise ValueError(f"invalid character '{word[0]}' looking for beginning of value")


def _from_base64(value: Any) -> str:
    try:
        return text_of(base64.b64decode(octets(_text(value)), validate=True))
    except binascii.Error:
        raise EvaluationError("illegal base64 data") from None


def _first(value: Any, *, place: int = 0) -> Any:
    try:
        return member(value, place)
    except EvaluationError:
        return None


def _get(container: Any, key: Any) -> Any:
    if container is None:
        return None
    if isinstance(container, list | str):
        to_int(key)
    try:
        return member(container, key)
    except EvaluationError:
        return None


def _take(value: Any, count: Any) -> list[Any]:
    items = _list(value, "take from")
    if not is_integer(count):
        raise EvaluationError(f"cannot take {kind(count)} elements")
    if count < 0:
        raise EvaluationError("reflect.Value.Slice: slice index out of bounds")
    return items[:count]


def _map_of(value: Any, doing: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise EvaluationError(f"cannot {doing} {_kind(value)}")
    return value


def _to_pairs(value: Any) -> list[Any]:
    return [[key, item] for key, item in _map_of(value, "transform to pairs").items()]


def _from_pairs(value: Any) -> AnyMap:
    found = AnyMap()
    for pair in _list(value, "transform from pairs"):
        if not isinstance(pair, list) or len(pair) != 2:
            raise EvaluationError(f"invalid pair {shown(pair)}")
        found[pair[0]] = pair[1]
    return found


def _uniq(value: Any) -> list[Any]:
    found: list[Any] = []
    for item in _list(value, "uniq"):
        if not any(equal(item, other) for other in found):
            found.append(item)
    return found


def _concat(*lists: Any) -> list[Any]:
    return [item for each in lists for item in _list(each, "concat")] or NilList()


def _flatten(value: Any) -> list[Any]:
    found: list[Any] = []
    for item in _list(value, "flatten"):
        found += _flatten(item) if isinstance(item, list) else [item]
    return found


def _sort(value: Any, order: Any = "asc") -> list[Any]:
    if order not in ("asc", "desc"):
        raise EvaluationError(f"invalid order {shown(order)}, expected asc or desc")
    if not isinstance(value, list):
        return NilList()
    return predicates.ordered(value, value, descending=order == "desc")


def _bits(name: str, function: Callable[[int, int], int]) -> Callable[[Any, Any], int]:
    def computed(left: Any, right: Any) -> int:
        for value in (left, right):
            if not is_integer(value):
                raise EvaluationError(
                    f"cannot use {go_name(value)} as argument (type int) to call {name}"
                )
        if "sh" in name and right < 0:
            raise EvaluationError(f"invalid operation: negative shift count {right} (type int)")
        return wrapped(function(left, right))

    return computed


def _of_times(name: str) -> Callable[..., Any]:
    """Return a function of times, whose module few expressions need."""

    def computed(*given: Any) -> Any:
        from argosy.engine.language.expr import dates

        return dates.FUNCTIONS[name](*given)

    return computed


def refuse_zone(arguments: Sequence[Any]) -> None:
    """Refuse a zone as expr-lang does where it has not checked types: it hands over a copy of it.

    So `sprig.date("15:04", date(timezone("UTC"), "…"))` fails, and `date` alone does not.
    """
    if arguments and go_name(arguments[0]) == "*time.Location":
        raise EvaluationError("interface conversion: interface {} is time.Location, not string")


PLAIN: Mapping[str, Callable[..., Any]] = {
    "len": _len,
    "type": kind,
    "abs": _abs,
    "ceil": _rounded("ceil", lambda value: float(math.ceil(value))),
    "floor": _rounded("floor", lambda value: float(math.floor(value))),
    "round": _rounded("round", lambda value: float(_round(value))),
    "int": to_integer,
    "float": to_floating,
    "string": shown,
    "trim": _trim,
    "trimPrefix": lambda value, part=" ": _text(value).removeprefix(_text(part)),
    "trimSuffix": lambda value, part=" ": _text(value).removesuffix(_text(part)),
    "upper": lambda value: upper(_text(value)),
    "lower": lambda value: lower(_text(value)),
    "split": _split,
    "splitAfter": lambda *arguments: _split(*arguments, keep=True),
    "replace": _replace,
    "repeat": _repeat,
    "join": _join,
    "indexOf": lambda value, part: _index(value, part, bytes.find),
    "lastIndexOf": lambda value, part: _index(value, part, bytes.rfind),
    "hasPrefix": lambda value, part: _text(value).startswith(_text(part)),
    "hasSuffix": lambda value, part: _text(value).endswith(_text(part)),
    "max": _extreme("max", "<"),
    "min": _extreme("min", ">"),
    "mean": _mean,
    "median": _median,
    "toJSON": lambda value: to_json(value, "  "),
    "fromJSON": from_json,
    "toBase64": lambda value: base64.b64encode(octets(_text(value))).decode(),
    "fromBase64": _from_base64,
    **{name: _of_times(name) for name in ("now", "duration", "date", "timezone")},
    "first": _first,
    "last": lambda value: _first(value, place=-1),
    "get": _get,
    "take": _take,
    "keys": lambda value: list(_map_of(value, "get keys from")),
    "values": lambda value: list(_map_of(value, "get values from").values()),
    "toPairs": _to_pairs,
    "fromPairs": _from_pairs,
    "reverse": lambda value: _list(value, "reverse")[::-1],
    "uniq": _uniq,
    "concat": _concat,
    "flatten": _flatten,
    "sort": _sort,
    "bitand": _bits("bitand", lambda x, y: x & y),
    "bitor": _bits("bitor", lambda x, y: x | y),
    "bitxor": _bits("bitxor", lambda x, y: x ^ y),
    "bitnand": _bits("bitnand", lambda x, y: x & ~y),
    "bitshl": _bits("bitshl", lambda x, y: x << y if y < 64 else 0),
    "bitshr": _bits("bitshr", lambda x, y: x >> y),
    "bitushr": _bits("bitushr", lambda x, y: (x % 2**64) >> y),
    "bitnot": lambda value: _bits("bitnot", lambda x, _: ~x)(value, 0),
}
