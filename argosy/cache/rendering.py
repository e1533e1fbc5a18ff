"""Rendering with a memory: a pipeline is compiled again only if something that it reads changed.

What was made of a pipeline holds while every file and folder that its compilation read, or
looked for, holds what it held, and so do the project file and the tool.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path

import compiler
from argosy import __version__
from argosy.cache.code import stamps
from argosy.cache.shelf import Made, Shelf, to_keep
from argosy.cache.witness import Witness
from compiler import forms, inputs, render
from compiler.project import FILE, Project
from compiler.record import record, replace
from compiler.tree import Pin, RenderedTree
from gitops.objects import blob_name

_FEW = 100  # compiled pipelines that are held in memory


@record
class Fresh:
    """A pipeline that was just compiled; digests of what was read, None if they may not hold."""

    compiled: "render.Compiled"
    inputs: Mapping[str, str] | None


class Rendering:
    """One rendering of an environment; `compiled` are the pipelines that had to be compiled.

    `fresh` are the first few of these, for whoever wants more of them than their files.
    """

    def __init__(self, project: Project, environment: str, shelf: Shelf, verified: bool) -> None:
        self.witness = Witness(shelf.seen())
        self._project, self._environment, self._verified = project, environment, verified
        self._shelf, self._made = shelf, shelf.made()
        self.compiled: list[str] = []
        self.fresh: dict[str, Fresh] = {}
        # what else could be made of a pipeline and kept in the same way
        self.make: Callable[[str], RenderedTree] | None = None
        self._new: dict[str, Made] = {}
        self._contents: dict[str, bytes] = {}

    def tree(self, names: Sequence[str]) -> RenderedTree:
        """Return the tree of the named pipelines (default: all), contents read when asked for.

        Raise `Rejected` with every mistake.
        """
        return render.collect(self._project, names, self._one)

    def content(self, path: str, digest: str) -> bytes:
        """Return the content of the file at `path` of the tree."""
        found = self._contents.get(digest) or self._shelf.content(digest)
        return self._compiled(path.split("/", 1)[0]).files[path] if found is None else found

    def keep(self) -> None:
        """Put on the shelf what was made and seen."""
        self._shelf.keep(self.witness.news, self._new, self._contents)

    def _one(self, name: str) -> RenderedTree:
        made = self._made.get(name)
        if made and all(self.witness.digest(path) == known for path, known in made.inputs.items()):
            pins = {each: Pin(*pin) for each, pin in made.components.items()}
            kept = _Contents(made.files, self.content)
            return RenderedTree(kept, pins, made.files, made.blobs)
        since = time.time_ns()
        with inputs.observed() as read:
            tree = _named(self._compiled(name))
        known = None
        if self.witness.calm(read, since):
            known = {path: self.witness.digest(path) for path in read}
        if name in self.fresh:
            self.fresh[name] = replace(self.fresh[name], inputs=known)
        self.adopt(name, tree, known)
        return tree

    def adopt(self, name: str, tree: RenderedTree, known: Mapping[str, str] | None) -> None:
        """Keep what was made of a pipeline, for as long as its inputs have the digests `known`."""
        self._contents |= {digest: tree.files[path] for path, digest in tree.sums.items()}
        if known is not None:
            self._new[name] = to_keep(tree, known)

    def _compiled(self, name: str) -> RenderedTree:
        self.compiled.append(name)
        if self.make:
            return self.make(name)
        compiled = render.compile_pipeline(self._project, name, self._environment)
        if len(self.fresh) < _FEW:
            self.fresh[name] = Fresh(compiled, None)
        return render.written(compiled, verified=self._verified)


def _named(tree: RenderedTree) -> RenderedTree:
    """Return `tree` with the names by which it is remembered, and published."""
    blobs = {path: blob_name(content) for path, content in tree.files.items()}
    return RenderedTree(tree.files, tree.components, tree.sums, blobs)


class _Contents(Mapping[str, bytes]):
    """The files of a tree, each read when it is asked for."""

    def __init__(self, sums: Mapping[str, str], read: Callable[[str, str], bytes]) -> None:
        self._sums, self._read = sums, read

    def __getitem__(self, path: str) -> bytes:
        return self._read(path, self._sums[path])

    def __contains__(self, path: object) -> bool:
        return path in self._sums

    def __iter__(self) -> Iterator[str]:
        return iter(self._sums)

    def __len__(self) -> int:
        return len(self._sums)


@contextmanager
def rendering(
    project: Project, environment: str, *, verified: bool = False, remembered: bool = True
) -> Iterator[Rendering]:
    """Offer a rendering of `environment`; what it made is kept when the block ends well.

    One that is not `remembered` has no memory, of a folder that will not be there again.
    """
    shelf = Shelf(project.root, environment, context(project, verified))
    with shelf if remembered else nullcontext(shelf):
        found = Rendering(project, environment, shelf, verified)
        yield found
        found.keep()


def context(project: Project, verified: bool) -> str:
    """Return what else decides about a rendering: the project file, the tool, its libraries."""
    own = stamps(Path(str(compiler.__file__)).parent, forms.folder())
    parts = [__version__, sys.version, str(verified), *own, *_libraries()]
    content = (project.root / FILE).read_bytes()
    return sha256("\0".join(parts).encode() + b"\0" + content).hexdigest()


def _libraries() -> Iterator[str]:
    """Yield what is installed beside the compiler's own libraries, each with its version."""
    import yaml

    site = Path(str(yaml.__file__)).parents[1]
    yield from sorted(entry for entry in os.listdir(site) if entry.endswith(".dist-info"))  # noqa: PTH208
