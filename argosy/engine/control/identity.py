"""Names that Argo derives from those of nodes."""

from functools import lru_cache

_PRIME = 0x01000193
_LONGEST = 242  # Argo's maxPrefixLength - 1


@lru_cache(64)
def fnv(text: str) -> int:
    """Return the 32-bit FNV-1a hash of a text."""
    found = 0x811C9DC5
    for byte in text.encode("utf-8", "surrogatepass"):
        found = ((found ^ byte) * _PRIME) & 0xFFFFFFFF
    return found


def node_id(run: str, name: str) -> str:
    """Return the id of a node (Argo's Workflow.NodeID)."""
    return run if name == run else f"{run}-{fnv(name)}"


def pod_name(run: str, name: str, template: str) -> str:
    """Return the name of a node's pod (Argo's GeneratePodName)."""
    if name == run:
        return run
    prefix = f"{run}-{template}" if template else run
    return f"{prefix[:_LONGEST]}-{fnv(name)}"
