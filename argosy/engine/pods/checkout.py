"""Artifacts out of git: a clone as Argo's executor makes one, by the git of this machine.

Nothing that the repository or this machine's configuration holds is run: no hooks, no filters, no
helpers. A login is that of the artifact's secrets, which git asks for and no command line shows.
"""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from argosy.engine.failure import EngineError
from compiler.record import record
from gitops.credential import Credential
from gitops.git import GitFailure, execute, explain

Data = Mapping[str, Any]
Secret = Callable[[Data], str]
_PATIENCE = 600.0  # seconds for one command
_SETTINGS = (
    *("core.hooksPath=/dev/null", "core.fsmonitor=false", "credential.helper=", "gc.auto=0"),
    *("protocol.ext.allow=never", "advice.detachedHead=false", "init.defaultBranch=master"),
)
# a filter or an alias of the user would run programs, and a cluster has none
_ALONE = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}


@record
class Clone:
    """One clone: its folder, what git is told of it, and the variables of every command."""

    folder: Path
    asked: Data
    env: Mapping[str, str]

    def git(self, *arguments: str) -> str:
        """Run git in the clone and return what it writes; raise `GitFailure`."""
        return self.anywhere("-C", str(self.folder), *arguments)

    def anywhere(self, *arguments: str) -> str:
        """Run git and return what it writes; raise `GitFailure`."""
        trust = ("http.sslVerify=false",) if self.asked.get("insecureSkipTLS") else ()
        options = [part for setting in (*_SETTINGS, *trust) for part in ("-c", setting)]
        answer = execute([*options, *arguments], b"", self.env, _PATIENCE)
        if answer.status:
            raise explain(answer.err, str(self.asked["repo"]))
        return answer.out.decode("utf-8", "replace").strip()

    @property
    def depth(self) -> list[str]:
        """The words that keep a history short."""
        depth = int(self.asked.get("depth") or 0)
        return [f"--depth={depth}"] if depth > 0 else []


def load(artifact: Data, target: Path, secret: Secret) -> None:
    """Put a clone at `target`; raise `EngineError` in the words of Argo's executor.

    `secret` returns the text that a reference to a key of a Secret stands for.
    """
    asked, name = artifact["git"], artifact["name"]
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="argosy-git-") as kept:
        try:
            _checked(asked)
            env = {**_ALONE, **_login(asked, secret, Path(kept))}
            _fill(Clone(target, asked, env))
        except GitFailure as error:
            said = f"artifact {name} failed to load: {_words(error)}"
            raise EngineError(f"init: Error (exit code 64): {said}", error.hint) from None
        except ValueError as error:
            said = f"artifact {name} failed to load: {error}"
            asked_for = ", ".join(f"{k} `{asked[k]}`" for k in ("repo", "revision") if k in asked)
            raise EngineError(f"init: Error (exit code 64): {said}", asked_for) from None


def _words(error: GitFailure) -> str:
    """Return what failed: in git's words, unless more is known."""
    lines = [line.partition(": ")[2] for line in error.detail.splitlines() if "fatal: " in line]
    known = error.kind not in ("other", "repository")
    return error.message if known or not lines else "; ".join(lines)


def _checked(asked: Data) -> None:
    if asked.get("singleBranch") and not asked.get("branch"):
        raise ValueError("single branch mode without a branch specified")
    for key in ("branch", "revision", "repo"):
        if str(asked.get(key) or "").startswith("-"):
            raise ValueError(f"{key} `{asked[key]}` begins with a sign of an option")
    for spec in asked.get("fetch") or ():
        if str(spec).startswith("-"):
            raise ValueError(f"fetch `{spec}` begins with a sign of an option")


def _login(asked: Data, secret: Secret, kept: Path) -> dict[str, str]:
    """Return the variables by which git gets a login, its files in the folder `kept`."""
    known = asked.get("insecureIgnoreHostKey")
    ssh = ["ssh", *(["-o", "StrictHostKeyChecking=no"] if known else [])]
    if asked.get("sshPrivateKeySecret"):
        key = kept / "key"
        key.touch(0o600)
        key.write_text(f"{secret(asked['sshPrivateKeySecret']).rstrip()}\n", "utf-8")
        ssh += ["-i", str(key), "-o", "IdentitiesOnly=yes"]
    env = {"GIT_SSH_COMMAND": " ".join([*ssh, "-o", "BatchMode=yes"])}
    user, password = (asked.get(f"{part}Secret") for part in ("username", "password"))
    if user or password:
        parts = urlsplit(str(asked["repo"]))
        host = parts.netloc.rpartition("@")[2]
        texts = (secret(each) if each else "" for each in (user, password))
        env |= Credential(parts.scheme, host, *texts).install(kept)
    return env


def _fill(clone: Clone) -> None:
    """Clone, fetch and check out (the Load of Argo's git driver)."""
    asked = clone.asked
    branch = str(asked.get("branch") or "")
    only = ["--single-branch", f"--branch={branch}"] if asked.get("singleBranch") else []
    many = [] if only else ["--no-single-branch"]
    plain = ["clone", "--quiet", "--template=", "--no-checkout", *clone.depth, *only, *many]
    clone.anywhere(*plain, "--", str(asked["repo"]), str(clone.folder))
    for spec in asked.get("fetch") or ():
        clone.git("fetch", "--quiet", *clone.depth, "origin", str(spec))
    if not _has_a_commit(clone):
        return
    revision = str(asked.get("revision") or "")
    if revision:
        wanted = branch if only else "*"
        spec = f"+refs/heads/{wanted}:refs/heads/{wanted}"
        clone.git("fetch", "--quiet", "--update-head-ok", "origin", spec)
        clone.git("checkout", "--quiet", "--detach", _resolved(clone, revision))
    else:
        clone.git("checkout", "--quiet", "--force", "HEAD", "--")
    if not asked.get("disableSubmodules") and (clone.folder / ".gitmodules").is_file():
        clone.git("submodule", "update", "--quiet", "--init", "--recursive")


def _has_a_commit(clone: Clone) -> bool:
    return bool(clone.git("for-each-ref", "--count=1"))


def _resolved(clone: Clone, revision: str) -> str:
    """Return the commit of a revision, in the order in which go-git looks it up."""
    for form in (revision, f"refs/tags/{revision}", f"refs/remotes/origin/{revision}"):
        try:
            return clone.git("rev-parse", "--quiet", "--verify", f"{form}^{{commit}}")
        except GitFailure:
            continue
    raise ValueError("failed to get resolve revision: reference not found")
