"""What keeps an environment from being published now: freezes, holds, edits, promotions."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from argosy.cli import freeze_gate
from compiler import duration
from compiler.record import replace
from gitops.plan_stop import Stop

if TYPE_CHECKING:
    from argosy.cli.gitops_target import Place
    from compiler.freeze import Freeze
    from compiler.project import Environment, Project
    from compiler.tree import RenderedTree
    from gitops.hold import Hold
    from gitops.plan import Plan
    from gitops.published import PublishedTree


def stopped(
    plan: "Plan",
    project: "Project",
    environment: "Environment",
    place: "Place",
    published: "PublishedTree | None",
    tree: "RenderedTree | None",
) -> "Plan":
    """Return the plan with all that stops it; `tree` is None where it is not all that would be
    published, and then nobody knows whether it was there before."""
    found = [*_frozen(plan, project, environment, place, tree)]
    hold = published.hold if published else place.hold()
    found += [_held(hold, environment.name)] if hold else []
    if published and not published.settled and plan:
        found += _changed(place, environment.name)
    return replace(plan, stops=(*found, *_asked(environment)))


def foreseen(plan: "Plan", environment: "Environment") -> "Plan":
    """Return the plan with what is known of stops without the GitOps repository."""
    window = freeze_gate.frozen(environment)
    found = [_window(*window, environment, bool(plan))] if window else []
    return replace(plan, stops=(*found, *_asked(environment)))


def _frozen(
    plan: "Plan",
    project: "Project",
    environment: "Environment",
    place: "Place",
    tree: "RenderedTree | None",
) -> Iterator[Stop]:
    window = freeze_gate.frozen(environment)
    if window is None:
        return
    found = _window(*window, environment, bool(plan))
    before = freeze_gate.earlier(place, tree, project.name) if tree and plan else None
    if before:
        told = f"this content was there before ({before.commit[:10]}): it may come back"
        found = replace(found, binds=False, passes=told)
    yield found


def _window(window: "Freeze", end: datetime, environment: "Environment", binds: bool) -> Stop:
    passes = f"what was there before may come back (`argosy rollback {environment.name}`), and"
    passes += " `argosy publish --break-glass --reason TEXT` passes"
    until = end.astimezone(ZoneInfo(window.timezone)).isoformat()
    return Stop("frozen", window.reason, binds, passes, until=until, timezone=window.timezone,
                window=window.words)  # fmt: skip


def _held(hold: "Hold", environment: str) -> Stop:
    passes = f"nothing passes until `argosy resume {environment}`"
    return Stop("held", hold.reason, True, passes, hold.actor, hold.since, commit=hold.commit)


def _changed(place: "Place", environment: str) -> Iterator[Stop]:
    """Yield who went back or edited in the GitOps repository, which no publish undoes."""
    newest, *earlier = place.history() or (None,)
    if newest is None or newest.kind == "publish":
        return
    known = newest.lock and newest.lock in {entry.lock for entry in earlier}
    what = "rolled back" if known or newest.kind == "rollback" else "edited"
    passes = "a source that says the same passes, and"
    passes += f" `argosy publish --env {environment} --resume` overwrites it"
    reason = f"{what} in the GitOps repository: {newest.subject}"
    yield Stop("changed", reason, True, passes, newest.author, newest.at, commit=newest.commit)


def _asked(environment: "Environment") -> Iterator[Stop]:
    """Yield what a promotion into the environment has to show."""
    rules, name = environment.promotion, environment.name
    wanted = [f"comes from {rules.origin}"] if rules.origin else []
    wanted += [f"has soaked there for {duration.words(rules.soak)}"] if rules.soak else []
    wanted += [f"has run well there {rules.runs} times"] if rules.runs else []
    if wanted:
        origin = rules.origin or "ENV"
        shown = f"`argosy promote {origin} {name} --dry-run` shows what there is of it"
        yield Stop("promotion", f"a promotion {', '.join(wanted)}", False, shown)
