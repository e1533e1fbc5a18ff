"""Rules of hardware in its step: attempts that reach on-demand nodes, volumes that hide nothing."""

from collections.abc import Iterator

from compiler import argo_terms
from compiler.code import gather
from compiler.hardware import Volume
from compiler.pipeline import Pipeline, Step
from compiler.placement import QUEUE
from compiler.problems import Problem
from compiler.volumes import WORK, place


def spot(pipeline: Pipeline) -> Iterator[Problem]:
    """A step that is to leave spot nodes after some attempts has a further one."""
    for step in pipeline.members:
        attempts = step.hardware.spot.attempts if step.hardware.spot else 0
        limit = step.retries.limit if step.retries else 0
        if attempts > limit:
            message = (
                f"`{step.name}` leaves spot nodes after {_times(attempts)}, and has {_times(limit)}"
                " beyond the first"
            )
            hint = f"write `retries: {attempts}` or more"
            yield Problem("spot-retries", message, step.hardware.at, hint)


def _times(count: int) -> str:
    return "no attempt" if not count else "1 attempt" if count == 1 else f"{count} attempts"


def volumes(pipeline: Pipeline) -> Iterator[Problem]:
    """No volume hides inputs, outputs or code; an output may lie in a volume (V26, G9)."""
    entries = gather(pipeline).entries
    for step in pipeline.members:
        taken = (*occupied(step, entries), *_own(pipeline))
        for volume in step.hardware.volumes:
            for clash in _clashes(volume, taken):
                message = f"volume `{volume.name}` at {place(volume.path)} clashes with {clash}"
                yield Problem("volume-clash", message, step.hardware.at, "mount it elsewhere")


def _clashes(volume: Volume, taken: tuple[tuple[str, str], ...]) -> Iterator[str]:
    target = place(volume.path)
    for path, what in taken:
        inside = path.startswith(f"{target}/") and what.startswith("output")
        if overlap(path, target) and not (inside and not volume.read_only):
            yield f"{what} at {path}"


def occupied(step: Step, entries: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the places of a container that are taken, and by what."""
    yield f"{WORK}/inputs", "the inputs"
    yield from ((f"{WORK}/{output.path}", f"output `{output.name}`") for output in step.outputs)
    yield from ((f"{WORK}/{entry}", "the code") for entry in entries)


def _own(pipeline: Pipeline) -> Iterator[tuple[str, str]]:
    paths = (mount["mountPath"] for mount in argo_terms.mounts(pipeline))
    yield from ((path, "a folder of every step") for path in paths if path != WORK)


def overlap(one: str, other: str) -> bool:
    """Whether one path is the other, or lies below it."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def queues(pipeline: Pipeline) -> Iterator[Problem]:
    """The label of the queue is set once."""
    for step in pipeline.members:
        labels = step.pod.get("metadata", {}).get("labels", {})
        if step.hardware.queue and QUEUE in labels:
            message = f"`queue` and the label {QUEUE} both name a queue"
            yield Problem("queue-twice", message, step.hardware.at, "remove the label")
