"""Which files of the project are not what they were at a revision, asked path by path.

Contents are compared with git's own names for them, not by `git diff`: no index, filter or
attribute decides, and what git ignores counts as well, since whoever compiles reads it too.
"""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from compiler.files import travels
from gitops.export import commit
from gitops.git import Repository
from gitops.objects import blob_name, listed
from gitops.source import find_folder

_FILE, _EXECUTABLE = "100644", "100755"


class Former:
    """The project at `root` as it was at `revision`: modes and names of contents, by path."""

    def __init__(self, root: Path, revision: str) -> None:
        self._root = os.path.abspath(root)  # noqa: PTH100
        self.sha = commit(root, revision)
        self._repository = Repository(root)
        place = f"{self.sha}:{find_folder(self._repository)}"
        answer = self._repository.ask("ls-tree", "-r", "-z", "--full-tree", place)
        self.files = _files(answer.out) if answer.status == 0 else {}
        self._folders: dict[str, set[str]] = {}
        for path in self.files:
            self._enter(path)
        self._known: dict[str, bool] = {}
        self._straight = {"": True}

    def differs(self, paths: Iterable[str]) -> bool:
        """Whether any of `paths`, absolute, holds now what it did not hold then, or is gone."""
        return any(self._differs(path) for path in paths)

    def content(self, path: str) -> bytes:
        """Return what the file at `path`, from the project's root, held."""
        return self._repository.run("cat-file", "blob", self.files[path][1])

    def _enter(self, path: str) -> None:
        folder, _, name = path.rpartition("/")
        known = self._folders.setdefault(folder, set())
        if name not in known:
            known.add(name)
            if folder:
                self._enter(folder)

    def _differs(self, path: str) -> bool:
        if path not in self._known:
            self._known[path] = self._compared(path)
        return self._known[path]

    def _compared(self, path: str) -> bool:
        inside = os.path.relpath(path, self._root)
        inside = "" if inside == "." else inside
        above = os.path.dirname(inside)  # noqa: PTH120
        if inside.startswith("..") or not self._is_straight(above):
            return True  # a link on the way: what it led to then is not told by this path
        try:
            found = os.lstat(path)
        except OSError:
            return inside in self.files or inside in self._folders
        if stat.S_ISDIR(found.st_mode):
            return self._relisted(path, inside)
        return not stat.S_ISREG(found.st_mode) or self._rewritten(path, inside, found.st_mode)

    def _is_straight(self, folder: str) -> bool:
        """Whether no link is on the way to a folder below the root, nor it one."""
        if folder not in self._straight:
            above = os.path.dirname(folder)  # noqa: PTH120
            link = os.path.islink(os.path.join(self._root, folder))  # noqa: PTH114, PTH118
            self._straight[folder] = not link and self._is_straight(above)
        return self._straight[folder]

    def _relisted(self, path: str, inside: str) -> bool:
        """Whether other files that travel with a pipeline lie in a folder."""
        names = {entry.name for entry in os.scandir(path)}
        then = self._folders.get(inside, set())
        return {name for name in names if travels(name)} != {name for name in then if travels(name)}

    def _rewritten(self, path: str, inside: str, mode: int) -> bool:
        was, oid = self.files.get(inside, ("", ""))
        if was != (_EXECUTABLE if mode & stat.S_IXUSR else _FILE):
            return True
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a tenth of the time of pathlib
            content = file.readall()
        return blob_name(content) != oid


def _files(raw: bytes) -> dict[str, tuple[str, str]]:
    return {
        path: (_FILE if mode == "100664" else mode, oid) for path, (mode, _, oid) in listed(raw)
    }
