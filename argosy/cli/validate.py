"""`argosy validate`: every mistake of the named pipelines, at its place in the source."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from argosy.cli import chosen, confinement, policy_gate, terminal, workspace
from argosy.report.words import counted
from compiler.problems import Problem, Rejected
from compiler.project import Project, load_project
from compiler.render import validate
from gitops import pin


def execute(args: argparse.Namespace) -> int:
    """Check, show what was found; exit 1 if any of it is an error, 5 if only policies refuse."""
    root = workspace.find_root()
    try:
        project = load_project(root, confinement.render)
    except Rejected as rejected:
        return _show(args, root, rejected.problems)
    environments = [args.env] if args.env else list(project.environments)
    workspace.check_known("environment", environments, tuple(project.environments))
    names = chosen.names(project, args.names, args.select, environments)
    if args.changed_since:
        touched = chosen.touched(project, names, args.changed_since, environments)
        if not touched:
            return chosen.untouched(args)
        names = touched
    problems = (*pin.check(root, project.environments), *validate(project, names, environments))
    judged = _judged(project, names, environments)
    shown = (*problems, *judged)
    code = _show(args, root, shown) if shown or args.format != "human" else 0
    if code and not _broken(problems) and not _broken(p for p in judged if p.code != "policy"):
        return policy_gate.REFUSED
    if code == 0 and args.format == "human":
        terminal.out(_fine(names or project.pipelines, environments))
        terminal.talk(_next(project, environments))
    return code


def _show(args: argparse.Namespace, root: Path, problems: tuple[Problem, ...]) -> int:
    from argosy.cli import findings
    from argosy.report.diagnostics import as_json

    form = args.format
    if form == "json":
        terminal.out_json(as_json(problems))
    elif form == "github":
        terminal.out_bytes(findings.github(problems, root))
    elif form == "sarif":
        terminal.out_json(findings.sarif(problems, root))
    elif problems:
        terminal.out(findings.human(problems, root, sys.stdout, args.most))
    return int(_broken(problems))


def _broken(problems: Iterable[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _judged(
    project: Project, names: Sequence[str], environments: Sequence[str]
) -> tuple[Problem, ...]:
    """Return what policies say; a notice only if it is one in each of the environments."""
    from argosy.cli import policies

    if wrong := policies.check(project, environments):
        return wrong
    found = [
        policy_gate.problems(policies.court(project, project.environments[name]).judge(names))
        for name in environments
    ]
    everywhere = [problem for problem in found[0] if all(problem in each for each in found)]
    every = [problem for each in found for problem in each]
    kept = [p for p in every if p.code != "suppression" or p in everywhere]
    return tuple(sorted(dict.fromkeys(kept), key=lambda p: (p.at, p.code, p.message)))


def _fine(names: tuple[str, ...], environments: list[str]) -> str:
    pipelines = counted(len(names), "pipeline")
    return f"✔ {pipelines}, {counted(len(environments), 'environment')}: no problems"


def _next(project: Project, environments: list[str]) -> str:
    if not project.pipelines:
        return f"next: write {project.folder}/NAME/pipeline.yaml"
    return f"next: argosy render --env {environments[0]}" if environments else ""
