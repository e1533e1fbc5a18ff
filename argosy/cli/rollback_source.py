"""The way back in the source: its files as they were, or the pin of one environment."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from argosy.cli import terminal
from argosy.report.words import counted
from compiler.problems import Rejected
from compiler.project import FILE
from compiler.record import record, replace

if TYPE_CHECKING:
    from compiler.project import Environment, Project
    from compiler.tree import RenderedTree
    from gitops.pin import Pins
    from gitops.rollback import Past
    from gitops.snapshot import Entry
    from gitops.source import SourceRevision

_REVERTED, _NAMED = 12, 2000


@record
class Way:
    """The way back: changes of the source, how to say it, and the tree that they render to."""

    title: str
    changes: "dict[str, Entry | None]"
    said: tuple[str, ...]
    tree: "RenderedTree"


def find_way(
    project: "Project",
    environment: "Environment",
    source: "SourceRevision",
    past: "Past",
    names: tuple[str, ...],
    *,
    pin: bool,
) -> Way:
    """Return how the source gives what `past` was, of all or of some pipelines.

    A pinned environment gets its pin of then, others the files of then. Raise `SourceFailure`
    when the revision is not at hand, `RollbackFailure` when files of some pipelines are not all.
    """
    from gitops import promotion
    from gitops.export import commit
    from gitops.pin import read_pins

    then = promotion.held(project.root, environment.name, past.source)
    revision = commit(project.root, past.source)
    what = f"{', '.join(names)} in {environment.name}" if names else environment.name
    title = f"Roll back {what} to {revision[:10]}"
    now = read_pins(project.root, environment.name)
    pinned = bool(now.revisions()) or then.revision != past.source or bool(then.pipelines)
    if pin or pinned:
        return _moved_back(project, environment, now, then, names, title)
    return _reverted(project, environment, source, past, names, title)


def _moved_back(
    project: "Project",
    environment: "Environment",
    now: "Pins",
    then: "Pins",
    names: tuple[str, ...],
    title: str,
) -> Way:
    """Move the pin of the environment back: no other environment changes."""
    from argosy.cli.desired import desired
    from compiler.tree import RenderedTree
    from gitops.branch import store
    from gitops.pin import file, moved
    from gitops.promotion import pictured

    pins = moved(now, then, names)
    with desired(project, environment, verified=True, pins=pins) as wanted:
        tree = RenderedTree(dict(wanted.tree), wanted.tree.components)
        pins = replace(pins, images=pictured(tree.files, frozenset(wanted.sources)))
    content = pins.write()
    same = content == now.write() and bool(now.revisions())
    said = [f"{environment.name} is pinned; no other environment changes."]
    for name in sorted({*now.models, *pins.models}):
        before, after = (found.models.get(name, "not pinned") for found in (now, pins))
        said += [f"model {name}: {before} -> {after}"] if before != after else []
    changes: dict[str, Entry | None] = {}
    if not same:
        changes[file(environment.name)] = store(project.root, content)
    return Way(title, changes, tuple(said), tree)


def _reverted(
    project: "Project",
    environment: "Environment",
    source: "SourceRevision",
    past: "Past",
    names: tuple[str, ...],
    title: str,
) -> Way:
    """Restore the files of the source: for every environment that follows the branch."""
    from gitops import branch
    from gitops.pin import read_pins
    from gitops.rollback import RollbackFailure

    here, then = (branch.entries(project.root, sha) for sha in (source.sha, past.source))
    differing = [path for path in sorted({*here, *then}) if here.get(path) != then.get(path)]
    if names:
        places = tuple(f"{project.folder}/{name}/" for name in names)
        chosen = {path for path in differing if path.startswith(places)}
    else:
        chosen = {
            path
            for sha in (source.sha, past.source)
            for path in _inputs(project, environment.name, sha)
        }
    changes = {path: then.get(path) for path in differing if path in chosen}
    wanted = past.wanted(names)
    changes, tree = _sparing(project, environment, source, changes, wanted, title)
    odd = {path.split("/")[0] for path, _ in tree.files.items() ^ wanted.items()}
    if odd and names:
        hint = "roll back all of it, or hold it at its revision: `--pin`"
        text = f"with its own files alone, `{min(odd)}` would not be what it was"
        raise RollbackFailure(text, hint)
    if odd:
        shown = ", ".join(f"`{name}`" for name in sorted(odd)[:3])
        terminal.talk(f"note: this Argosy renders {shown} of then in another form than it had")
    followers = [
        name
        for name in project.environments
        if name != environment.name and not read_pins(project.root, name).revision
    ]
    said = (
        *_followers(followers),
        *_settings(changes),
        *_commits(project, source, past, changes),
    )
    return Way(title, changes, said, tree)


def _sparing(
    project: "Project",
    environment: "Environment",
    source: "SourceRevision",
    changes: "dict[str, Entry | None]",
    wanted: Mapping[str, bytes],
    title: str,
) -> "tuple[dict[str, Entry | None], RenderedTree]":
    """Return the changes and what they render to; the project file stays as it is if it may.

    Else environments, freezes and policies that came since would go with a bad step.
    """

    def rendered(changes: "dict[str, Entry | None]") -> "RenderedTree":
        from argosy.cli import revisions
        from compiler.render import render
        from gitops import branch

        commit = branch.commit(project.root, source.sha, changes, title) if changes else source.sha
        with revisions.at(project, commit) as result:
            return render(result, environment.name, verified=True)

    kept = {path: entry for path, entry in changes.items() if path != FILE}
    if len(kept) < len(changes):
        with suppress(Rejected):
            tree = rendered(kept)
            if tree.files == wanted:
                return kept, tree
    return changes, rendered(changes)


def _settings(changes: Iterable[str]) -> Iterator[str]:
    if FILE in changes:
        yield f"{FILE} goes back as well: environments, freezes and policies that came since go."


def _inputs(project: "Project", environment: str, revision: str) -> set[str]:
    """Return the files that a rendering reads at a revision: no others have to be as they were."""
    from argosy.cli import revisions
    from compiler.inputs import observed
    from compiler.render import render

    # what cannot be rendered now is what may have to be taken back
    with observed() as read, revisions.at(project, revision) as found, suppress(Rejected):
        render(found, environment)
    root = found.root
    return {str(Path(path).relative_to(root)) for path in read if Path(path).is_relative_to(root)}


def _followers(names: list[str]) -> Iterator[str]:
    if names:
        do = ("follows", "changes") if len(names) == 1 else ("follow", "change")
        yield f"Reverts the source: {', '.join(names)} {do[0]} the branch and {do[1]} too."
        yield "(`--pin` changes this environment alone.)"


def _commits(
    project: "Project", source: "SourceRevision", past: "Past", paths: Iterable[str]
) -> Iterator[str]:
    """Yield the commits that are taken back."""
    from gitops.git import Repository

    log = ("log", "--no-merges", "--format=%h %an: %s", f"{past.source}..{source.sha}")
    named = [path for path, _ in zip(paths, range(_NAMED))]
    lines = Repository(project.root).text(*log, "--", *named).splitlines() if named else []
    if lines:
        yield f"Takes back {counted(len(lines), 'commit')}:"
    yield from (f"  {line}" for line in lines[:_REVERTED])
    if len(lines) > _REVERTED:
        yield f"  and {len(lines) - _REVERTED} more"
