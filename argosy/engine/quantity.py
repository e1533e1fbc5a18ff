"""What a container asks of a machine."""

from collections.abc import Mapping
from typing import Any

from argosy.engine.language.quantities import quantity


def demand(container: Mapping[str, Any]) -> tuple[float, float]:
    """Return the cpu (cores) and memory (bytes) that a container asks for."""
    resources = container.get("resources", {})
    asked = {**resources.get("limits", {}), **resources.get("requests", {})}
    cpu, memory = (quantity(str(asked.get(name, "0"))) for name in ("cpu", "memory"))
    return float(cpu), float(memory)
