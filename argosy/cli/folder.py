"""A rendered environment on disk: Argosy's own folder, and nobody else's."""

import fcntl
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from argosy.cache.witness import REGULAR, Witness
from argosy.failure import Failure
from compiler.tree import RenderedTree
from gitops import lock
from gitops.lock import Lock

_STAGE = ".argosy-stage"


class FolderFailure(Failure):
    """The folder is not ours, or cannot be written."""


def write(
    folder: Path, tree: RenderedTree, environment: str, project: str, witness: Witness
) -> None:
    """Make `folder` hold `tree` and its lock; files that are not ours are neither read nor touched.

    Everything is written beside the old content first, so that a full disk changes nothing. What
    `witness` knows to be there already is left as it is.
    """
    with _alone(folder):
        held = _held(folder)
        owned = held.files if held else {}
        _refuse_foreign(folder, owned, tree)
        new = lock.lock(environment, project, tree)
        changed = list(_changed(folder, tree, witness))
        if changed or new != held:
            _write(folder, tree, owned, new, changed)
        for path in changed:
            witness.wrote(f"{folder}/{path}", f"{REGULAR}{tree.sums[path]}")


def _changed(folder: Path, tree: RenderedTree, witness: Witness) -> Iterator[str]:
    """Yield each path of `tree` at which `folder` does not hold its content."""
    for path, digest in tree.sums.items():
        if witness.digest(f"{folder}/{path}") != f"{REGULAR}{digest}":
            yield path


def _write(
    folder: Path, tree: RenderedTree, owned: Mapping[str, str], new: Lock, changed: list[str]
) -> None:
    # until the last file is in place both the old and the new ones are ours
    between = Lock(new.environment, new.project, {**owned, **new.files})
    stage = folder / _STAGE
    try:
        shutil.rmtree(stage, ignore_errors=True)
        for path in changed:
            _put(stage / path, tree.files[path])
        _put(folder / lock.NAME, between.write())
        _move(stage, folder, changed)
        _remove(folder, set(owned) - set(tree.files))
        _put(folder / lock.NAME, new.write())
    except OSError as error:
        place = error.filename or folder
        raise FolderFailure(f"{place} cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time write the folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        hint = "name another with -o"
        raise FolderFailure(f"{folder} cannot be made: {error.strerror}", hint) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def differences(folder: Path, tree: RenderedTree, witness: Witness) -> list[str]:
    """Return `+`, `-` or `~` and the path of every file in which `folder` is not `tree`."""
    held = _held(folder)
    owned, components = (held.files, held.components) if held else ({}, {})
    changed = _changed(folder, tree, witness)
    found = [f"{'~' if os.path.lexists(folder / path) else '+'} {path}" for path in changed]
    found += [f"~ {lock.NAME}"] if components != tree.components else []
    found += [f"- {path}" for path in set(owned) - set(tree.files)]
    return sorted(found, key=lambda line: line[2:])


def _held(folder: Path) -> Lock | None:
    """Return the lock of `folder`, None of a new one; raise when the folder is foreign."""
    try:
        return lock.read((folder / lock.NAME).read_bytes())
    except FileNotFoundError:
        _refuse_unlocked(folder)
        return None
    except NotADirectoryError:
        raise FolderFailure(f"{folder} is no folder", "name another with -o") from None
    except (OSError, lock.LockFailure) as error:
        hint = "remove the folder, or name another with -o"
        raise FolderFailure(f"{folder / lock.NAME} cannot be read: {error}", hint) from None


def _refuse_unlocked(folder: Path) -> None:
    try:
        foreign = [entry.name for entry in folder.iterdir() if entry.name != _STAGE]
    except FileNotFoundError:
        return
    except NotADirectoryError:
        raise FolderFailure(f"{folder} is no folder", "name another with -o") from None
    except OSError as error:
        raise FolderFailure(f"{folder} cannot be read: {error.strerror}") from None
    if foreign:
        message = f"{folder} holds files that Argosy did not write, such as {min(foreign)}"
        raise FolderFailure(message, "empty it, or name another with -o")


def _refuse_foreign(folder: Path, owned: Collection[str], tree: RenderedTree) -> None:
    for path in tree.files:
        if path not in owned and os.path.lexists(folder / path):
            message = f"{folder / path} is in the way: Argosy did not write it"
            raise FolderFailure(message, "move it away, or name another folder with -o")


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(path)


def _move(stage: Path, folder: Path, paths: Collection[str]) -> None:
    for path in sorted(paths):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (stage / path).replace(folder / path)


def _remove(folder: Path, paths: Collection[str]) -> None:
    for path in sorted(paths):
        (folder / path).unlink(missing_ok=True)
        parent = (folder / path).parent
        while parent != folder and not any(parent.iterdir()):
            parent.rmdir()
            parent = parent.parent
