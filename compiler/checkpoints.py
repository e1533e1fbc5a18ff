"""A step's checkpoint → a claim for each of its tasks, which outlives the attempts of it."""

from collections.abc import Iterator
from typing import Any

from compiler import lifecycle
from compiler.kept import Checkpoint
from compiler.pipeline import Pipeline, Step
from compiler.volumes import WORK

PARAMETER = "_checkpoint"
_VOLUME = "checkpoint"


def claims(pipeline: Pipeline) -> list[dict[str, Any]]:
    """Return the claims that come and go with a run: combinations share none."""
    return [
        {"metadata": {"name": _claim(task)}, "spec": _asked(step.checkpoint)}
        for step in pipeline.steps
        for task in (lifecycle.tasks(step) if step.checkpoint else ())
        if step.checkpoint
    ]


def fields(pipeline: Pipeline) -> dict[str, Any]:
    """Return the fields of a spec for its claims: they stay for a retry when a run fails."""
    found = claims(pipeline)
    collected = {"volumeClaimGC": {"strategy": "OnWorkflowSuccess"}} if found else {}
    return {"volumeClaimTemplates": found, **collected}


def _asked(checkpoint: Checkpoint) -> dict[str, Any]:
    found: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": checkpoint.size}},
    }
    named = {"storageClassName": checkpoint.storage_class} if checkpoint.storage_class else {}
    return {**found, **named}


def _claim(task: str) -> str:
    return f"ckpt-{task}"


def volumes(step: Step) -> list[dict[str, Any]]:
    """Return the volume of a template that is the claim of its task."""
    if step.checkpoint is None:
        return []
    name = f"{{{{inputs.parameters.{PARAMETER}}}}}" if step.fan.many else _claim(step.name)
    claim = {"claimName": f"{{{{workflow.name}}}}-{name}"}
    return [{"name": _VOLUME, "persistentVolumeClaim": claim}]


def mounts(step: Step) -> list[dict[str, Any]]:
    """Return the mount of that volume."""
    if step.checkpoint is None:
        return []
    return [{"name": _VOLUME, "mountPath": f"{WORK}/{step.checkpoint.path}"}]


def variables(step: Step) -> list[dict[str, Any]]:
    """Return the variable that says where the folder is."""
    found = step.checkpoint
    return [{"name": "ARGOSY_CHECKPOINT", "value": found.path}] if found else []


def parameters(step: Step) -> tuple[str, ...]:
    """Return the input of a template whose tasks have a claim each."""
    return (PARAMETER,) if step.checkpoint and step.fan.many else ()


def arguments(step: Step, index: int) -> Iterator[dict[str, str]]:
    """Yield the argument that names the claim of the task of one combination."""
    for name in parameters(step):
        yield {"name": name, "value": _claim(lifecycle.task(step, index))}
