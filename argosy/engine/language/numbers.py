"""Go's numbers: 64 bits, and the two ways in which Go writes a float."""

import math
from decimal import Decimal

_WORD = 2**64


def wrapped(value: int) -> int:
    """Return an integer as 64 bits with a sign hold it."""
    if -(2**63) <= value < 2**63:
        return value
    return (value + 2**63) % _WORD - 2**63


def truncated(value: float) -> int:
    """Return a float as Go's `int()` does on amd64: what does not fit is the least integer."""
    if math.isnan(value) or not -(2.0**63) <= value < 2.0**63:
        return -(2**63)
    return int(value)


def quotient(left: float, right: float) -> float:
    """Divide as IEEE 754 does, by zero too."""
    try:
        return left / right
    except ZeroDivisionError:
        if left == 0 or math.isnan(left):
            return math.nan
        return math.copysign(math.inf, left) * math.copysign(1.0, right)


def power(left: float, right: float) -> float:
    """Go's `math.Pow`."""
    try:
        return math.pow(left, right)
    except OverflowError:
        return -math.inf if left < 0 and right % 2 == 1 else math.inf
    except ValueError:
        if left == 0:
            return math.copysign(math.inf, left) if right % 2 == 1 else math.inf
        return math.nan


def float_shown(value: float) -> str:
    """Write a float as `fmt` does with `%v`."""
    return _special(value) or _written(value, -4, 6)


def float_json(value: float) -> str:
    """Write a finite float as `encoding/json` does."""
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return _written(value, -400, 400)
    text = _written(value, 400, 400)
    mantissa, _, exponent = text.partition("e")
    return f"{mantissa}e-{exponent[2:]}" if exponent.startswith("-0") else text


def float_fixed(value: float) -> str:
    """Write a float without an exponent, in as few digits as tell it (`%f` of strconv, -1)."""
    return _special(value) or _written(value, -400, 400)


def _special(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return ("+Inf" if value > 0 else "-Inf") if math.isinf(value) else ""


def _written(value: float, least: int, most: int) -> str:
    """Write with an exponent when the decimal exponent is below `least` or from `most` on."""
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0") or "0"
    exponent = int(exponent) + len(digits) - 1 if text != "0" else 0
    before = "-" if sign else ""
    if least <= exponent < most:
        if exponent < 0:
            return f"{before}0.{'0' * (-exponent - 1)}{text}"
        whole, rest = text[: exponent + 1].ljust(exponent + 1, "0"), text[exponent + 1 :]
        return f"{before}{whole}.{rest}" if rest else f"{before}{whole}"
    point = f".{text[1:]}" if text[1:] else ""
    return f"{before}{text[0]}{point}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
