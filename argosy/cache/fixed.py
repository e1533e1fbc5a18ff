"""Rendering of a revision with a memory: what never changes is compiled once for each tool."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from argosy.cache.rendering import context
from argosy.cache.shelf import Made, Shelf, to_keep
from compiler import render
from compiler.project import Project
from compiler.record import record
from compiler.tree import Pin, RenderedTree


@record
class Fixed:
    """A revision of a project: `home` says which, `more` what else its rendering depends on.

    One shelf serves each `home`; another revision there makes it forget.
    """

    home: str
    more: str
    verified: bool

    def tree(self, then: Project, environment: str, names: Sequence[str]) -> RenderedTree:
        """Return the tree of `names` of the project as it was `then`; raise `Rejected`."""
        known = sha256(f"{context(then, self.verified)}\0{self.more}".encode()).hexdigest()
        with Shelf(self.home, environment, known) as shelf:
            made, new = shelf.made(), dict[str, RenderedTree]()

            def one(name: str) -> RenderedTree:
                found = _kept(made.get(name), shelf.content)
                if found is None:
                    found = render.tree(then, name, environment, verified=self.verified)
                    new[name] = found
                return found

            try:
                return render.collect(then, names, one)
            finally:
                _keep(shelf, new)


def _kept(made: Made | None, content: Callable[[str], bytes | None]) -> RenderedTree | None:
    """Return what the shelf holds, None unless all of it is there."""
    if made is None:
        return None
    files = {path: content(digest) for path, digest in made.files.items()}
    whole = {path: body for path, body in files.items() if body is not None}
    if len(whole) < len(files):
        return None
    pins = {name: Pin(*pin) for name, pin in made.components.items()}
    return RenderedTree(whole, pins, made.files, made.blobs)


def _keep(shelf: Shelf, new: Mapping[str, RenderedTree]) -> None:
    found = {name: to_keep(tree, {}) for name, tree in new.items()}
    bodies = {tree.sums[path]: body for tree in new.values() for path, body in tree}
    shelf.keep({}, found, bodies)
