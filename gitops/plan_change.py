"""What a plan is made of: changes, grouped by pipeline."""

from collections.abc import Iterable
from typing import Any, Literal

from compiler.record import record
from gitops.plan_cost import CostChange

Action = Literal["added", "removed", "renamed", "changed"]
PipelineAction = Literal["created", "removed", "renamed", "changed"]
Severity = Literal["danger", "attention", "info"]
SEVERITIES: tuple[Severity, ...] = ("danger", "attention", "info")


@record
class Change:
    """One difference: `subject` and `name` say of what, `aspect` which side of it, `text` how.

    `before` and `after` are the manifest's own data, None where there is none; `instances` is
    how many tasks a step has gained and lost.
    """

    action: Action
    subject: str
    name: str
    aspect: str
    text: str
    severity: Severity = "info"
    before: Any = None
    after: Any = None
    instances: tuple[int, int] = (0, 0)

    @property
    def first(self) -> bool:
        """Whether a reviewer is to see it before all else."""
        return self.severity == "danger" or self.action in ("removed", "renamed")


@record
class PipelinePlan:
    """What changes in one pipeline, the gravest first."""

    name: str
    action: PipelineAction
    changes: tuple[Change, ...]
    renamed_from: str = ""
    cost: CostChange | None = None

    @property
    def severity(self) -> Severity:
        """The gravest of the changes; removing or renaming a pipeline is always grave."""
        if self.action in ("removed", "renamed"):
            return "danger"
        return gravest(change.severity for change in self.changes)


@record
class Plan:
    """What publishing would change in one environment of `total` pipelines.

    `changes` are those outside any pipeline: of components, and of files. `kept` are the files
    that publishing leaves alone.
    """

    environment: str
    pipelines: tuple[PipelinePlan, ...]
    total: int
    changes: tuple[Change, ...] = ()
    kept: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pipelines or self.changes)

    @property
    def severity(self) -> Severity:
        """The gravest of everything."""
        found = [pipeline.severity for pipeline in self.pipelines]
        return gravest([*found, *(change.severity for change in self.changes)])

    def pipelines_with(self, action: PipelineAction) -> tuple[str, ...]:
        """Return the names of the pipelines that this happens to."""
        return tuple(pipeline.name for pipeline in self.pipelines if pipeline.action == action)

    def steps_with(self, action: Action) -> int:
        """Count the steps that this happens to, in pipelines that stay."""
        return sum(
            change.action == action and change.subject == "step" and not change.aspect
            for pipeline in self.pipelines
            if pipeline.action == "changed"
            for change in pipeline.changes
        )

    def instances(self) -> tuple[int, int]:
        """Count the tasks that steps which stay have gained and lost."""
        changes = [change for pipeline in self.pipelines for change in pipeline.changes]
        added = sum(change.instances[0] for change in changes)
        return added, sum(change.instances[1] for change in changes)


def gravest(severities: Iterable[Severity]) -> Severity:
    """Return the gravest severity, `info` if there is none."""
    return min(severities, key=SEVERITIES.index, default="info")


def ordered(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Put removals, renames and dangers first; keep the order otherwise."""
    return tuple(sorted(changes, key=lambda change: not change.first))
