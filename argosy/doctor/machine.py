"""This machine: Python, git, who commits, the disk."""

import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from argosy import __version__
from argosy.doctor.finding import Finding, fine, note, wrong
from gitops.git import GitFailure, execute

GIT = (2, 34)  # the first that signs with ssh keys
_PATIENCE = 10.0
_LITTLE, _SCARCE = 1024**3, 100 * 1024**2
_INSTALL = "sudo apt-get install git" if sys.platform == "linux" else "brew install git"


def tool() -> Iterator[Finding]:
    """Say which Argosy, on which Python."""
    said = f"argosy {__version__}, Python {platform.python_version()}, {platform.system()}"
    if sys.platform == "linux":
        yield fine(said)
    else:
        yield note(f"{said}: runs of this machine are made for Linux; the rest works")


def git() -> Iterator[Finding]:
    """Find git, and hold its version against the oldest that does."""
    try:
        said = execute(["--version"], b"", {}, _PATIENCE).out.decode("utf-8", "replace").strip()
    except GitFailure as error:
        yield wrong(error.message, _INSTALL)
        return
    found = re.search(r"(\d+)\.(\d+)(\.\d+)*", said)
    if not found:
        yield wrong(f"`git --version` says `{said[:80]}`", _INSTALL)
    elif (int(found[1]), int(found[2])) < GIT:
        wanted = ".".join(map(str, GIT))
        yield wrong(f"git {found[0]} is too old: {wanted} or newer is needed", _INSTALL)
    else:
        yield fine(f"git {found[0]}")


def identity(root: Path) -> Iterator[Finding]:
    """Say in whose name commits are made here; those of the GitOps repository need nobody's."""
    said = []
    for part in ("name", "email"):
        value = os.environ.get(f"GIT_AUTHOR_{part.upper()}") or _setting(root, f"user.{part}")
        if not value:
            fix = f'git config --global user.{part} "{_EXAMPLES[part]}"'
            yield note(f"git does not know your {part}: you cannot commit here", fix)
        said.append(value)
    if all(said):
        yield fine(f"commits are by {said[0]} <{said[1]}>")


_EXAMPLES = {"name": "Ada Lovelace", "email": "ada@example.com"}


def _setting(root: Path, name: str) -> str:
    answer = execute(["-C", str(root), "config", "--get", name], b"", {}, _PATIENCE)
    return answer.out.decode("utf-8", "replace").strip()


def disk(folder: Path) -> Iterator[Finding]:
    """Say how much room there is for runs, renderings and artifacts."""
    place = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(place).free
    said = f"{free / 1024**3:.1f} GiB free at {place}"
    fix = "argosy clean --older-than 30d"
    if os.statvfs(place).f_flag & os.ST_RDONLY:
        yield wrong(f"{place} is on a disk that can only be read", "work on a copy of it elsewhere")
    elif not os.access(place, os.W_OK):
        yield wrong(f"{place} cannot be written", f"sudo chown -R $USER {place}")
    elif free < _SCARCE:
        yield wrong(said, fix)
    elif free < _LITTLE:
        yield note(said, fix)
    else:
        yield fine(said)
