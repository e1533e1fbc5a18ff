"""What publishing would change: two rendered environments compared by meaning, as data."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from compiler.cost import Tariff
from compiler.record import replace
from gitops.plan_change import Action, Change, PipelineAction, PipelinePlan, Plan, Severity
from gitops.plan_component import Components, component_changes
from gitops.plan_cost import CostChange, cost_change
from gitops.plan_pipeline import (
    created_changes,
    identity,
    other_changes,
    pipeline_changes,
    removed_changes,
)
from gitops.plan_read import Folder, read

__all__ = ["Action", "Change", "PipelineAction", "PipelinePlan", "Plan", "Severity", "plan"]

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
) -> Plan:
    """Compare what an environment holds (None: nothing yet) with what it is to hold.

    Paths are relative to the environment's folder. `kept` are files that somebody else put there
    and publishing leaves alone. With `now` (aware), schedules come with their next times, with a
    `tariff` each pipeline that changes comes with its cost. `components` are those that went into
    the files, before and after.
    """
    left = tuple(sorted(path for path in kept if path in (before or {}) and path not in after))
    old = {p: c for p, c in (before or {}).items() if p != _LOCK and p not in left}
    new = {path: content for path, content in after.items() if path != _LOCK}
    was, will = _folders(old), _folders(new)
    loose = [{p: c for p, c in files.items() if "/" not in p} for files in (old, new)]
    plans = [
        replace(found, cost=_cost(found, was, will, tariff, now))
        for found in _pipelines(was, will, now)
    ]
    plans.sort(key=lambda found: (_RANK.index(found.action), found.name))
    changes = (*component_changes(*components), *other_changes(*loose))
    return Plan(environment, tuple(plans), len({*was, *will}), changes, left)


def _cost(
    found: PipelinePlan,
    was: Mapping[str, _Files],
    will: Mapping[str, _Files],
    tariff: Tariff | None,
    now: datetime | None,
) -> CostChange | None:
    before, after = was.get(found.renamed_from or found.name), will.get(found.name)
    old, new = (read(files) if files else None for files in (before, after))
    return cost_change(old, new, tariff, now)


def _folders(files: _Files) -> dict[str, dict[str, bytes]]:
    folders: dict[str, dict[str, bytes]] = {}
    for path, content in sorted(files.items()):
        if "/" in path:
            folders.setdefault(path.split("/")[0], {})[path] = content
    return folders


def _pipelines(
    was: Mapping[str, _Files], will: Mapping[str, _Files], now: datetime | None
) -> Iterator[PipelinePlan]:
    gone = {name: read(files) for name, files in was.items() if name not in will}
    come = {name: read(files) for name, files in will.items() if name not in was}
    renames = dict(_renames(gone, come))
    for name, folder in come.items():
        if name in renames:
            yield PipelinePlan(name, "renamed", (_rename(renames[name], name),), renames[name])
        else:
            yield PipelinePlan(name, "created", created_changes(folder, now))
    for name, folder in gone.items():
        if name not in renames.values():
            yield PipelinePlan(name, "removed", removed_changes(folder))
    for name in was.keys() & will.keys():
        if was[name] != will[name]:
            yield PipelinePlan(name, "changed", _changes(was[name], will[name], now))


def _changes(before: _Files, after: _Files, now: datetime | None) -> tuple[Change, ...]:
    found = pipeline_changes(read(before), read(after), now)
    return found or tuple(_form_changes(before, after))


def _form_changes(before: _Files, after: _Files) -> Iterator[Change]:
    """Yield files whose bytes differ and whose meaning does not."""
    for path in sorted({*before, *after}):
        if before.get(path) != after.get(path):
            text = "differs only in form (comments, order or quoting)"
            yield Change("changed", "file", path, "", text, "info")


def _renames(gone: Mapping[str, Folder], come: Mapping[str, Folder]) -> Iterator[tuple[str, str]]:
    """Yield new and old name of pipelines that differ in no more than that."""
    former = {identity(folder, name): name for name, folder in gone.items()}
    for name, folder in come.items():
        old = former.pop(identity(folder, name), None)
        if old is not None:
            yield name, old


def _rename(old: str, new: str) -> Change:
    text = f"deletes {old} and creates {new}; running and past runs may be deleted with {old}"
    return Change("renamed", "pipeline", new, "", text, "danger", old, new)
