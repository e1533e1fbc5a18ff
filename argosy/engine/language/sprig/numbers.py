"""Sprig's functions of numbers."""

import math
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.sprig.conversions import bounded, floating, integer, sized
from argosy.engine.language.values import Int64, shown
from compiler.golang.numbers import power, quotient
from compiler.golang.strconv import parse_int

_EXACT = Context(prec=800)
_PLACES = Decimal(1).scaleb(-16)  # shopspring/decimal's DivisionPrecision


def _atoi(text: str) -> int:
    try:
        return parse_int(text)
    except ValueError:
        return 0


def _divided(left: Any, right: Any) -> Int64:
    above, below = integer(left), integer(right)
    if below == 0:
        raise EvaluationError("runtime error: integer divide by zero")
    return sized(abs(above) // abs(below) * (1 if (above < 0) == (below < 0) else -1))


def _remainder(left: Any, right: Any) -> Int64:
    above, below = integer(left), integer(right)
    if below == 0:
        raise EvaluationError("runtime error: integer divide by zero")
    return sized(abs(above) % abs(below) * (-1 if above < 0 else 1))


def _decimals(combine: Callable[[Decimal, Decimal], Decimal]) -> Callable[..., float]:
    def computed(first: Any, *others: Any) -> float:
        total = _decimal(first)
        for other in others:
            total = combine(total, _decimal(other))
        return float(total)

    return computed


def _decimal(value: Any) -> Decimal:
    number = floating(value)
    if not math.isfinite(number):
        raise EvaluationError(f"Cannot create a Decimal from {shown(number)}")
    return Decimal(repr(number))


def _decimal_quotient(left: Decimal, right: Decimal) -> Decimal:
    if not right:
        raise EvaluationError("decimal division by 0")
    return _EXACT.divide(left, right).quantize(_PLACES, ROUND_HALF_UP, _EXACT)


def _until(start: int, stop: int, step: int) -> list[int]:
    if (stop < start) == (step >= 0) or step == 0:
        return []
    return list(range(start, start + bounded(len(range(start, stop, step))) * step, step))


def _seq(*numbers: int) -> str:
    if not numbers or len(numbers) > 3:
        return ""
    start, end = (1, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[-1])
    sign = -1 if end < start else 1
    step = numbers[1] if len(numbers) == 3 else sign
    if len(numbers) == 3 and sign < 0 < step:
        return ""
    return " ".join(map(str, _until(start, end + sign, step)))


def _round(value: Any, places: int, on: float = 0.5) -> float:
    scale = power(10.0, float(places))
    digit = scale * floating(value)
    if not math.isfinite(digit):
        return quotient(digit, scale)
    part = math.modf(digit)[0]
    return quotient(float(math.ceil(digit) if part >= on else math.floor(digit)), scale)


def _whole(function: Callable[[float], int]) -> Callable[[Any], float]:
    def computed(value: Any) -> float:
        number = floating(value)
        return float(function(number)) if math.isfinite(number) else number

    return computed


def _octal(value: Any) -> Int64:
    try:
        return Int64(parse_int(shown(value), 8))
    except ValueError:
        return Int64(0)


def _extreme(choose: Callable[..., Any], convert: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda *values: choose(map(convert, values))


FUNCTIONS: Mapping[str, tuple[str, Callable[..., Any]]] = {
    "atoi": ("s", _atoi),
    "int64": ("a", integer),
    "int": ("a", lambda value: int(integer(value))),
    "float64": ("a", floating),
    "seq": ("*i", _seq),
    "toDecimal": ("a", _octal),
    "until": ("i", lambda count: _until(0, count, -1 if count < 0 else 1)),
    "untilStep": ("iii", _until),
    "add1": ("a", lambda value: sized(integer(value) + 1)),
    "add": ("*a", lambda *values: sized(sum(map(integer, values)))),
    "sub": ("aa", lambda left, right: sized(integer(left) - integer(right))),
    "div": ("aa", _divided),
    "mod": ("aa", _remainder),
    "mul": ("a*a", lambda *values: sized(math.prod(map(integer, values)))),
    "add1f": ("a", lambda value: _decimals(_EXACT.add)(value, 1)),
    "addf": ("*a", lambda *values: _decimals(_EXACT.add)(0.0, *values)),
    "subf": ("a*a", _decimals(_EXACT.subtract)),
    "divf": ("a*a", _decimals(_decimal_quotient)),
    "mulf": ("a*a", _decimals(_EXACT.multiply)),
    **dict.fromkeys(("biggest", "max"), ("a*a", _extreme(max, integer))),
    "min": ("a*a", _extreme(min, integer)),
    "maxf": ("a*a", _extreme(max, floating)),
    "minf": ("a*a", _extreme(min, floating)),
    "ceil": ("a", _whole(math.ceil)),
    "floor": ("a", _whole(math.floor)),
    "round": ("ai*f", _round),
}
