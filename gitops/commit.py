"""A change as a git commit: blobs, a tree from a temporary index, the commit; no working tree."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import chain

from compiler.tree import RenderedTree
from gitops import lock, signing
from gitops.change import Change
from gitops.failure import GitopsFailure
from gitops.git import GitFailure, Repository
from gitops.lock import Lock
from gitops.objects import blob_name, tree_name
from gitops.signing import Signer
from gitops.snapshot import REGULAR, Entry
from gitops.source import SourceRevision
from gitops.target import Target

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_NAME, _EMAIL = "argosy", "argosy@users.noreply.github.com"


class Contents(Mapping[str, bytes]):
    """What an environment is to hold, by path from the root: a tree and its lock.

    A file is read when it is asked for.
    """

    def __init__(self, target: Target, ours: Lock, tree: RenderedTree) -> None:
        prefix = target.path("")
        self.lock, self.place, self.locked = ours, target.path(lock.NAME), ours.write()
        self.folder = target.folder
        self.tree, self._names = tree, {f"{prefix}{path}": path for path in tree.files}

    def __getitem__(self, path: str) -> bytes:
        return self.locked if path == self.place else self.tree.files[self._names[path]]

    def __iter__(self) -> Iterator[str]:
        return chain(self._names, (self.place,))

    def __len__(self) -> int:
        return len(self._names) + 1

    @cached_property
    def blobs(self) -> dict[str, str]:
        """What git calls the files, byte for byte; nothing is written."""
        files, known = self.tree.files, self.tree.blobs
        names = {p: known.get(n) or blob_name(files[n]) for p, n in self._names.items()}
        names[self.place] = blob_name(self.locked)
        return names

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """The entries of the files in a git tree."""
        return {path: Entry(REGULAR, name) for path, name in self.blobs.items()}

    @cached_property
    def name(self) -> str:
        """What git calls the folder if it holds nothing else."""
        return tree_name(self.blobs, self.folder)


def write_tree(repository: Repository, change: Change, files: Mapping[str, bytes]) -> str:
    """Return the tree that `change` leads to; raise `GitopsFailure` if it holds anything else.

    `files` holds what `change` wants: only what is new is written.
    """
    # an index would read every tree of the repository; this reads those that change
    lines = [b"commit refs/made\ncommitter argosy <> 0 +0000\ndata 0\n"]
    lines += [f"from {change.now.commit}\n".encode()] if change.now.commit else []
    lines += [b"D %s\n" % _quoted(path) for path in change.removed]
    for path in (*change.changed, *change.added):
        content, mode = files[path], change.wanted[path].mode.encode()
        lines.append(b"M %s inline %s\ndata %d\n" % (mode, _quoted(path), len(content)))
        lines += [content, b"\n"]
    lines.append(b'ls ""\n')
    made = repository.text("-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--force",
                           stdin=b"".join(lines))  # fmt: skip
    tree = made.split()[2]
    _verify(repository, change, tree)
    return tree


def _quoted(path: str) -> bytes:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'.encode("utf-8", "surrogateescape")


def write_commit(
    repository: Repository,
    tree: str,
    parent: str,
    source: SourceRevision,
    message: str,
    signer: Signer | None = None,
) -> str:
    """Return a new commit in the name of the source's author, signed if there is a `signer`."""
    who = {
        "GIT_AUTHOR_NAME": _plain(source.author_name) or _NAME,
        "GIT_AUTHOR_EMAIL": _plain(source.author_email) or _EMAIL,
        "GIT_COMMITTER_NAME": (signer and signer.name) or _NAME,
        "GIT_COMMITTER_EMAIL": (signer and signer.email) or _EMAIL,
    }
    parents = ("-p", parent) if parent else ()
    options, sign = (signer.options, "-S") if signer else ((), "--no-gpg-sign")
    arguments = (*options, "commit-tree", sign, tree, *parents, "-F", "-")
    try:
        return repository.text(*arguments, stdin=message.encode(), env=who)
    except GitFailure as said:
        raise (signing.failure(said) if signer else said) from None


def write_note(
    repository: Repository, message: str, actor: str, parents: tuple[str, ...] = ()
) -> str:
    """Return a commit of no files that says `message` in the name of `actor`."""
    name = _plain(actor) or _NAME
    who = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", name), ("EMAIL", _EMAIL))
    }
    tree = repository.text("mktree")
    after = [part for parent in parents for part in ("-p", parent)]
    return repository.text("commit-tree", "--no-gpg-sign", tree, *after, "-F", "-",
                           stdin=message.encode(), env=who)  # fmt: skip


def _verify(repository: Repository, change: Change, tree: str) -> None:
    before = change.now.commit or EMPTY_TREE
    raw = repository.run("diff-tree", "-r", "-z", "--no-renames", "--name-only", before, tree)
    touched = set(filter(None, raw.decode("utf-8", "surrogateescape").split("\0")))
    meant = {*change.added, *change.changed, *change.removed}
    if touched != meant:
        odd = ", ".join(f"`{path}`" for path in sorted(touched ^ meant)[:5])
        raise GitopsFailure(f"git built a tree that differs at {odd}; nothing was published")


def _plain(text: str) -> str:
    kept = "".join(char for char in text if char.isprintable() and char not in "<>")
    return kept.strip(" .,:;\"'")
