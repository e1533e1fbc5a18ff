"""Quantities in the spelling of Kubernetes (apimachinery's resource.Quantity)."""

import re
from decimal import Decimal
from functools import lru_cache

_BINARY = {unit: 1024**power for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)}
_DECIMAL = {
    **dict(zip("num", (Decimal("1e-9"), Decimal("1e-6"), Decimal("1e-3")), strict=True)),
    "": Decimal(1),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", 1)},
}
_QUANTITY = re.compile(
    r"([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))([KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]+)?"
)


@lru_cache(512)
def quantity(text: str) -> Decimal:
    """Return `500m` as 0.5, `1Gi` in bytes; raise `ValueError` in the words of Kubernetes."""
    match = _QUANTITY.fullmatch(text)
    if not match:
        raise ValueError(
            "quantities must match the regular expression "
            r"'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        )
    number, unit = Decimal(match[1]), match[2] or ""
    if unit in _BINARY or unit in _DECIMAL:
        return number * (_BINARY.get(unit) or _DECIMAL[unit])
    return number.scaleb(int(unit[1:]))
