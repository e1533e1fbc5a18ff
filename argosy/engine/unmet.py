"""What a manifest asks of its nodes that this machine has no way to give: said, not hidden."""

from collections.abc import Iterator, Mapping
from typing import Any


def unmet(spec: Mapping[str, Any]) -> list[str]:
    """Return for each template what its pods would have on a cluster and do not have here."""
    found = []
    for template in spec.get("templates", ()):
        asked = ", ".join(dict.fromkeys(_asked(template)))
        found += [f"`{template['name']}` gets no {asked} on this machine"] if asked else []
    return found


def _asked(template: Mapping[str, Any]) -> Iterator[str]:
    container = template.get("container") or template.get("script") or {}
    limits = container.get("resources", {}).get("limits", {})
    yield from (f"{name} {count}" for name, count in limits.items() if "/" in name)
    yield from (f"{key}={value}" for key, value in template.get("nodeSelector", {}).items())
    if "nodeAffinity" in template.get("affinity", {}):
        yield "node affinity"
    volumes = {v["name"]: v["emptyDir"] for v in template.get("volumes", ()) if "emptyDir" in v}
    for source in volumes.values():
        if source.get("medium") == "Memory":
            yield f"memory volume {source.get('sizeLimit', '')}".rstrip()
