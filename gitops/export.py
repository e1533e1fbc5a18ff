"""The project as it was at a revision, written into a folder of its own.

Read object by object from git's store: no checkout, so no hook, filter or attribute of the
repository has a say, and what a tree may name and a folder must not hold is never written.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from compiler.record import record
from gitops.git import Repository
from gitops.objects import listed
from gitops.remote import batch
from gitops.source import SourceFailure, find_folder

_AT_ONCE = 64 * 1024 * 1024  # bytes of contents that are held in memory
_LINK, _EXECUTABLE = "120000", "100755"
_FILES = ("100644", "100664", _EXECUTABLE, _LINK)


class ProjectMissing(SourceFailure):
    """There was no project here at that revision."""


@record
class _Blob:
    mode: str
    oid: str
    size: int
    path: str


def commit(root: Path, revision: str) -> str:
    """Return the full sha of the commit that `revision` names; raise `SourceFailure`."""
    repository = Repository(root)
    find_folder(repository)
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    answer = repository.ask(*asked)
    if answer.status == 0:
        return answer.out.decode("ascii", "replace").strip()
    hint = "is it fetched, and spelled as `git rev-parse` knows it?"
    if repository.is_shallow():
        hint = "this clone is shallow: `git fetch --unshallow`, or `fetch-depth: 0` in the workflow"
    raise SourceFailure(f"no revision `{revision}` in this repository", hint)


def export(
    root: Path,
    revision: str,
    destination: Path,
    wanted: Callable[[str], bool] | None = None,
) -> str:
    """Write the project at `root` as it was at `revision` into `destination`; return the full sha.

    `destination` is made; only regular files and links that stay inside are written, and of these
    those whose paths are `wanted`. Raise
    `SourceFailure` for a revision that is unknown or incomplete, `ProjectMissing` where it had no
    such folder.
    """
    sha = commit(root, revision)
    repository = Repository(root)
    found = _blobs(repository, sha, find_folder(repository))
    blobs = [blob for blob in found if wanted is None or wanted(blob.path)]
    destination.mkdir(parents=True, exist_ok=True)
    # links last: nothing is written through one
    for blob, content in _contents(repository, sorted(blobs, key=lambda b: b.mode == _LINK)):
        try:
            _write(destination / blob.path, blob, content)
        except (FileExistsError, NotADirectoryError):
            raise SourceFailure(f"revision {sha[:12]} holds `{blob.path}` twice") from None
    return sha


def _blobs(repository: Repository, sha: str, folder: str) -> Iterator[_Blob]:
    answer = repository.ask("ls-tree", "-r", "-l", "-z", "--full-tree", f"{sha}:{folder}")
    if answer.status:
        if repository.ask("cat-file", "-e", f"{sha}:{folder}").status == 0:
            raise _incomplete(answer.err)
        where = f"`{folder.rstrip('/')}`" if folder else "the project"
        raise ProjectMissing(f"{where} is not in revision {sha[:12]}")
    for path, (mode, _, oid, size) in listed(answer.out):
        if _safe(path) and mode in _FILES:
            yield _Blob(mode, oid, int(size) if size.isdecimal() else 0, path)


def _safe(path: str) -> bool:
    """Whether every part is a plain name: git stores what its own checkout would refuse."""
    parts = path.split("/")
    return not any(part in ("", ".", "..") or part.casefold() == ".git" for part in parts)


def _contents(repository: Repository, blobs: list[_Blob]) -> Iterator[tuple[_Blob, bytes]]:
    part: list[_Blob] = []
    for blob in blobs:
        if part and sum(b.size for b in part) + blob.size > _AT_ONCE:
            yield from _read(repository, part)
            part = []
        part.append(blob)
    yield from _read(repository, part)


def _read(repository: Repository, blobs: list[_Blob]) -> Iterator[tuple[_Blob, bytes]]:
    if not blobs:
        return
    asked = "".join(f"{oid}\n" for oid in dict.fromkeys(b.oid for b in blobs)).encode()
    answer = repository.ask("cat-file", "--batch", stdin=asked)
    if answer.status or b" missing\n" in answer.out[:200]:
        raise _incomplete(answer.err)
    found = dict(batch(answer.out))
    for blob in blobs:
        yield blob, found[blob.oid]


def _incomplete(said: str) -> SourceFailure:
    lines = said.strip().splitlines()
    told = f": {lines[-1]}" if lines else ""
    hint = "a partial clone fetches them when asked: fetch without `--filter`"
    return SourceFailure(f"contents of this revision are not in the repository{told}", hint)


def _write(place: Path, blob: _Blob, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if blob.mode == _LINK:
        target = os.fsdecode(content)
        if _stays_inside(blob.path, target):
            place.symlink_to(target)
        return
    mode = 0o755 if blob.mode == _EXECUTABLE else 0o644
    with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:  # noqa: PTH123
        file.write(content)


def _stays_inside(path: str, target: str) -> bool:
    """Whether a link climbs no higher than the project; `..` after a name could pass a link."""
    parts = PurePosixPath(target).parts
    climbs = next((i for i, part in enumerate(parts) if part != ".."), len(parts))
    depth = path.count("/")
    plain = ".." not in parts[climbs:] and "\0" not in target
    return bool(parts) and not target.startswith("/") and climbs <= depth and plain
