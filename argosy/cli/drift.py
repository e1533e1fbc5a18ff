"""`argosy drift`: what a cluster holds against what the GitOps repository says."""

import argparse

from argosy.cli import gitops_target, terminal, workspace
from argosy.cli.usage import UsageFailure

_DRIFT, _UNKNOWN = 3, 4


def execute(args: argparse.Namespace) -> int:
    """Compare, print; what cannot be compared is never called the same."""
    from argosy.cluster.drift import drift
    from argosy.cluster.kubectl import Kubectl
    from argosy.report import drift as report

    project = workspace.load()
    environment = workspace.pick_environment(project, args.environment)
    place = gitops_target.find(project, environment)
    published = place.read()
    if published is None:
        hint = f"argosy publish --env {environment.name}"
        raise UsageFailure(f"nothing was published of {environment.name} yet", hint)
    kubectl = Kubectl(args.context)
    cluster = args.context or kubectl.text("config", "current-context").strip()
    found = drift(kubectl, environment.name, environment.namespace, published.files)
    compared = report.Compared(
        environment=environment.name,
        namespace=environment.namespace,
        repository=place.target.shown,
        commit=published.commit,
        cluster=cluster,
        foreign=len(published.foreign),
    )
    if args.json:
        terminal.out_json(report.as_json(compared, found))
    else:
        terminal.out(report.text(compared, found))
    if found.unknown:
        terminal.complain("not everything could be compared")
        return _UNKNOWN
    return _DRIFT if found.deviations and args.exit_code else 0
