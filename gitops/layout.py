"""Which paths and sizes may be published. git drops unsafe paths in silence, so they end here."""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from gitops.failure import GitopsFailure

LARGEST_FILE = 1024 * 1024
LARGEST_TREE = 64 * 1024 * 1024
_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


class LayoutFailure(GitopsFailure):
    """A rendered tree that cannot be published as it is."""

    exit_code = 1


def fault(path: str) -> str:
    """Return what is wrong with `path` in a repository, or an empty string."""
    if path.startswith("/") or "\\" in path:
        return "is not a relative path with `/`"
    folder, between, name = path.rpartition("/")
    return (_folder_fault(folder) if between else "") or _segment_fault(name)


@lru_cache(100_000)
def _folder_fault(folder: str) -> str:
    return next(filter(None, map(_segment_fault, folder.split("/"))), "")


@lru_cache(100_000)
def _segment_fault(segment: str) -> str:
    if segment in ("", ".", ".."):
        return f"has the segment `{segment}`"
    if segment.lower().startswith(".git"):
        return f"has the segment `{segment}`, which is git's own"
    if not _SEGMENT.fullmatch(segment) or segment.endswith("."):
        return f"has the segment `{segment}`; allowed are letters, digits, `.`, `_` and `-`"
    if _DEVICE.fullmatch(segment):
        return f"has the segment `{segment}`, a device name on Windows"
    return ""


def check(paths: Collection[str], reserved: str) -> None:
    """Raise `LayoutFailure` naming every path that may not be published."""
    wrong = [f"`{path}` {what}" for path in _suspects(paths) if (what := fault(path))]
    wrong += [f"`{path}` is reserved" for path in paths if path.lower() == reserved]
    _refuse([*wrong, *_collisions(paths)])


def weigh(files: Mapping[str, bytes]) -> None:
    """Raise `LayoutFailure` naming every file that is too large to be published."""
    sizes = {path: len(body) for path, body in files.items()}
    wrong = [
        f"`{path}` has {sizes[path]:,} bytes; the limit is {LARGEST_FILE:,}"
        for path in sorted(path for path, size in sizes.items() if size > LARGEST_FILE)
    ]
    if sum(sizes.values()) > LARGEST_TREE:
        wrong.append(f"all files together exceed {LARGEST_TREE:,} bytes")
    _refuse(wrong)


def _refuse(wrong: list[str]) -> None:
    if wrong:
        raise LayoutFailure("not publishable: " + "; ".join(wrong[:10]), "rename or shrink them")


def _suspects(files: Iterable[str]) -> list[str]:
    """Return the paths, sorted, if one of them has a fault: many share folders and names."""
    halves = [path.rpartition("/") for path in files]
    parts = {folder or between + name for folder, between, name in halves}
    parts |= {name for _, _, name in halves}
    return sorted(files) if any(map(fault, parts)) else []


def parents(path: str) -> tuple[str, ...]:
    """Return the folders above `path`, nearest last."""
    parts = path.split("/")
    return tuple("/".join(parts[:end]) for end in range(1, len(parts)))


def _collisions(files: Iterable[str]) -> list[str]:
    seen: dict[str, str] = {}
    wrong = []
    for path in sorted(files):
        first = seen.setdefault(path.casefold(), path)
        if first != path:
            wrong.append(f"`{path}` and `{first}` differ in case only")
    nearest = {low.rpartition("/")[0] for low in seen}
    folders = nearest.union(*map(parents, nearest))
    return wrong + [
        f"`{path}` is a file and a folder" for low, path in seen.items() if low in folders
    ]
