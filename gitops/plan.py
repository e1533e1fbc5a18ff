"""What publishing would change: two rendered environments compared by meaning, as data."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from compiler.cost import Tariff
from compiler.record import replace
from gitops.plan_change import Action, Change, PipelineAction, PipelinePlan, Plan, Review, Severity
from gitops.plan_component import Components, component_changes
from gitops.plan_cost import cost_change
from gitops.plan_fields import field_changes
from gitops.plan_graph import graph_change
from gitops.plan_pipeline import (
    created_changes,
    identity,
    other_changes,
    pipeline_changes,
    removed_changes,
)
from gitops.plan_read import Folder, read

__all__ = [
    "Action",
    "Change",
    "PipelineAction",
    "PipelinePlan",
    "Plan",
    "Review",
    "Severity",
    "plan",
]

_LOCK = "argosy.lock"
_RANK: tuple[PipelineAction, ...] = ("removed", "renamed", "changed", "created")
_Files = Mapping[str, bytes]


def plan(
    before: _Files | None,
    after: _Files,
    *,
    environment: str,
    kept: Collection[str] = (),
    now: datetime | None = None,
    components: tuple[Components, Components] = ({}, {}),
    tariff: Tariff | None = None,
    same: Collection[str] = (),
) -> Plan:
    """Compare what an environment holds (None: nothing yet) with what it is to hold.

    Paths are relative to the environment's folder. `kept` are files that somebody else put there
    and publishing leaves alone. With `now` (aware), schedules come with their next times, with a
    `tariff` each pipeline that changes comes with its cost. `components` are those that went into
    the files, before and after. `same` are further pipelines, whose files are known to be equal.
    """
    left = tuple(sorted(path for path in kept if path in (before or {}) and path not in after))
    old = {p: c for p, c in (before or {}).items() if p != _LOCK and p not in left}
    new = {path: content for path, content in after.items() if path != _LOCK}
    was, will = _folders(old), _folders(new)
    loose = [{p: c for p, c in files.items() if "/" not in p} for files in (old, new)]
    plans = sorted(
        _Comparison(was, will, now, tariff).pipelines(),
        key=lambda found: (_RANK.index(found.action), found.name),
    )
    changes = (*component_changes(*components), *other_changes(*loose))
    return Plan(environment, tuple(plans), len({*was, *will, *same}), changes, left)


class _Comparison:
    """The folders of the pipelines that are not what they were, each read once."""

    def __init__(
        self,
        was: Mapping[str, _Files],
        will: Mapping[str, _Files],
        now: datetime | None,
        tariff: Tariff | None,
    ) -> None:
        differ = sorted(n for n in {*was, *will} if was.get(n) != will.get(n))
        self._files = was, will
        self._was = {name: read(was[name]) for name in differ if name in was}
        self._will = {name: read(will[name]) for name in differ if name in will}
        self._stay = {found for folder in self._will.values() for found in folder.prunable}
        self._now, self._tariff = now, tariff

    def pipelines(self) -> Iterator[PipelinePlan]:
        """Yield what happens to each pipeline."""
        gone = {name: folder for name, folder in self._was.items() if name not in self._will}
        come = {name: folder for name, folder in self._will.items() if name not in self._was}
        renames = dict(_renames(gone, come))
        for name, folder in come.items():
            if name in renames:
                yield self._renamed(renames[name], name)
            else:
                found = created_changes(folder, self._now)
                yield self._whole(name, PipelinePlan(name, "created", found))
        for name, folder in gone.items():
            if name not in renames.values():
                found = removed_changes(folder)
                yield self._whole(name, PipelinePlan(name, "removed", found))
        for name in self._was.keys() & self._will.keys():
            yield self._whole(name, self._changed(name))

    def _renamed(self, old: str, new: str) -> PipelinePlan:
        found = PipelinePlan(new, "renamed", (_rename(old, new),), old)
        return self._whole(old, found, graphs=False)

    def _changed(self, name: str) -> PipelinePlan:
        old, new = self._was[name], self._will[name]
        found = pipeline_changes(old, new, self._now)
        found = found or tuple(_form_changes(*(side[name] for side in self._files)))
        return PipelinePlan(name, "changed", found, fields=tuple(field_changes(old, new)))

    def _whole(self, former: str, found: PipelinePlan, *, graphs: bool = True) -> PipelinePlan:
        """Add what a pipeline costs, what is pruned, and its graph if that is another one."""
        old, new = self._was.get(former), self._will.get(found.name)
        pruned = tuple(sorted(old.prunable - self._stay)) if old else ()
        cost = cost_change(old, new, self._tariff, self._now)
        graph = graph_change(old, new, found.changes) if graphs else None
        return replace(found, pruned=pruned, cost=cost, graph=graph)


def _folders(files: _Files) -> dict[str, dict[str, bytes]]:
    folders: dict[str, dict[str, bytes]] = {}
    for path, content in sorted(files.items()):
        if "/" in path:
            folders.setdefault(path.split("/")[0], {})[path] = content
    return folders


def _form_changes(before: _Files, after: _Files) -> Iterator[Change]:
    """Yield files whose bytes differ and whose meaning does not."""
    for path in sorted({*before, *after}):
        if before.get(path) != after.get(path):
            text = "differs only in form (comments, order or quoting)"
            yield Change("changed", "file", path, "", text, "info")


def _renames(gone: Mapping[str, Folder], come: Mapping[str, Folder]) -> Iterator[tuple[str, str]]:
    """Yield new and old name of pipelines that differ in no more than that."""
    both = "|".join(map(re.escape, sorted({*gone, *come}, key=len, reverse=True)))
    names = re.compile(rf"(?<![A-Za-z0-9])(?:{both})(?![A-Za-z0-9])")
    former = {identity(folder, names): name for name, folder in gone.items()} if come else {}
    for name, folder in come.items() if former else ():
        old = former.pop(identity(folder, names), None)
        if old is not None:
            yield name, old


def _rename(old: str, new: str) -> Change:
    text = f"deletes {old} and creates {new}; running and past runs may be deleted with {old}"
    return Change("renamed", "pipeline", new, "", text, "danger", old, new)
