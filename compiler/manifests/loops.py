"""`withItems`, `withParam`, `withSequence`: what `{{item}}` may be."""

from typing import Any

from compiler.manifests.context import Context, Scope
from compiler.manifests.findings import Path
from compiler.manifests.holders import Data
from compiler.manifests.tags import ANY_ITEM

_WAYS = ("withItems", "withParam", "withSequence")


def loops(task: Data) -> bool:
    """Whether a task or step runs for each of several items."""
    return bool(task.get("withItems") or task.get("withParam")) or (
        task.get("withSequence") is not None
    )


def add_items(ctx: Context, task: Data, at: Path, scope: Scope) -> None:
    """Add `item` and its fields to `scope`; report more than one source of items."""
    given = [bool(task.get("withItems")), bool(task.get("withParam"))]
    sequence = task.get("withSequence")
    if sum(given) + (sequence is not None) > 1:
        ctx.report("V58", at, f"only one of {', '.join(_WAYS)} can be specified")
    elif given[0]:
        for item in task["withItems"] if isinstance(task["withItems"], list) else ():
            scope.update(dict.fromkeys(_fields(item), True))
    elif given[1]:
        scope |= {"item": True, ANY_ITEM: True}
    elif isinstance(sequence, dict):
        if sequence.get("count") is not None and sequence.get("end") is not None:
            message = "only one of count or end can be defined in withSequence"
            ctx.report("V59", (*at, "withSequence"), message)
        scope["item"] = True


def _fields(item: Any) -> list[str]:
    if isinstance(item, list):
        return [f"item.[{index}]" for index in range(len(item))]
    return [f"item.{key}" for key in item] if isinstance(item, dict) else ["item"]
