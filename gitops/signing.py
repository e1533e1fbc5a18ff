"""Whether the user's git signs commits, and how: what is published is then signed the same way."""

import os
from collections.abc import Mapping
from pathlib import Path

from compiler.record import field, record
from gitops.git import GitFailure, Repository

_SIGNED = r"^(commit\.gpgsign|gpg\..*|user\.(name|email|signingkey))$"
_TRUE = ("true", "yes", "on", "1", "")


@record
class Signer:
    """Who signs, with which settings of git; hosts verify a signature against the committer."""

    name: str
    email: str
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def options(self) -> tuple[str, ...]:
        """The settings, as options of git."""
        pairs = (f"{key}={value}" for key, value in self.settings.items())
        return tuple(part for pair in pairs for part in ("-c", pair))


def read_signer(root: Path | None) -> Signer | None:
    """Return who signs the commits that are made in `root`; `None` if nobody does."""
    if root is None:
        return None
    answer = Repository(root).ask("config", "-z", "--get-regexp", _SIGNED)
    said = {}
    for line in filter(None, answer.out.decode("utf-8", "replace").split("\0")):
        key, _, value = line.partition("\n")
        said[key] = value
    if said.get("commit.gpgsign", "false").lower() not in _TRUE:
        return None
    name = os.environ.get("GIT_COMMITTER_NAME") or said.get("user.name", "")
    email = os.environ.get("GIT_COMMITTER_EMAIL") or said.get("user.email", "")
    settings = {key: value for key, value in said.items() if key.startswith("gpg.")}
    key = said.get("user.signingkey", "")
    return Signer(name, email, settings | ({"user.signingkey": _placed(key, root)} if key else {}))


def failure(said: GitFailure) -> GitFailure:
    """Return the failure of a commit that could not be signed."""
    hint = (
        "`commit.gpgSign` is set: `git commit -S` has to work here without a question (a key with "
        "a passphrase needs its agent); or `git config commit.gpgSign false`"
    )
    return GitFailure(f"the commit cannot be signed: {said.message}", hint, "signing", said.detail)


def _placed(key: str, root: Path) -> str:
    """Read the path of a key from the project, where git reads it from."""
    return str(root / key) if not key.startswith("key::") and (root / key).is_file() else key
