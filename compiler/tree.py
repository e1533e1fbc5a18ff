"""The rendered tree: what one environment is to hold, path by path, byte by byte."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Pin:
    """Which content of a component was rendered: its version, if it has one, and its digest."""

    version: int | None
    digest: str


@dataclass(frozen=True)
class RenderedTree:
    """Relative POSIX path → bytes; equal input gives equal bytes and so an equal digest.

    `components` are those that went into the files, by the reference of who uses them.
    """

    files: Mapping[str, bytes]
    components: Mapping[str, Pin] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """`sha256:` of every path and its content, in path order."""
        total = hashlib.sha256()
        for path, content in self:
            total.update(f"{path}\0{len(content)}\0".encode() + content)
        return f"sha256:{total.hexdigest()}"

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        return iter(sorted(self.files.items()))

    def __len__(self) -> int:
        return len(self.files)
