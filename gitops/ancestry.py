"""How two commits of the project are related when its clone is shallow: by asking its origin.

A shallow clone answers "no" where it only lacks the commits between. They are fetched, and nothing
but them, into a repository of our own: the clone stays as it is.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from gitops import credential
from gitops.git import GitFailure, Repository

_FETCH = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--filter=tree:0")
# how the clone reaches its origin: headers, helpers, proxies, keys
_ACCESS = r"^(http|credential|url|core\.sshcommand|ssh|protocol)\."


def relate(project: Repository, ours: str, published: str, folder: Path) -> str:
    """Return `newer` if ours is, `older` or `apart`; an empty string when the origin is mute.

    What is fetched goes to `folder`, and serves the next time too.
    """
    edge = _edge(project)
    history = Repository(folder, private=True, until=project.until, env=_access(project, folder))
    try:
        if not (folder / "HEAD").exists():
            project.run("init", "--quiet", "--bare", "--template=", str(folder))
        if any(history.ask("cat-file", "-e", oid).status for oid in (published, *edge)):
            history.run("fetch", *_FETCH, "origin", published, *edge)
    except (GitFailure, OSError):
        return ""
    if any(history.is_ancestor(published, commit) for commit in edge):
        return "newer"
    # all that leads to the published commit is here: what is not among it does not lead to it
    return "older" if history.is_ancestor(ours, published) else "apart"


def _edge(project: Repository) -> list[str]:
    """Return the commits whose parents the clone lacks."""
    place = project.text("rev-parse", "--git-path", "shallow")
    return (project.path / place).read_text("ascii").split()


def _access(project: Repository, folder: Path) -> dict[str, str]:
    """Return the variables by which git reaches the origin as it does in the clone."""
    answer = project.ask("remote", "get-url", "origin")
    address, login = credential.split(answer.out.decode("utf-8", "replace").strip(), {})
    settings = [("remote.origin.url", _absolute(address, project.path)), *_settings(project)]
    asked = {}
    if login:
        folder.parent.mkdir(parents=True, exist_ok=True)
        asked = login.install(folder.parent)
        settings.append(("credential.helper", ""))
    first = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    said = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (key, value) in enumerate(settings, first):
        said |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return asked | said


def _settings(project: Repository) -> Iterator[tuple[str, str]]:
    answer = project.ask("config", "--local", "--includes", "-z", "--get-regexp", _ACCESS)
    for line in filter(None, answer.out.decode("utf-8", "replace").split("\0")):
        key, _, value = line.partition("\n")
        yield key, value


def _absolute(address: str, root: Path) -> str:
    relative = "://" not in address and (root / address).exists()
    return str((root / address).resolve()) if relative else address
