"""`argosy doctor`: what is missing here and outside, each with the command that mends it."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from argosy.cli import gitops_target, terminal, workspace
from argosy.cli.usage import UsageFailure
from argosy.doctor import clock, gitops, host, kubernetes, machine, source, tracking, workflows
from argosy.doctor.examination import Check, examine
from argosy.doctor.finding import Finding, note
from argosy.report.document import document
from compiler.problems import Rejected
from compiler.record import as_data

if TYPE_CHECKING:
    from compiler.project import Environment, Project

_WRONG, _WORLD = 1, 4
_MARKS = {"fine": "✔", "note": "!", "wrong": "✘", "unreachable": "✘"}
_COLOURS = {"fine": "32", "note": "33", "wrong": "31", "unreachable": "31"}


def execute(args: argparse.Namespace) -> int:
    """Ask everything side by side, tell it in order."""
    found = []
    for finding in examine(_checks(args.envs)):
        found.append(finding)
        if not args.json:
            _tell(finding, found[-2].environment if len(found) > 1 else None)
    states = {finding.state for finding in found}
    code = _WRONG if "wrong" in states else _WORLD if "unreachable" in states else 0
    if args.json:
        body = {"version": 1, "findings": [as_data(one) for one in found], "exit_code": code}
        terminal.out_json(document(body))
    elif code:
        terminal.talk("next: mend what is marked ✘, then argosy doctor")
    return code


def _checks(names: Sequence[str]) -> list[Check]:
    try:
        root: Path | None = workspace.find_root()
    except UsageFailure:
        root = None
    here = root or Path.cwd()
    checks = [
        Check("tool", machine.tool),
        Check("git", machine.git),
        Check("identity", partial(machine.identity, here)),
        Check("disk", partial(machine.disk, here / workspace.STATE)),
    ]
    if root is None:
        if names:
            workspace.find_root()
        return [*checks, Check("project", _nowhere)]
    return [*checks, *_of_project(root, names)]


def _nowhere() -> Iterator[Finding]:
    yield note("no argosy.yaml here or above: nothing else to look at", "argosy init")


def _of_project(root: Path, names: Sequence[str]) -> Iterator[Check]:
    yield Check("source", partial(source.source, root))
    yield Check("editor", partial(source.editor, root))
    yield Check("workflows", partial(workflows.workflows, root))
    try:
        project = workspace.load()
    except Rejected as error:
        yield Check("project", partial(_raise, error))
        return
    workspace.check_known("environment", names, tuple(project.environments))
    yield Check("project", partial(source.pipelines, project))
    yield Check("cluster", kubernetes.reach)
    yield Check("argo", partial(kubernetes.controller, project.target))
    for name in names or project.environments:
        yield from _of_environment(project, project.environments[name])


def _raise(error: Exception) -> Iterator[Finding]:
    raise error


def _of_environment(project: "Project", environment: "Environment") -> Iterator[Check]:
    def check(name: str, ask: "partial[Iterator[Finding]]") -> Check:
        return Check(name, ask, environment.name)

    yield check("gitops", partial(_gitops, project, environment))
    yield check("mlflow", partial(tracking.tracking, environment.mlflow_uri))
    if environment.gitops and environment.gitops.mode == "pull-request":
        yield check("host", partial(host.requests, environment.name, environment.gitops))
    if environment.gitops:
        yield check("account", partial(_accounts, project, environment))
    for url in (
        environment.gitops.repository if environment.gitops else "",
        environment.mlflow_uri,
    ):
        if url and url.startswith(("http://", "https://")):
            yield check("clock", partial(clock.clock, url))


def _gitops(project: "Project", environment: "Environment") -> Iterator[Finding]:
    with tempfile.TemporaryDirectory(prefix="argosy-doctor-") as folder:
        place = gitops_target.find(project, environment, Path(folder))
        yield from gitops.repository(place.target, place.state, place.default)


def _accounts(project: "Project", environment: "Environment") -> Iterator[Finding]:
    """Look at the namespace and at the account of each pipeline, if there is a cluster to ask."""
    if not kubernetes.configured():
        return
    names = {source.account(project, name, environment.name) for name in project.pipelines}
    yield from kubernetes.accounts(environment.namespace, sorted(names - {""}))


def _tell(finding: Finding, before: str | None) -> None:
    if finding.environment != before and finding.environment:
        terminal.out(f"{finding.environment}:")
    mark = _MARKS[finding.state]
    if terminal.coloured(sys.stdout):
        mark = f"\033[{_COLOURS[finding.state]}m{mark}\033[0m"
    indent = "  " if finding.environment else ""
    message = finding.message.replace("\n", f"\n{indent}    ")
    terminal.out(f"{indent}{mark} {finding.check}: {message}")
    if finding.fix:
        terminal.out(f"{indent}    fix: {finding.fix}")
