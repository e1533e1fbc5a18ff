"""`argosy bootstrap`: the files that an administrator commits, so that a cluster syncs."""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from argosy.cli import terminal, workspace
from argosy.cli.usage import UsageFailure

if TYPE_CHECKING:
    from argosy.bootstrap.files import File
    from argosy.bootstrap.tenant import Tenant
    from compiler.project import Environment, Project

_DIFFERS = 3
_MARKS = {"created": "+", "changed": "~", "unchanged": "="}
_SCP = re.compile(r"(?:([\w.-]+)@)?([\w.-]+):(?!/?/)(\S+)")


def execute(args: argparse.Namespace) -> int:
    """Write the files, or with --check say whether they are as they would be written."""
    from argosy.bootstrap import files

    project = workspace.load()
    names = list(dict.fromkeys(args.env or [None]))
    environments = [workspace.pick_environment(project, name) for name in names]
    tenants = [_tenant(project, environment, args) for environment in environments]
    folder = Path(args.out)
    found = files.compare(folder, files.contents(args.syncer, tenants))
    differing = [file for file in found if file.state != "unchanged"]
    if args.check:
        _show(folder, found)
        return _DIFFERS if differing else 0
    files.write(folder, found, force=args.force)
    _show(folder, found)
    _next(folder, args.syncer, tenants)
    return 0


def _tenant(project: "Project", environment: "Environment", args: argparse.Namespace) -> "Tenant":
    from argosy.bootstrap.tenant import Tenant
    from gitops.target import Target

    said = environment.gitops
    if said is None:
        hint = "name a repository that the cluster reaches, in `environments` of argosy.yaml"
        raise UsageFailure(f"environment `{environment.name}` has no `gitops:`", hint)
    target = Target(said.repository, said.branch, said.folder, environment.name)
    return Tenant(
        project=project.name,
        environment=environment.name,
        namespace=environment.namespace,
        repository=address(said.repository),
        branch=target.branch,
        folder=target.folder,
        secret=args.secret or "",
        gpu=project.nodes.gpu_resource,
        mlflow=environment.mlflow_uri or "",
        egress=tuple(args.egress),
        apiserver=tuple(args.apiserver),
        pod_security=args.pod_security,
        quota=dict(args.quota),
    )


def address(repository: str) -> str:
    """Return the repository as a cluster reads it; refuse one on this machine, and passwords."""
    from gitops.git import redact

    if "://" not in repository and (match := _SCP.fullmatch(repository)):
        repository = f"ssh://{match[1] or 'git'}@{match[2]}/{match[3]}"
    scheme, _, rest = repository.partition("://")
    if scheme not in ("https", "http", "ssh"):
        hint = "a URL of https or ssh"
        raise UsageFailure(f"a cluster cannot read `{redact(repository)}`", hint)
    login = rest.partition("/")[0].rpartition("@")[0]
    if ":" in login or (login and scheme != "ssh"):
        hint = "take it out of `gitops.repository`, and name a Secret with --secret"
        raise UsageFailure(f"`{redact(repository)}` holds a login", hint)
    return repository


def _show(folder: Path, found: "list[File]") -> None:
    for file in found:
        terminal.out(f"{_MARKS[file.state]} {workspace.shown((folder / file.path).absolute())}")


def _next(folder: Path, syncer: str, tenants: "list[Tenant]") -> None:
    for tenant in tenants:
        place = workspace.shown((folder / tenant.environment).absolute())
        terminal.talk(f"next: commit {folder}, then kubectl apply --server-side -k {place}")
    if syncer == "argocd" and len(tenants) > 1:
        terminal.talk(f"and: kubectl apply --server-side -f {folder / 'applicationset.yaml'}")
