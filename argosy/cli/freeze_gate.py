"""The gate of freeze windows: nothing new may come into an environment that is frozen."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from argosy.cli import terminal
from argosy.cli.usage import UsageFailure
from argosy.failure import Failure

if TYPE_CHECKING:
    from argosy.cli.gitops_target import Place
    from compiler.freeze import Freeze
    from compiler.project import Environment
    from compiler.tree import RenderedTree
    from gitops.history import Entry


class FrozenFailure(Failure):
    """The environment is frozen: what was asked for is held back."""

    exit_code = 3


def check(
    environment: "Environment",
    place: "Place",
    tree: "RenderedTree",
    project: str,
    *,
    break_glass: bool,
    reason: str,
) -> Mapping[str, str]:
    """Return the trailers of a commit that may be made; raise `FrozenFailure` if none may be.

    What was published before may come back: it is known by its content, not by what is said.
    """
    from gitops.message import BREAK_GLASS, REASON

    if break_glass and not reason.strip():
        raise UsageFailure("`--break-glass` needs a reason", "--reason 'why it cannot wait'")
    told, said = _window(environment), {REASON: reason} if reason.strip() else {}
    if not told:
        return said
    before = earlier(place, tree, project)
    if before is not None:
        terminal.talk(f"note: {told}; this content was there before ({before.commit[:10]})")
        return said
    if break_glass:
        terminal.talk(f"note: {told}; going on in spite of it: {reason}")
        return {BREAK_GLASS: reason}
    hint = "wait, go back to what was there (`argosy rollback`), or say `--break-glass --reason`"
    raise FrozenFailure(told, hint)


def frozen(environment: "Environment") -> "tuple[Freeze, datetime] | None":
    """Return the window that freezes the environment now, and when it ends."""
    if not environment.freeze:
        return None
    from compiler.freeze import frozen as found

    return found(environment.freeze, datetime.now(UTC))


def _window(environment: "Environment") -> str:
    """Return what freezes the environment now and until when, empty if nothing does."""
    found = frozen(environment)
    if found is None:
        return ""
    freeze, end = found
    shown = end.astimezone(ZoneInfo(freeze.timezone)).strftime("%a %Y-%m-%d %H:%M")
    return f"{environment.name} is frozen until {shown} {freeze.timezone}: {freeze.reason}"


def earlier(place: "Place", tree: "RenderedTree", project: str) -> "Entry | None":
    """Return the commit that held `tree`, byte for byte; the lock names the digest of each file."""
    from gitops import lock
    from gitops.objects import blob_name

    blob = blob_name(lock.lock(place.target.environment, project, tree).write())
    return next((entry for entry in place.history() if entry.lock == blob), None)
