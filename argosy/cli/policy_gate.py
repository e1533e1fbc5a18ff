"""The gate of policies: what they refuse is not published."""

import sys
from typing import TYPE_CHECKING

from argosy.cli import findings, terminal
from argosy.cli.policies import court
from argosy.failure import Failure
from argosy.report.words import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compiler.policy.judgement import Judgement
    from compiler.problems import Problem
    from compiler.project import Environment, Project
    from gitops.pin import Pins

REFUSED = 5


class PolicyFailure(Failure):
    """Policies refuse what was to be published; all of it has been shown."""

    exit_code = REFUSED


def check(project: "Project", environment: "Environment", pins: "Pins | None" = None) -> None:
    """Show what policies find in what is to be published; raise `PolicyFailure` if they refuse it.

    Raise `Rejected` where a policy itself is wrong: nobody knows then what it would refuse.
    """
    judgement = court(project, environment).judge((), pins)
    if shown := problems(judgement):
        terminal.talk(findings.human(shown, project.root, sys.stderr))
    if refused := judgement.refused:
        names = sorted({finding.pipeline for finding in refused})
        text = f"{counted(len(refused), 'finding')} of policies: {', '.join(names)}"
        hint = f"mend them, or suppress them with a reason; argosy policy --env {environment.name}"
        raise PolicyFailure(f"{environment.name} refuses this publish for {text}", hint)


def problems(judgement: "Judgement") -> "Sequence[Problem]":
    """Return what counts of a judgement, and what is to be noticed, as problems."""
    counting = [found.problem() for found in judgement.findings if found.counts]
    return [*counting, *judgement.notices]
