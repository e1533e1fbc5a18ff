"""Reading the source tree: text files, and the code that lies beside a spec."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from compiler.inputs import note
from compiler.pipeline import CodeFile
from compiler.problems import Location, Problem, Rejected

_LIMIT, _LARGEST = 512 * 1024, 1024 * 1024
_SKIPPED = ("pipeline.yaml", "Dockerfile", "requirements.txt")


def read_text(root: Path, file: str) -> str:
    """Return UTF-8 text of `file` below `root`; raise `Rejected` when it cannot be read."""
    at = Location(file)
    if _leads_out(root, file):
        message, hint = f"{file} leads out of the project", "copy the file instead of linking it"
        raise Rejected([Problem("unreadable", message, at, hint)])
    try:
        content = _content(note(root / file), at)
    except IsADirectoryError:
        raise Rejected([Problem("unreadable", f"{file} is a folder, not a file", at)]) from None
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise Rejected([Problem("unreadable", message, at)]) from None
    return _decoded(content, at)


def _leads_out(root: Path, file: str) -> bool:
    """Whether a path leads out of the project: only a link or `..` could."""
    place, parts = root, Path(file).parts
    for part in parts:
        place = place / part
        if part == ".." or place.is_symlink() or Path(part).is_absolute():
            return not (root / file).resolve().is_relative_to(root.resolve())
    return False


def _content(path: Path, at: Location) -> bytes:
    """Read a file of a bounded size; what is none, such as a pipe, might never end."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        raise Rejected([Problem("unreadable", f"{at.file} is no regular file", at)])
    if found.st_size > _LARGEST:
        message = f"{at.file} has {found.st_size:,} bytes; at most {_LARGEST:,} are read"
        hint = "put data into a file of its own, which a step reads"
        raise Rejected([Problem("large-file", message, at, hint)])
    return path.read_bytes()


def _decoded(content: bytes, at: Location) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        message = f"byte 0x{content[error.start]:02x} is not UTF-8"
        place = Location(at.file, line, column)
        hint = "save the file as UTF-8"
        raise Rejected([Problem("not-utf-8", message, place, hint)]) from None


def read_code(root: Path, folder: str, spec: str) -> tuple[CodeFile, ...]:
    """Return the code in `folder`, which belongs to file `spec`, in path order.

    Raise `Rejected` when it cannot travel.

    Left out: the spec, README and Dockerfile, `requirements.txt`, hidden and compiled files.
    """
    if (root / folder).is_symlink():
        raise Rejected([_refused(folder, "is a symbolic link", "copy the folder instead")])
    found, problems, total = [], list[Problem](), 0
    for path, file in _walk(root / folder, folder):
        if path.is_symlink():
            problems.append(_refused(file, "is a symbolic link", "copy the file instead"))
            continue
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            problems.append(_refused(file, "is no regular file", "remove it"))
            continue
        total += path.stat().st_size
        if total <= _LIMIT:
            found.append(_read(path, file.removeprefix(f"{folder}/"), mode, problems, file))
    if total > _LIMIT:
        hint = "put it into the image, or into a dataset that a step fetches"
        message = f"the code beside it has {total:,} bytes; at most {_LIMIT:,} can travel"
        problems.append(Problem("code-too-large", message, Location(spec), hint))
    if problems:
        raise Rejected(problems)
    return tuple(found)


def _read(path: Path, name: str, mode: int, problems: list[Problem], file: str) -> CodeFile:
    try:
        content = note(path).read_bytes()
    except OSError as error:
        problems.append(_refused(file, f"cannot be read: {error.strerror}", ""))
        content = b""
    return CodeFile(name, content, bool(mode & stat.S_IXUSR), file)


def _refused(file: str, what: str, hint: str) -> Problem:
    return Problem("code", f"{file} {what}", Location(file), hint)


def _walk(folder: Path, name: str) -> Iterator[tuple[Path, str]]:
    for entry in sorted(os.scandir(note(folder)), key=lambda entry: entry.name):
        path, file = folder / entry.name, f"{name}/{entry.name}"
        if not travels(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(path, file)
        else:
            yield path, file


def travels(name: str) -> bool:
    """Whether a file or folder of this name, beside a spec, goes with it to where steps run."""
    hidden = name.startswith(".") or name == "__pycache__"
    left = name in _SKIPPED or name.endswith(".pyc") or name.startswith("README")
    return not (hidden or left)
