"""Quantities in the spelling of Kubernetes: `500m` of a core, `4Gi` of memory."""

import re

GIB = 2**30
_UNITS = {
    "": 1,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "m": 1e-3,
}


def amount(text: str) -> float:
    """Return `500m` as 0.5, `1Gi` as bytes; raise `ValueError` for anything else."""
    match = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", str(text))
    if not match or match[2] not in _UNITS:
        raise ValueError(f"`{text}` is no quantity")
    return float(match[1]) * _UNITS[match[2]]
