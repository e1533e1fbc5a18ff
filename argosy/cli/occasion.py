"""Who publishes, and in which CI run: by what the CI system says, else by git's configuration."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitops.provenance import Occasion

_ACTORS = ("GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_USER_ID")
_PAGES = ("CI_JOB_URL", "BUILD_URL", "CIRCLE_BUILD_URL", "BUILDKITE_BUILD_URL")


def read(environ: Mapping[str, str], root: Path) -> "Occasion":
    """Return the actor and the page of the run, as far as they are known."""
    from gitops.provenance import Occasion

    actor = next((environ[name] for name in _ACTORS if environ.get(name)), "")
    return Occasion(
        actor or environ.get("GIT_COMMITTER_NAME") or person(root),
        _github(environ) or _page(environ),
    )


def person(root: Path) -> str:
    """Return the name that git's configuration gives to who works here."""
    from gitops.git import Repository

    answer = Repository(root).ask("config", "--get", "user.name")
    return answer.out.decode("utf-8", "replace").strip()


def _github(environ: Mapping[str, str]) -> str:
    server, repository = environ.get("GITHUB_SERVER_URL"), environ.get("GITHUB_REPOSITORY")
    run = environ.get("GITHUB_RUN_ID")
    return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""


def _page(environ: Mapping[str, str]) -> str:
    return next((environ[name] for name in _PAGES if environ.get(name)), "")
