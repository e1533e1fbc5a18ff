"""What `argosy run` runs: manifests from the source, from what is published, or from a path."""

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from argosy.cli import terminal, workspace
from argosy.cli.usage import UsageFailure
from argosy.engine.manifests import Bundle, load
from compiler.convention import ANNOTATION
from compiler.record import as_data, field, record
from gitops.failure import GitopsFailure

if TYPE_CHECKING:
    from compiler.project import Environment, Project
    from gitops.published import PublishedTree

_VARIABLE = "MLFLOW_TRACKING_URI"


@record
class Runnable:
    """Manifests, the source revision they come from, and the folder that keeps the run's state.

    `ours` tells that a pipeline of the project was compiled into them; `environment` is its own,
    `prices` are those of the environment, in the shape of a `Tariff`.
    """

    manifests: Bundle
    source: str
    root: Path
    ours: bool = False
    environment: str = ""
    prices: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parameters(self) -> list[Mapping[str, Any]]:
        """The parameters that the manifest declares."""
        return list(self.manifests.spec.get("arguments", {}).get("parameters", ()))

    @property
    def limits(self) -> Mapping[str, Any]:
        """Type, min, max and pattern of each parameter, as the compiler noted them."""
        try:
            found = json.loads(self.manifests.annotations.get(ANNOTATION, "{}"))
        except ValueError:
            found = {}
        return found if isinstance(found, dict) else {}

    @property
    def tracking_uri(self) -> str:
        """Where the manifest says that MLflow is; empty if it does not."""
        for template in self.manifests.spec.get("templates", ()):
            for variable in template.get("container", {}).get("env", ()):
                if variable.get("name") == _VARIABLE and "value" in variable:
                    return str(variable["value"])
        return ""


def find(args: argparse.Namespace) -> Runnable:
    """Return what the command line names."""
    place = Path(args.target)
    if args.workflow and not args.published and place.exists():
        return _at_path(place, args.workflow)
    if args.workflow:
        raise UsageFailure("--workflow chooses in a file or folder of manifests", "leave it out")
    if args.published:
        return _published(args)
    if os.sep not in args.target:
        try:
            project = workspace.load()
        except UsageFailure:
            project = None
        if project and args.target in project.pipelines:
            return _rendered(project, args)
        if not place.exists():
            known = project.pipelines if project else ()
            workspace.check_known("pipeline and no path", [args.target], known)
    return _at_path(place)


def _rendered(project: "Project", args: argparse.Namespace) -> Runnable:
    from argosy.cache.witness import Witness
    from argosy.cli import folder
    from compiler.render import compile_pipeline
    from compiler.tree import RenderedTree

    chosen = workspace.pick_environment(project, args.env)
    environment = chosen.name
    compiled = compile_pipeline(project, args.target, environment)
    place = workspace.state(project.root) / "runnable" / environment / args.target
    tree = RenderedTree(compiled.files)
    folder.write(place, tree, environment, project.name, Witness({}))
    source, prices = _head(project.root), _prices(project, chosen)
    return Runnable(load(place, remembered=True), source, project.root, True, environment, prices)


def _prices(project: "Project", environment: "Environment") -> dict[str, Any]:
    tariff = project.tariff(environment)
    return dict(as_data(tariff)) if tariff else {}


def _head(root: Path) -> str:
    """Return the revision of the source; none is no reason not to run."""
    from gitops.source import read_source

    try:
        return read_source(root).shown
    except GitopsFailure as failure:
        terminal.talk(f"note: no source revision: {failure.message}")
        return ""


def _published(args: argparse.Namespace) -> Runnable:
    from argosy.cli import gitops_target

    project = workspace.load()
    environment = workspace.pick_environment(project, args.env)
    place = gitops_target.find(project, environment)
    published = place.read()
    if published is None:
        hint = f"argosy publish --env {environment.name}"
        raise UsageFailure(f"nothing is published in {environment.name} yet", hint)
    known = sorted({path.split("/")[0] for path in published.files if "/" in path})
    workspace.check_known(f"published pipeline in {environment.name}", [args.target], known)
    for edit in published.edited:
        terminal.talk(f"note: {edit}")
    folder = _checked_out(published, place.state / "published", environment.name)
    terminal.talk(f"checked out {published.commit[:10]} of {place.target.shown}")
    manifests = load(folder / args.target, remembered=True)
    source, prices = published.source_sha, _prices(project, environment)
    return Runnable(manifests, source, project.root, True, environment.name, prices)


def _checked_out(published: "PublishedTree", place: Path, name: str) -> Path:
    """Put the published tree in the place of the one that was checked out before."""
    import shutil

    from gitops.published import check_out

    fresh, stale = (place / f".{name}.{kind}.{os.getpid()}" for kind in ("new", "old"))
    final = place / name
    shutil.rmtree(fresh, ignore_errors=True)
    check_out(published, fresh)
    if final.exists():
        final.rename(stale)
    fresh.rename(final)
    shutil.rmtree(stale, ignore_errors=True)
    return final


def _at_path(path: Path, workflow: str = "") -> Runnable:
    manifests = load(path, workflow, remembered=True)
    try:
        root = workspace.find_root()
    except UsageFailure:
        root = Path.cwd()
    return Runnable(manifests, _trailer(path), root)


def _trailer(path: Path) -> str:
    """Return the source revision that the last commit of a checkout tells, if it is one."""
    folder = path if path.is_dir() else path.parent
    if not any(
        (place / ".git").exists() for place in (folder.absolute(), *folder.absolute().parents)
    ):
        return ""  # git's library would cost a third of a start
    from gitops.git import Repository
    from gitops.message import SOURCE, trailers

    try:
        answer = Repository(folder.absolute()).ask("log", "-1", "--format=%B", "--", ".")
    except GitopsFailure:
        return ""
    return trailers(answer.out.decode("utf-8", "replace")).get(SOURCE, "")
