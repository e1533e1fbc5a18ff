"""Files → the bundle of the workflow to run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from argosy.engine.manifests.bundle import Bundle, Scope, Sources, references, scope
from argosy.engine.manifests.merging import joined
from argosy.engine.manifests.objects import Object, objects, shown
from compiler.problems import Location, Problem, Rejected, nearest

_RUNNABLE = ("Workflow", "WorkflowTemplate", "CronWorkflow", "ClusterWorkflowTemplate")
_SPECS: Mapping[str, tuple[str, ...]] = {"CronWorkflow": ("spec", "workflowSpec")}
_LABEL = "workflows.argoproj.io/cron-workflow"


def load(
    path: Path | Sequence[Path],
    name: str = "",
    *,
    as_argo: bool = False,
    remembered: bool = False,
) -> Bundle:
    """Return the bundle of the workflow among the files of `path`: a file, a folder or several.

    `name` chooses among several workflows, as `NAME` or `KIND/NAME`. `as_argo`: read what is
    doubtful as kubectl does. `remembered`: what an earlier process has parsed is not parsed again.
    Raise `Rejected` with every mistake of the files, `EngineError` when there are none.
    """
    paths = [path] if isinstance(path, Path) else list(path)
    found = objects(paths, lenient=as_argo, remembered=remembered)
    return bundle(_chosen(found, name, paths[0]), found, paths[0])


def bundle(chosen: Object, found: Sequence[Object], folder: Path) -> Bundle:
    """Return what a run of `chosen` needs of the objects `found`."""
    prefix = _SPECS.get(chosen.kind, ("spec",))
    own = _at(chosen.data, prefix)
    sources: Sources = ((chosen, prefix),)
    reference = own.get("workflowTemplateRef")
    below = scope(found, _mapping(reference), chosen.namespace) if reference is not None else None
    if below is not None:
        own = joined(own, below.spec)
        sources = (*sources, *below.sources)
    labels, annotations = (_labelled(chosen, own, sort) for sort in ("labels", "annotations"))
    kept = [item for item in found if item.namespace in (chosen.namespace, "", "default")]
    maps, secrets = (
        {item.name: item.data for item in kept if item.kind == kind}
        for kind in ("ConfigMap", "Secret")
    )
    return Bundle(
        chosen.name,
        chosen.namespace or "default",
        chosen.kind,
        labels,
        annotations,
        Scope(f"local/{chosen.name}", own, sources),
        maps,
        secrets,
        folder,
        found,
    )


def _labelled(chosen: Object, spec: Mapping[str, Any], sort: str) -> Mapping[str, str]:
    """Return the labels or annotations that the run's workflow has in a cluster."""
    found = {} if chosen.kind == "CronWorkflow" else dict(_mapping(chosen.metadata.get(sort)))
    if chosen.kind == "CronWorkflow":
        found |= _mapping(_at(chosen.data, ("spec", "workflowMetadata")).get(sort))
        found |= {_LABEL: chosen.name} if sort == "labels" else {}
    return found | dict(_mapping(_mapping(spec.get("workflowMetadata")).get(sort)))


def _chosen(found: Sequence[Object], name: str, path: Path) -> Object:
    """Return the workflow to run: a Workflow before a template, and what nobody refers to."""
    known = [item for item in found if item.kind in _RUNNABLE]
    wanted = [i for i in known if name in (i.name, f"{i.kind}/{i.name}")] if name else known
    ranked = sorted(wanted, key=lambda item: _RUNNABLE.index(item.kind))
    if not name:
        ranked = _roots(ranked)
    names = list(dict.fromkeys(item.name for item in ranked))
    if len(names) == 1:
        return ranked[0]
    listed = ", ".join(f"`{item.name}`" for item in ranked or known)
    if names:
        message, hint = f"there are several workflows: {listed}", "name one by --workflow"
    else:
        message = f"there is no workflow `{name}`" if name else "there is no workflow to run"
        hint = nearest(name, [item.name for item in known]) if name else "of a kind that Argo runs"
    at = ranked[1].at(("metadata", "name")) if names else Location(shown(path))
    raise Rejected([Problem("no-workflow", message, at, hint)])


def _roots(ranked: list[Object]) -> list[Object]:
    """Return the candidates: the Workflows if there are any, else what no other one calls."""
    if own := [item for item in ranked if item.kind == "Workflow"]:
        return own
    if len({item.name for item in ranked}) < 2:
        return ranked
    called = {name for item in ranked for name in references(item.data)}
    free = [i for i in ranked if i.name not in called and i.kind != "ClusterWorkflowTemplate"]
    return [item for item in free if _entry(item)] or free or ranked


def _entry(item: Object) -> bool:
    spec = _at(item.data, _SPECS.get(item.kind, ("spec",)))
    return bool(spec.get("entrypoint") or spec.get("workflowTemplateRef"))


def _at(data: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    for part in path:
        data = _mapping(data.get(part))
    return data


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
