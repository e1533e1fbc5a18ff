"""The rendered tree: what one environment is to hold, path by path, byte by byte."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from compiler.record import field, record


@record
class Pin:
    """Which content of a component was rendered: its version, if it has one, and its digest."""

    version: int | None
    digest: str


@record
class RenderedTree:
    """Relative POSIX path → bytes; equal input gives equal bytes and so an equal digest.

    `components` are those that went into the files, by the reference of who uses them; `known`
    are hex SHA-256 of files, and `blobs` git's names for them, where they are known without
    reading these.
    """

    files: Mapping[str, bytes]
    components: Mapping[str, Pin] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    blobs: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def sums(self) -> dict[str, str]:
        """The hex SHA-256 of each file, in path order."""
        paths = sorted(self.files)
        return {path: self.known.get(path) or sha256(self.files[path]) for path in paths}

    @property
    def digest(self) -> str:
        """`sha256:` of every path and the sum of its content, in path order."""
        lines = "".join(f"{path}\0{digest}\0" for path, digest in self.sums.items())
        return f"sha256:{sha256(lines.encode())}"

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        return iter(sorted(self.files.items()))

    def __len__(self) -> int:
        return len(self.files)


class _Joined(Mapping[str, bytes]):
    """The files of several trees, each read where it is when it is asked for."""

    def __init__(self, trees: Iterable[RenderedTree]) -> None:
        self._owners = {path: tree.files for tree in trees for path in tree.files}

    def __getitem__(self, path: str) -> bytes:
        return self._owners[path][path]

    def __contains__(self, path: object) -> bool:
        return path in self._owners

    def __iter__(self) -> Iterator[str]:
        return iter(self._owners)

    def __len__(self) -> int:
        return len(self._owners)


def joined(trees: Sequence[RenderedTree]) -> RenderedTree:
    """Return one tree that holds the files of all `trees`, whose paths differ."""
    components = {name: pin for tree in trees for name, pin in tree.components.items()}
    known = {path: digest for tree in trees for path, digest in tree.known.items()}
    blobs = {path: name for tree in trees for path, name in tree.blobs.items()}
    return RenderedTree(_Joined(trees), components, known, blobs)


def sha256(content: bytes) -> str:
    """Return the hex SHA-256 of `content`."""
    return hashlib.sha256(content).hexdigest()
