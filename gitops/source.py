"""The source revision: which commit of the user's project a publish comes from."""

import re
from pathlib import Path

from compiler.record import field, record
from gitops.failure import GitopsFailure
from gitops.git import GitFailure, Repository, redact

_STATE = ".argosy/"
_USERINFO = re.compile(r"^([a-z][a-z0-9+.-]*://)[^/]*@", re.IGNORECASE)
_SSH = re.compile(r"^(ssh://[^/:@]+)(:[^/]*)?@", re.IGNORECASE)


class SourceFailure(GitopsFailure):
    """The project has no revision that could be published."""

    exit_code = 2


@record
class SourceRevision:
    """A commit of the project; `changes` are the paths that differ from it when `dirty`."""

    sha: str
    dirty: bool
    url: str
    subject: str
    author_name: str
    author_email: str
    root: Path | None = field(default=None, compare=False)
    changes: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The revision as trailers record it."""
        return f"{self.sha}-dirty" if self.dirty else self.sha


def read_source(project_root: Path) -> SourceRevision:
    """Return the commit that `project_root` stands at; raise `SourceFailure` if there is none."""
    repository = Repository(project_root)
    prefix = find_folder(repository)
    seen = repository.ask("log", "-1", "--format=%H%x00%s%x00%an%x00%ae", "HEAD")
    if seen.status:
        raise SourceFailure(
            f"`{project_root}` has no commit yet: what is published needs a source revision",
            'run `git add -A && git commit -m "first pipeline"`',
        )
    sha, subject, name, email = seen.out.decode("utf-8", "replace").rstrip("\n").split("\0")
    if prefix and repository.ask("cat-file", "-e", f"HEAD:{prefix}").status:
        hint = "commit the project first"
        raise SourceFailure(f"`{project_root}` is in no commit of its git repository", hint)
    changes = _changes(repository, prefix)
    return SourceRevision(
        sha, bool(changes), _url(repository), subject, name, email, project_root, changes
    )


def find_folder(repository: Repository) -> str:
    """Return the project's path in its git repository, empty or with a slash at the end.

    Raise `SourceFailure` where there is no repository.
    """
    if not repository.path.is_dir():
        raise SourceFailure(f"`{repository.path}` is not a folder")
    answer = repository.ask("rev-parse", "--is-inside-work-tree", "--show-prefix")
    if answer.status and "dubious ownership" in answer.err:
        hint = "git says how to allow it: " + redact(answer.err.strip().splitlines()[-1].strip())
        raise GitFailure(f"`{repository.path}` belongs to another user", hint, "owner", answer.err)
    inside, _, prefix = answer.out.decode("utf-8", "surrogateescape").partition("\n")
    if answer.status or inside != "true":
        raise SourceFailure(
            f"`{repository.path}` is not in a git repository: a publish needs a source revision",
            "run `git init`, commit the project, then publish",
        )
    return prefix.removesuffix("\n")


def _changes(repository: Repository, prefix: str) -> tuple[str, ...]:
    """Return the changed and the untracked paths below the project, Argosy's own state aside."""
    # one line a file: a folder that is untracked as a whole would hide what is in it
    options = ("--porcelain=v1", "-z", "--no-renames", "--untracked-files=all")
    raw = repository.run("status", *options, "--", ".")
    lines = raw.decode("utf-8", "surrogateescape").split("\0")
    paths = (line[3:].removeprefix(prefix) for line in lines if line)
    return tuple(path for path in paths if not path.startswith(_STATE))


def _url(repository: Repository) -> str:
    """Return where the project lives, without a login; empty for a path of this machine."""
    answer = repository.ask("config", "--get", "remote.origin.url")
    url = answer.out.decode("utf-8", "replace").strip()
    if _SSH.match(url):
        return _SSH.sub(r"\1@", url)
    if "://" in url:
        return "" if url.startswith("file:") else _USERINFO.sub(r"\1", url)
    return url if re.match(r"[\w.-]+@[\w.-]+:", url) else ""
