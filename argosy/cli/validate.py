"""`argosy validate`: every mistake of the named pipelines, at its place in the source."""

import argparse
import sys
from pathlib import Path

from argosy.cli import chosen, confinement, terminal, workspace
from argosy.report.words import counted
from compiler.problems import Problem, Rejected
from compiler.project import Project, load_project
from compiler.render import validate
from gitops import pin


def execute(args: argparse.Namespace) -> int:
    """Check, show what was found; exit 1 if any of it is an error."""
    root = workspace.find_root()
    try:
        project = load_project(root, confinement.render)
    except Rejected as rejected:
        return _show(args, root, rejected.problems)
    environments = [args.env] if args.env else list(project.environments)
    workspace.check_known("environment", environments, tuple(project.environments))
    names = chosen.names(project, args.names, args.select, environments)
    problems = (*pin.check(root, project.environments), *validate(project, names, environments))
    code = _show(args, root, problems) if problems or args.format != "human" else 0
    if code == 0 and args.format == "human":
        terminal.out(_fine(names or project.pipelines, environments))
        terminal.talk(_next(project, environments))
    return code


def _show(args: argparse.Namespace, root: Path, problems: tuple[Problem, ...]) -> int:
    from argosy.cli import findings

    form = args.format
    if form == "json":
        terminal.out_bytes(findings.machine(problems))
    elif form == "github":
        terminal.out_bytes(findings.github(problems, root))
    elif form == "sarif":
        terminal.out_bytes(findings.sarif(problems, root))
    elif problems:
        terminal.out(findings.human(problems, root, sys.stdout, args.most))
    return int(any(problem.severity == "error" for problem in problems))


def _fine(names: tuple[str, ...], environments: list[str]) -> str:
    pipelines = counted(len(names), "pipeline")
    return f"✔ {pipelines}, {counted(len(environments), 'environment')}: no problems"


def _next(project: Project, environments: list[str]) -> str:
    if not project.pipelines:
        return f"next: write {project.folder}/NAME/pipeline.yaml"
    return f"next: argosy render --env {environments[0]}" if environments else ""
