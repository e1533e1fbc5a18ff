"""What the containers of a pod ask for of cpu and memory."""

from collections.abc import Mapping
from typing import Any

from argosy.engine.language.quantities import quantity


def demand(container: Mapping[str, Any]) -> tuple[float, float]:
    """Return the cpu (cores) and memory (bytes) that a container asks for."""
    resources = container.get("resources")
    if not resources:
        return 0.0, 0.0
    asked = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    cpu, memory = (quantity(str(asked.get(name, "0"))) for name in ("cpu", "memory"))
    return float(cpu), float(memory)


def total(template: Mapping[str, Any]) -> tuple[float, float]:
    """Return what all containers of a leaf template ask for together."""
    together = [*containers(template), *(template.get("sidecars") or ())]
    found = [demand(container) for container in together]
    return sum(cpu for cpu, _ in found), sum(memory for _, memory in found)


def containers(template: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the main containers of a leaf template, each with its name."""
    if "containerSet" in template:
        shared = template["containerSet"].get("volumeMounts") or ()
        return [
            {**each, "volumeMounts": [*shared, *(each.get("volumeMounts") or ())]}
            for each in template["containerSet"].get("containers") or ()
        ]
    body = template.get("container") or template.get("script") or {}
    return [{**body, "name": "main"}]
