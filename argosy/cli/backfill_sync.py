"""Whether a sync has brought what a backfill runs: asked before the first run is submitted."""

from functools import partial
from typing import TYPE_CHECKING

from argosy.cli import gitops_target, terminal
from argosy.failure import Failure
from compiler.convention import DIGEST
from gitops.failure import GitopsFailure

if TYPE_CHECKING:
    from argosy.cluster.backfills import Submitter
    from compiler.backfill import Backfill
    from compiler.project import Project


class UnsyncedFailure(Failure):
    """The cluster does not hold yet what a run needs: nothing was submitted."""


def confirm(project: "Project", submitter: "Submitter", patience: float) -> None:
    """Raise `UnsyncedFailure` unless what the runs need is there within `patience` seconds."""
    from argosy.cluster.readiness import settle

    found = submitter.backfill
    missing = settle(partial(_lacking, project, submitter), patience, terminal.talk)
    if missing:
        text = f"`{found.pipeline}` cannot run in the namespace {submitter.namespace} yet"
        hint = f"`argosy publish --env {found.environment}` if that was not done, then wait for the"
        hint += " sync (`--wait 10m` does); an account, a Secret or a claim is an administrator's"
        raise UnsyncedFailure(f"{text}: {'; '.join(missing)}", hint)


def _lacking(project: "Project", submitter: "Submitter") -> list[str]:
    from argosy.cluster.readiness import lacking

    found = submitter.backfill
    # asked each time: who waits for a sync may see another publish come
    digest = _published(project, found)
    return lacking(submitter.kubectl, submitter.namespace, found.pipeline, digest)


def _published(project: "Project", found: "Backfill") -> str:
    """Return the digest of what is published, empty if nothing is or nobody can say."""
    from gitops.plan_data import parse

    try:
        place = gitops_target.find(project, project.environments[found.environment])
        published = place.read()
    except GitopsFailure as failure:
        terminal.talk(f"note: not compared with what is published: {failure.message}")
        return ""
    files = published.files if published else {}
    manifest = parse(files.get(f"{found.pipeline}/workflowtemplate.yaml", b"")) or {}
    annotations = manifest.get("metadata", {}).get("annotations", {})
    return str(annotations.get(DIGEST, ""))
