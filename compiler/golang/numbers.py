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


def power(base: float, exponent: float) -> float:
    """Go's `math.Pow`, which multiplies where C's library rounds once."""
    special = exponent == 0 or base in (0, 1) or not math.isfinite(base)
    if special or not math.isfinite(exponent):
        return _special_power(base, exponent)
    part, whole = math.modf(abs(exponent))
    if part and base < 0:
        return math.nan
    if abs(exponent) == 0.5:
        return math.sqrt(base) if exponent > 0 else 1 / math.sqrt(base)
    if whole >= 2.0**63:
        return _special_power(base, exponent)
    whole, part = (whole + 1, part - 1) if part > 0.5 else (whole, part)
    answer, scale = (math.exp(part * math.log(base)) if part else 1.0), 0
    factor, shift = math.frexp(base)
    times = int(whole)
    while times:
        if abs(shift) > 1 << 12:
            scale += shift
            break
        if times & 1:
            answer, scale = answer * factor, scale + shift
        factor, shift, times = factor * factor, shift * 2, times >> 1
        if factor < 0.5:
            factor, shift = factor + factor, shift - 1
    answer, scale = (1 / answer, -scale) if exponent < 0 else (answer, scale)
    try:
        return math.ldexp(answer, scale)
    except OverflowError:
        return math.copysign(math.inf, answer)


def _special_power(left: float, right: float) -> float:
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
