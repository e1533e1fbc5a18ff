"""A commit on a branch of the project's own repository; work tree and index are never touched."""

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from compiler.record import record
from gitops import credential, snapshot
from gitops.git import Repository, explain
from gitops.snapshot import REGULAR, Entry
from gitops.source import SourceFailure, find_folder

_NONE = "0" * 40


@record
class Written:
    """A commit, the branch that it is on, and whether it was there before."""

    commit: str
    branch: str
    there: bool


def entries(root: Path, revision: str) -> dict[str, Entry]:
    """Return what the project holds at `revision`, by path from its root."""
    repository = Repository(root)
    folder = find_folder(repository)
    raw = repository.run("ls-tree", "-r", "-z", "--full-tree", f"{revision}:{folder}")
    return snapshot.entries(raw)


def store(root: Path, content: bytes) -> Entry:
    """Store a regular file in the repository of the project and return its entry."""
    arguments = ("hash-object", "-w", "--no-filters", "--stdin")
    return Entry(REGULAR, Repository(root).text(*arguments, stdin=content))


def commit(root: Path, parent: str, changes: Mapping[str, Entry | None], message: str) -> str:
    """Return a new commit of `changes` (path from the project's root → entry, None: gone).

    No ref names it yet. Raise `GitFailure` when git cannot commit, `SourceFailure` when it does
    not know who does.
    """
    repository = Repository(root)
    return _commit(repository, _tree(repository, parent, changes), parent, message)


def place(root: Path, commit: str, branch: str) -> Written:
    """Make `branch` of `commit`; one that holds this very change already is left as it is.

    Raise `SourceFailure` if it holds anything else.
    """
    repository = Repository(root)
    if repository.ask("check-ref-format", f"refs/heads/{branch}").status or branch.startswith("-"):
        raise SourceFailure(f"`{branch}` is no name of a branch", "letters, digits, `-`, `/`")
    there = repository.ask("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")
    if there.status == 0:
        found = there.out.decode().strip()
        if _content(repository, found) == _content(repository, commit):
            return Written(found, branch, True)
        hint = f"name another with `--branch`, or delete it: `git branch -D {branch}`"
        raise SourceFailure(f"branch `{branch}` is there, and holds something else", hint)
    repository.run("update-ref", "-m", "argosy", f"refs/heads/{branch}", commit, _NONE)
    return Written(commit, branch, False)


def _tree(repository: Repository, parent: str, changes: Mapping[str, Entry | None]) -> str:
    prefix = find_folder(repository)
    with tempfile.TemporaryDirectory(prefix="argosy-") as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        repository.run("read-tree", parent, env=index)
        lines = "".join(_lines(prefix, changes)).encode("utf-8", "surrogateescape")
        # paths of the input start at the root of the repository, wherever git is called
        repository.run("update-index", "-z", "--index-info", stdin=lines, env=index)
        return repository.text("write-tree", "--missing-ok", env=index)


def _lines(prefix: str, changes: Mapping[str, Entry | None]) -> Iterable[str]:
    for path, entry in changes.items():
        mode, oid = (entry.mode, entry.oid) if entry else ("0", _NONE)
        yield f"{mode} {oid}\t{prefix}{path}\0"


def _content(repository: Repository, commit: str) -> str:
    """Return the tree and the parents of a commit."""
    return repository.text("rev-parse", f"{commit}^{{tree}}", f"{commit}^@")


def _commit(repository: Repository, tree: str, parent: str, message: str) -> str:
    asked = repository.ask("config", "--type=bool", "--get", "commit.gpgSign").out.strip()
    sign = ("-S",) if asked == b"true" else ()
    arguments = ("commit-tree", *sign, tree, "-p", parent, "-F", "-")
    answer = repository.ask(*arguments, stdin=message.encode())
    if answer.status and "user.email" in answer.err:
        hint = "`git config user.name NAME` and `git config user.email ADDRESS`"
        raise SourceFailure("git does not know who you are: a commit needs an author", hint)
    if answer.status:
        raise explain(answer.err, str(repository.path))
    return answer.out.decode().strip()


def origin(root: Path) -> str:
    """Return the address of the project's `origin`; raise `SourceFailure` if it has none."""
    answer = Repository(root).ask("config", "--get", "remote.origin.url")
    if answer.status:
        raise SourceFailure("the project has no `origin` to push to", "git remote add origin URL")
    return answer.out.decode("utf-8", "replace").strip()


def current(root: Path) -> str:
    """Return the branch that is checked out, or the main one of `origin` where none is."""
    repository = Repository(root)
    for name in ("HEAD", "refs/remotes/origin/HEAD"):
        answer = repository.ask("symbolic-ref", "--quiet", "--short", name)
        if answer.status == 0:
            return answer.out.decode().strip().removeprefix("origin/")
    return "main"


def push(root: Path, written: Written) -> None:
    """Push the branch to `origin`, never by force; raise `GitFailure` when it is not taken."""
    address, login = credential.split(origin(root), os.environ)
    refs = f"{written.commit}:refs/heads/{written.branch}"
    with tempfile.TemporaryDirectory(prefix="argosy-") as folder:
        env = login.install(Path(folder)) if login else {}
        helpers = ("-c", "credential.helper=") if login else ()
        arguments = (*helpers, "push", "--porcelain", "--no-follow-tags", "origin", refs)
        answer = Repository(root).ask(*arguments, env=env)
    if answer.status:
        said = f"{answer.out.decode('utf-8', 'replace')}\n{answer.err}"
        raise explain(credential.mask(said, credential.secrets(os.environ)), address)
