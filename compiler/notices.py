"""Notices: the handlers that tell somebody about a run, in Argosy's own image."""

from collections.abc import Callable, Mapping
from typing import Any

from compiler import hardware
from compiler.pipeline import Notice, Pipeline, Step

FAILURES = "failures.json"
# what the little program needs; an environment's profiles are for the work
HARDWARE = hardware.read({"cpu": "20m", "memory": "128Mi"})
_URL, _USER, _PASSWORD = "ARGOSY_NOTICE_URL", "ARGOSY_NOTICE_USER", "ARGOSY_NOTICE_PASSWORD"


def notify(
    pipeline: Pipeline, step: Step, action: Notice, written: Callable[[str], str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return inputs and container of a notice; one that watches for the late has no failures.

    Failures arrive as a file: as a variable, many of them would be too long for a process to start.
    """
    env = [{"name": "ARGOSY_NOTICE_TEXT", "value": written(action.text)}] if action.text else []
    env += [_variable(*given) for given in _secrets(action)]
    failures = {"name": "failures", "path": f"/work/{FAILURES}"}
    artifacts = [{**failures, "raw": {"data": "{{workflow.failures}}"}}]
    if not action.after:
        env += [
            {"name": "ARGOSY_STATUS", "value": "{{workflow.status}}"},
            {"name": "ARGOSY_DURATION", "value": "{{workflow.duration}}"},
        ]
    command = ["argosy", "step", "notify"]
    arguments = [word.replace("$", "$$") for word in _arguments(pipeline, action)]
    container = {"image": step.image, "command": command, "args": arguments, "env": env}
    return {"artifacts": [] if action.after else artifacts}, container


def _secrets(action: Notice) -> list[tuple[str, str, str]]:
    """Return variable, Secret and key of what a notice needs and nobody may read."""
    if not action.secret:
        return []
    name, key = action.secret
    pairs = [(_URL, key)] if key else [(_USER, "username"), (_PASSWORD, "password")]
    return [(variable, name, key) for variable, key in pairs]


def _variable(name: str, secret: str, key: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


def _arguments(pipeline: Pipeline, action: Notice) -> list[str]:
    pairs = [("--via", action.kind), ("--pipeline", pipeline.name), ("--env", pipeline.environment)]
    pairs += [("--after", action.after)] if action.after else []
    pairs += [(f"--{name}", value) for name, value in action.options]
    pairs += [("--link", f"{name}={url}") for name, url in _links(pipeline).items()]
    return [word for pair in pairs for word in pair]


def _links(pipeline: Pipeline) -> Mapping[str, str]:
    """Return the links of the pipeline, and that of the run in Argo's user interface."""
    own = dict(pipeline.terms.about.links)
    run = f"{pipeline.terms.argo.rstrip('/')}/workflows/{pipeline.namespace}/{{run}}"
    return {"run": run, **own} if pipeline.terms.argo else own
