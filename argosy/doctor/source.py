"""The project's own repository: what a publish takes its revision and its order from."""

from collections.abc import Iterator
from pathlib import Path

from argosy.doctor.finding import Finding, fine, note, wrong
from argosy.report.words import counted
from compiler import schema
from compiler.problems import Rejected
from compiler.project import Project
from compiler.render import compile_pipeline
from gitops.git import Repository
from gitops.source import read_source

_SCHEMAS = ("project", "pipeline", "component")


def pipelines(project: Project) -> Iterator[Finding]:
    """Say that the project can be read, and how much of it there is."""
    environments = ", ".join(project.environments)
    if project.pipelines:
        count = counted(len(project.pipelines), "pipeline")
        yield fine(f"{project.name}: {count}; environments {environments}")
    else:
        yield note(f"{project.name} has no pipeline yet", "argosy init")


def source(root: Path) -> Iterator[Finding]:
    """Say whether a publish from here knows its revision and the order of revisions."""
    revision = read_source(root)
    repository = Repository(root)
    if repository.is_shallow():
        yield wrong(
            "the history of the project is cut off: the order of two revisions cannot be seen",
            "git fetch --unshallow; in CI: actions/checkout with `fetch-depth: 0`, GIT_DEPTH: 0",
        )
    elif revision.dirty:
        some = ", ".join(revision.changes[:3])
        yield note(f"not committed: {some}; what is published has to be", "git add -A; git commit")
    else:
        yield fine(f"revision {revision.sha[:10]}, its whole history is here")
    if not repository.ask("remote").out.strip():
        yield note("no remote: the source revision of a publish is known here alone",
                   "git remote add origin URL")  # fmt: skip


def editor(root: Path) -> Iterator[Finding]:
    """Hold the schemas that an editor reads against those of this version."""
    folder = root / ".vscode" / "schemas"
    for name in _SCHEMAS:
        path = folder / f"{name}.schema.json"
        if path.is_file() and path.read_bytes() != schema.text(name):
            place = path.relative_to(root)
            said = f"{place} is not of this version: the editor knows other fields"
            yield note(said, f"argosy schema {name} > {place}")


def account(project: Project, pipeline: str, environment: str) -> str:
    """Return the service account that runs of a pipeline have, empty if it cannot be compiled."""
    try:
        return compile_pipeline(project, pipeline, environment).pipeline.terms.service_account
    except Rejected:
        return ""
