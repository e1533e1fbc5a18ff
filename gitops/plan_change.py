"""What a plan is made of: changes, grouped by pipeline."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from compiler.record import record

if TYPE_CHECKING:
    from gitops.plan_cost import CostChange
    from gitops.plan_fields import Field
    from gitops.plan_graph import GraphChange
    from gitops.plan_stop import Stop

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
    """What changes in one pipeline, the gravest first.

    `pruned` are the objects that a sync which prunes then deletes, by kind and name; `fields` is
    what differs in the objects of a pipeline that stays, by path.
    """

    name: str
    action: PipelineAction
    changes: tuple[Change, ...]
    renamed_from: str = ""
    cost: "CostChange | None" = None
    pruned: tuple[str, ...] = ()
    graph: "GraphChange | None" = None
    fields: "tuple[Field, ...]" = ()

    @property
    def severity(self) -> Severity:
        """The gravest of the changes; removing or renaming a pipeline is always grave."""
        if self.action in ("removed", "renamed"):
            return "danger"
        return gravest(change.severity for change in self.changes)


@record
class PolicyFinding:
    """What a policy says of a pipeline, at `place`; `suppressed` is the reason where it is."""

    policy: str
    pipeline: str
    message: str
    place: str
    level: Literal["warn", "refuse"]
    suppressed: str = ""


@record
class Plan:
    """What publishing would change in one environment of `total` pipelines.

    `changes` are those outside any pipeline: of components, and of files. `kept` are the files
    that publishing leaves alone. `against` says what was compared with, `notes` what to mind of
    it. `policies` is how many were asked, `findings` what they said; `stops` is what keeps it from
    being published now.
    """

    environment: str
    pipelines: tuple[PipelinePlan, ...]
    total: int
    changes: tuple[Change, ...] = ()
    kept: tuple[str, ...] = ()
    against: str = ""
    notes: tuple[str, ...] = ()
    policies: int = 0
    findings: tuple[PolicyFinding, ...] = ()
    stops: "tuple[Stop, ...]" = ()

    def __bool__(self) -> bool:
        return bool(self.pipelines or self.changes)

    @property
    def severity(self) -> Severity:
        """The gravest of everything."""
        found = [pipeline.severity for pipeline in self.pipelines]
        return gravest([*found, *(change.severity for change in self.changes)])

    @property
    def passed(self) -> int:
        """The number of policies that had nothing to say, or only what is suppressed."""
        return self.policies - len({f.policy for f in self.findings if not f.suppressed})

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


@record
class Review:
    """Plans of several environments, made at one moment from one source revision.

    `source` and `base` are full shas, empty where unknown; `dirty` says that the working tree
    held more than `source`. `tool` is the version of Argosy.
    """

    project: str
    source: str
    dirty: bool
    base: str
    tool: str
    plans: tuple[Plan, ...]

    def __bool__(self) -> bool:
        return any(self.plans)


def gravest(severities: Iterable[Severity]) -> Severity:
    """Return the gravest severity, `info` if there is none."""
    return min(severities, key=SEVERITIES.index, default="info")


_ASKED = (
    "schedule", "parameter", "image", "code", "script", "service account", "secret", "secrets",
    "volumes", "hardware", "model",
)  # fmt: skip


def ordered(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Put removals, renames and dangers first, then what reviewers ask for, in their order."""
    return tuple(sorted(changes, key=lambda change: (not change.first, _rank(change))))


def _rank(change: Change) -> int:
    about = change.aspect if change.subject == "step" else change.subject
    return _ASKED.index(about) if about in _ASKED else len(_ASKED)
