"""A rendered environment on disk: Argosy's own folder, and nobody else's."""

import fcntl
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from argosy.failure import Failure
from compiler.tree import Pin, RenderedTree
from gitops import lock
from gitops.lock import Lock

_STAGE = ".argosy-stage"


class FolderFailure(Failure):
    """The folder is not ours, or cannot be written."""


def write(folder: Path, tree: RenderedTree, environment: str, project: str) -> None:
    """Make `folder` hold `tree` and its lock; files that are not ours are neither read nor touched.

    Everything is written beside the old content first, so that a full disk changes nothing.
    """
    with _alone(folder):
        _write(folder, tree, environment, project)


def _write(folder: Path, tree: RenderedTree, environment: str, project: str) -> None:
    owned = _owned(folder)
    _refuse_foreign(folder, owned, tree)
    new = lock.lock(environment, project, tree)
    # until the last file is in place both the old and the new ones are ours
    between = Lock(environment, project, {**owned, **new.files})
    stage = folder / _STAGE
    try:
        shutil.rmtree(stage, ignore_errors=True)
        for path, content in tree:
            _put(stage / path, content)
        _put(folder / lock.NAME, between.write())
        _move(stage, folder, tree.files)
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


def differences(folder: Path, tree: RenderedTree) -> list[str]:
    """Return `+`, `-` or `~` and the path of every file in which `folder` is not `tree`."""
    owned = _owned(folder)
    found = [f"~ {lock.NAME}"] if _components(folder) != tree.components else []
    for path, content in tree:
        try:
            same = (folder / path).read_bytes() == content
        except OSError:
            found.append(f"+ {path}")
            continue
        if not same:
            found.append(f"~ {path}")
    gone = [f"- {path}" for path in set(owned) - set(tree.files)]
    return sorted([*found, *gone], key=lambda line: line[2:])


def _components(folder: Path) -> Mapping[str, Pin]:
    """Return the components that the lock of `folder` lists, none where there is no lock."""
    place = folder / lock.NAME
    return lock.read(place.read_bytes()).components if place.is_file() else {}


def _owned(folder: Path) -> Mapping[str, str]:
    """Return what the lock of `folder` lists; raise when the folder is foreign."""
    try:
        return lock.read((folder / lock.NAME).read_bytes()).files
    except FileNotFoundError:
        return _unowned(folder)
    except NotADirectoryError:
        raise FolderFailure(f"{folder} is no folder", "name another with -o") from None
    except (OSError, lock.LockFailure) as error:
        hint = "remove the folder, or name another with -o"
        raise FolderFailure(f"{folder / lock.NAME} cannot be read: {error}", hint) from None


def _unowned(folder: Path) -> Mapping[str, str]:
    try:
        foreign = [entry.name for entry in folder.iterdir() if entry.name != _STAGE]
    except FileNotFoundError:
        return {}
    except NotADirectoryError:
        raise FolderFailure(f"{folder} is no folder", "name another with -o") from None
    except OSError as error:
        raise FolderFailure(f"{folder} cannot be read: {error.strerror}") from None
    if foreign:
        message = f"{folder} holds files that Argosy did not write, such as {min(foreign)}"
        raise FolderFailure(message, "empty it, or name another with -o")
    return {}


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
