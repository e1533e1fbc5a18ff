"""Which tasks of a large DAG go together: parts that are nested DAGs, none too large."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from compiler import depends
from compiler.record import record

Task = dict[str, Any]


@record
class Sizes:
    """A DAG of more than `largest` tasks is cut into parts of `least` to `most`."""

    largest: int = 200
    least: int = 30
    most: int = 100


SIZES = Sizes()


@record
class Members:
    """The tasks of a step; `limit` of them at once if it is not 0.

    They may end without success and nothing is wrong if they are `soft`, failed if `tolerated`.
    `fine` says when others may go on; a `fan` is one task for a list of items.
    """

    step: str
    tasks: tuple[str, ...]
    limit: int
    soft: bool
    tolerated: bool
    fan: bool
    fine: Callable[[], str]


def cut(tasks: list[Task], members: tuple[Members, ...], sizes: Sizes) -> dict[str, str]:
    """Return the part of each task, named after its first one.

    Whether a part ends before a step depends on the step's name: a step more moves few borders.
    """
    parts: dict[str, str] = {}
    first, size, least, most = "", sizes.most, sizes.least, sizes.most
    known = {task["name"] for task in tasks}
    for step in _sorted(tasks, members):
        border = int(sha256(step.step.encode()).hexdigest()[:8], 16) % least == 0
        own = [name for name in step.tasks if name in known]
        if size + len(own) > most or (size >= least and border):
            size = most
        for task in own:
            first, size = (task, 0) if size == most else (first, size)
            parts[task] = first
            size += 1
    return parts


def _sorted(tasks: list[Task], members: tuple[Members, ...]) -> Iterator[Members]:
    """Yield steps as they are written, but each after those that it waits for."""
    owner = {name: step for step in members for name in step.tasks}
    before: dict[str, dict[str, Members]] = {}
    for task in tasks:
        if task["name"] in owner:
            terms = depends.terms(task.get("depends", ""))
            named = {owner[n].step: owner[n] for n, _ in terms if n in owner}
            before.setdefault(owner[task["name"]].step, {}).update(named)
    done: set[str] = set()
    for step in members:
        stack = [step]
        while stack:
            waits = [b for n, b in before.get(stack[-1].step, {}).items() if n not in done]
            waits = [b for b in waits if b.step != stack[-1].step]
            if waits:
                stack.append(waits[0])
                continue
            top = stack.pop()
            if top.step not in done:
                done.add(top.step)
                yield top
