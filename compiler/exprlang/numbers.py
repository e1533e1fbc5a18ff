"""The numbers of an expression, as Go's strconv reads them."""

from compiler.exprlang.tokens import UnreadableError

_BASES = {"0x": (16, "hex"), "0b": (2, "binary"), "0o": (8, "octal")}


def number(word: str, at: int) -> int | float:
    """Return the number that a word writes; a whole one must fit in 64 bits.

    What is wrong is said of the word after it, at `at`, as expr-lang does.
    """
    text = word.replace("_", "")
    base, name = _BASES.get(text[:2].lower(), (10, "integer"))
    if base == 10 and any(sign in text for sign in ".eE"):
        return _float(text, at)
    try:
        value = int(text[2:] if base != 10 else text, base)
    except ValueError:
        raise UnreadableError(
            f'invalid {name} literal: strconv.ParseInt: parsing "{text}": invalid syntax', at
        ) from None
    if value >= 2**63:
        raise UnreadableError(
            f'invalid {name} literal: strconv.ParseInt: parsing "{text}": value out of range',
            at,
        )
    return value


def _float(text: str, at: int) -> float:
    try:
        value, wrong = float(text), "value out of range"
    except ValueError:
        value, wrong = float("inf"), "invalid syntax"
    if value == float("inf"):
        raise UnreadableError(
            f'invalid float literal: strconv.ParseFloat: parsing "{text}": {wrong}', at
        )
    return value
