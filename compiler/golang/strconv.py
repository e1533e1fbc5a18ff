"""Numbers in texts as Go's strconv reads them."""

import re

_DECIMAL = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_HEXADECIMAL = r"[-+]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][-+]?[0-9]+"
_SPECIAL = r"(?i:[-+]?(?:inf|infinity)|nan)"


def parse_float(text: str) -> float:
    """Return a float; raise `ValueError` for what `strconv.ParseFloat` refuses, too large too."""
    if re.fullmatch(_SPECIAL, text):
        return float(text)
    if re.fullmatch(_DECIMAL, text):
        value = float(text)
    elif re.fullmatch(_HEXADECIMAL, text):
        value = float.fromhex(text)
    else:
        raise ValueError("invalid syntax")
    if value in (float("inf"), float("-inf")):
        raise ValueError("value out of range")
    return value


def parse_int(text: str, base: int = 10) -> int:
    """Return an integer of 64 bits; raise `ValueError`; base 0 reads `0x`, `0o`, `0b`, `0`, `_`."""
    sign = -1 if text.startswith("-") else 1
    digits = text[1:] if text[:1] in ("-", "+") else text
    if base == 0:
        digits, base = _prefixed(digits)
    if not re.fullmatch(r"[0-9a-zA-Z]+", digits):
        raise ValueError("invalid syntax")
    try:
        value = sign * int(digits, base)
    except ValueError:
        raise ValueError("invalid syntax") from None
    if not -(2**63) <= value < 2**63:
        raise ValueError("value out of range")
    return value


def _prefixed(digits: str) -> tuple[str, int]:
    for prefix, base in (("0x", 16), ("0b", 2), ("0o", 8), ("0", 8)):
        if digits.lower().startswith(prefix) and len(digits) > 1:
            return re.sub(r"(?<=\w)_(?=\w)", "", digits[len(prefix) :]).lstrip("_") or "?", base
    return re.sub(r"(?<=\w)_(?=\w)", "", digits), 10
