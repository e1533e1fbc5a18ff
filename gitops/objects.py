"""Objects of git as git names and lists them: blobs, entries of trees."""

from collections.abc import Iterator
from hashlib import sha1


def blob_name(content: bytes) -> str:
    """Return the name that git gives to a file of this content."""
    return sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def listed(raw: bytes) -> Iterator[tuple[str, list[str]]]:
    """Yield each path that `git ls-tree -z` wrote, and its mode, kind, name and, if asked, size."""
    for line in raw.decode("utf-8", "surrogateescape").split("\0"):
        if line:
            head, _, path = line.partition("\t")
            yield path, head.split()
