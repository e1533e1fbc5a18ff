"""What a publish ends in: `Published`, `Proposed`, `Unchanged`, `Superseded` or `Held`."""

from compiler.record import record


@record
class Published:
    """A commit was made; `tree` is the hash of the environment's folder in it."""

    commit: str
    tree: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    attempts: int = 1


@record
class Proposed:
    """A commit waits on `branch` to be merged; `fresh` says whether this publish has put it there.

    `tree` is the hash of the environment's folder in it.
    """

    commit: str
    tree: str
    branch: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    attempts: int = 1
    fresh: bool = True


@record
class Unchanged:
    """The repository holds exactly this already, at `commit`."""

    commit: str
    tree: str
    notes: tuple[str, ...] = ()


@record
class Superseded:
    """Source revision `by`, a descendant of ours, is published; nothing was done."""

    commit: str
    tree: str
    by: str
    reason: str
    notes: tuple[str, ...] = ()


@record
class Held:
    """Publishing would overwrite or delete what it must not; `commit` is who changed `paths`.

    `paths` start at the root of the GitOps repository. `hint` says what releases the hold.
    """

    commit: str
    tree: str
    reason: str
    paths: tuple[str, ...] = ()
    hint: str = ""
    notes: tuple[str, ...] = ()


Outcome = Published | Proposed | Unchanged | Superseded | Held
