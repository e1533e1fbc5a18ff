"""Quantities and durations in the spelling of Kubernetes and Argo."""

import re
from collections.abc import Mapping
from typing import Any

from compiler.quantity import amount

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(text: str) -> float:
    """Return a duration such as `1h30m` or `90` in seconds; raise `ValueError` for no duration."""
    if re.fullmatch(r"[0-9]+", str(text)):
        return float(text)
    parts = re.findall(r"([0-9.]+)(ms|[smhd])", str(text))
    if not parts or "".join(a + b for a, b in parts) != text:
        raise ValueError(f"`{text}` is no duration")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def demand(container: Mapping[str, Any]) -> tuple[float, float]:
    """Return the cpu (cores) and memory (bytes) that a container asks for."""
    resources = container.get("resources", {})
    asked = {**resources.get("limits", {}), **resources.get("requests", {})}
    return amount(asked.get("cpu", "0")), amount(asked.get("memory", "0"))
