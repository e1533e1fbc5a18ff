"""What a policy sees of one pipeline, and what it answers."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from compiler.cost import Tariff
from compiler.policy.facts import Facts
from compiler.policy.patching import merged
from compiler.policy.pods import SyntheticPod, pods, templates, workflow
from compiler.record import record

Body = Mapping[str, Any]


@record
class Violation:
    """What is wrong with a step, or the pipeline; `field` is the key of the spec to look at."""

    message: str
    step: str = ""
    field: str = ""
    hint: str = ""


@record
class View:
    """The facts of a pipeline, the prices of its environment, and the moment (aware) of looking."""

    facts: Facts
    tariff: Tariff | None
    now: datetime

    @property
    def pipeline(self) -> Body:
        """What the whole pipeline says."""
        found: Body = self.facts["pipeline"]
        return found

    @property
    def objects(self) -> Sequence[Body]:
        """The manifests, code left out."""
        found: Sequence[Body] = self.facts["objects"]
        return found

    @cached_property
    def pods(self) -> tuple[tuple[str, SyntheticPod], ...]:
        """Every pod that the manifests lead to, with the step that it belongs to."""
        return tuple(
            (self.owner(pod.template), pod) for manifest in self.objects for pod in pods(manifest)
        )

    @cached_property
    def containers(self) -> tuple[tuple[str, SyntheticPod, str, Body], ...]:
        """Every container of these pods: step, pod, role, body."""
        return tuple(
            (step, pod, role, body) for step, pod in self.pods for role, body in pod.containers()
        )

    def owner(self, template: str) -> str:
        """Return the step that a template belongs to, empty if it is none's."""
        return str(self.facts["owners"].get(template, ""))

    def templates(self) -> Iterator[tuple[str, Body, Body]]:
        """Yield each template: its step, itself with its defaults, and the workflow's spec."""
        for manifest in self.objects:
            if spec := workflow(manifest):
                for template in templates(spec):
                    yield self.owner(str(template.get("name", ""))), template, spec


def resources(body: Body) -> dict[str, Any]:
    """Return what a container asks for, `requests.cpu` and so on; a limit is a request as well."""
    found = body.get("resources") or {}
    limits, requests = found.get("limits") or {}, found.get("requests") or {}
    asked = merged(limits, requests)
    return {f"limits.{k}": v for k, v in limits.items()} | {
        f"requests.{k}": v for k, v in asked.items()
    }
