"""Rules of checkpoints: somebody finds the folder again, and it hides nothing."""

from collections.abc import Iterator

from compiler.code import gather
from compiler.linkage import called
from compiler.pipeline import Call, Pipeline, Step
from compiler.problems import Problem
from compiler.rules.placement import occupied, overlap
from compiler.volumes import WORK, place


def folders(pipeline: Pipeline) -> Iterator[Problem]:
    """A checkpoint is for a step that is tried again, in a folder of its own."""
    entries = gather(pipeline).entries
    for step in pipeline.members:
        if step.checkpoint:
            for message, hint in (*_lost(step), *_clashes(step, entries)):
                yield Problem("bad-checkpoint", message, step.checkpoint.at, hint)


def _lost(step: Step) -> Iterator[tuple[str, str]]:
    if step.retries is None:
        message = f"`{step.name}` keeps a checkpoint, but is tried once only"
        yield message, "add `retries: {limit: 3, on: [spot, error]}`"
    if step.fan.source:
        message = f"the checkpoints of `{step.name}` are as many as its items at run time"
        yield message, "list the items in the spec, or give them a `matrix`"


def _clashes(step: Step, entries: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    assert step.checkpoint is not None  # noqa: S101 - the caller has asked
    folder = f"{WORK}/{step.checkpoint.path}"
    places = [*occupied(step, entries), (f"{WORK}/.argosy-digests", "what Argosy writes")]
    places += [(place(v.path), f"volume `{v.name}`") for v in step.hardware.volumes]
    for path, what in places:
        if overlap(path, folder):
            yield f"the checkpoint of `{step.name}` clashes with {what}", "choose another folder"


def calls(pipeline: Pipeline) -> Iterator[Problem]:
    """The claims of a run are made when it begins, when nobody knows how often it will call."""
    for step in pipeline.steps:
        callee = step.action.pipeline if isinstance(step.action, Call) else None
        for inner in (callee, *called(callee)) if callee else ():
            if any(member.checkpoint for member in inner.steps):
                message = f"`{inner.name}` keeps checkpoints, so it cannot be called"
                hint = "let it run by itself, or do without the checkpoint"
                yield Problem("bad-checkpoint", message, step.at, hint)
