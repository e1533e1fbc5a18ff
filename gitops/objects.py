"""Objects of git as git names and lists them: blobs, entries of trees."""

from collections.abc import Iterator, Mapping
from hashlib import sha1

_REGULAR, _FOLDER = "100644", "40000"


def blob_name(content: bytes) -> str:
    """Return the name that git gives to a file of this content."""
    return sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def tree_name(blobs: Mapping[str, str], top: str = "") -> str:
    """Return the name that git gives to folder `top` if it holds regular files alone: `blobs`.

    These are names by paths, which are below `top`.
    """
    folders: dict[str, list[tuple[str, bytes]]] = {top: []}
    for path, name in blobs.items():
        folder, _, last = path.rpartition("/")
        if folder not in folders:
            folders |= {above: [] for above in _above(folder, top) if above not in folders}
        folders[folder].append((last, f"{_REGULAR} {last}\0".encode() + bytes.fromhex(name)))
    for folder in sorted(folders.keys() - {top}, key=len, reverse=True):
        parent, _, last = folder.rpartition("/")
        line = f"{_FOLDER} {last}\0".encode() + _tree_digest(folders[folder])
        folders[parent].append((f"{last}/", line))
    return _tree_digest(folders[top]).hex()


def _above(folder: str, top: str) -> Iterator[str]:
    """Yield `folder` and those above it that are below `top`."""
    while folder != top:
        yield folder
        folder = folder.rpartition("/")[0]


def _tree_digest(lines: list[tuple[str, bytes]]) -> bytes:
    """Return the name of a tree, in bytes; git sorts folders as if their names ended in `/`."""
    body = b"".join(line for _, line in sorted(lines))
    return sha1(b"tree %d\0" % len(body) + body, usedforsecurity=False).digest()


def listed(raw: bytes) -> Iterator[tuple[str, list[str]]]:
    """Yield each path that `git ls-tree -z` wrote, and its mode, kind, name and, if asked, size."""
    for line in raw.decode("utf-8", "surrogateescape").split("\0"):
        if line:
            head, _, path = line.partition("\t")
            yield path, head.split()
