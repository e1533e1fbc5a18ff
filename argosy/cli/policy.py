"""`argosy policy`: the policies of each environment, how strict they are, and what they find."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from argosy.cli import findings, policies, policy_gate, terminal, workspace
from argosy.cli.usage import UsageFailure
from argosy.report import policy as report
from argosy.report.policy import Sitting
from gitops.pin import read_pins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compiler.problems import Problem
    from compiler.project import Project


def execute(args: argparse.Namespace) -> int:
    """Put the policies to the pipelines; exit 5 if they refuse any."""
    project = workspace.load()
    names = [args.env] if args.env else list(project.environments)
    workspace.check_known("environment", names, tuple(project.environments))
    workspace.check_known("pipeline", args.names, _known(project, names))
    if args.pods:
        return _export(project, args)
    sittings = [_sitting(project, name, args.names) for name in names]
    _show(args, project, sittings)
    return policy_gate.REFUSED if any(s.judgement.refused for s in sittings) else 0


def _known(project: "Project", environments: "Sequence[str]") -> "tuple[str, ...]":
    """Return the pipelines of here, and those that only a pin has."""
    pinned = (name for each in environments for name in read_pins(project.root, each).pipelines)
    return tuple(dict.fromkeys([*project.pipelines, *pinned]))


def _sitting(project: "Project", environment: str, names: "Sequence[str]") -> Sitting:
    court = policies.court(project, project.environments[environment])
    judgement = court.judge(names, read_pins(project.root, environment))
    return Sitting(environment, court.policies, court.settings, judgement)


def _show(args: argparse.Namespace, project: "Project", sittings: "Sequence[Sitting]") -> None:
    problems: list[Problem] = []
    for sitting in sittings:
        problems += policy_gate.problems(sitting.judgement)
    if args.format == "json":
        terminal.out_json(report.as_json(sittings))
    elif args.format == "markdown":
        terminal.out_bytes(report.markdown(sittings).encode())
    elif args.format == "github":
        terminal.out_bytes(findings.github(problems, project.root))
    elif args.format == "sarif":
        terminal.out_json(findings.sarif(problems, project.root))
    else:
        for sitting in sittings:
            terminal.out("\n".join(report.lines(sitting)))
        if problems:
            terminal.out("\n" + findings.human(problems, project.root, sys.stdout))
        terminal.talk("next: argosy explain policy")


def _export(project: "Project", args: argparse.Namespace) -> int:
    """Write the pods that the pipelines of one environment lead to."""
    from argosy.cache.witness import Witness
    from argosy.cli import folder
    from compiler.policy.export import exported

    environment = workspace.pick_environment(project, args.env)
    court = policies.court(project, environment)
    tree = exported(court.views(args.names, read_pins(project.root, environment.name)))
    if not tree.files:
        raise UsageFailure("no pipeline of these leads to a pod", "name others")
    target = Path(args.pods).absolute()
    folder.write(target, tree, environment.name, project.name, Witness({}))
    for path in tree.sums:
        terminal.out(f"{workspace.shown(target)}/{path}")
    terminal.talk(f"next: kyverno apply POLICIES --resource {args.pods}")
    return 0
