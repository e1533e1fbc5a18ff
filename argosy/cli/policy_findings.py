"""What policies say of an environment, in the shape of a plan."""

from typing import TYPE_CHECKING

from argosy.cli.policies import court
from compiler.record import replace
from gitops.pin import read_pins
from gitops.plan_change import PolicyFinding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from argosy.cache.rendering import Fresh
    from compiler.policy.finding import Finding
    from compiler.project import Environment, Project
    from gitops.pin import Pins
    from gitops.plan import Plan


def judged(
    plan: "Plan",
    project: "Project",
    environment: "Environment",
    pins: "Pins | None" = None,
    fresh: "Mapping[str, Fresh] | None" = None,
) -> "Plan":
    """Return the plan with what policies say of the pipelines in it, suppressed or not.

    They are judged as they are pinned, or as they would be by other `pins`.
    Those that do not change are not compiled for it, nor those of `fresh`, which are; a publish
    asks about all of them.
    """
    found = court(project, environment)
    names = [each.name for each in plan.pipelines if each.action != "removed"]
    if not names:
        return plan
    pins = read_pins(project.root, environment.name) if pins is None else pins
    judgement = found.judge(names, pins, fresh)
    notes = [f"{notice.message} ({notice.at})" for notice in judgement.notices]
    return replace(
        plan,
        policies=found.asked,
        findings=tuple(map(_finding, judgement.findings)),
        notes=(*plan.notes, *notes),
    )


def refused(plans: "Sequence[Plan]") -> bool:
    """Say whether policies would refuse any of the plans."""
    return any(f.level == "refuse" and not f.suppressed for plan in plans for f in plan.findings)


def _finding(found: "Finding") -> PolicyFinding:
    why = found.suppressed
    reason = f"{why.reason} (until {why.until})" if why else ""
    return PolicyFinding(
        found.policy, found.pipeline, found.message, str(found.location), found.level, reason
    )
