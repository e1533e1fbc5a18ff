"""Every finding of a set of manifests: shape, names, Argo's validator, and what fails later."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from compiler.manifests import late, objects, shape, workflow
from compiler.manifests.context import Context
from compiler.manifests.findings import Finding, Judge, Path
from compiler.manifests.holders import Data, Holder, Library, library, mapping, words
from compiler.record import replace

_TEMPLATES = ("WorkflowTemplate", "ClusterWorkflowTemplate")
_AFTER_LINT = {"CronWorkflow": Judge.IGNORED}
_NO_RUN_YET = {"V02": frozenset({Judge.LINT}), "V57": frozenset({Judge.LINT})}


def check(manifests: Sequence[Mapping[str, Any]]) -> list[tuple[Finding, ...]]:
    """Return for each manifest what real Argo and Kubernetes would object to, sorted by place.

    References are looked up among `manifests`, by namespace as written.
    """
    shelf = library(manifests)
    return [
        tuple(sorted(set(_findings(manifest, index, manifests, shelf)), key=_place))
        for index, manifest in enumerate(manifests)
    ]


def admission(
    manifest: Mapping[str, Any], others: Sequence[Mapping[str, Any]]
) -> tuple[Finding, ...]:
    """Return what the API server and the controller answer to a run of one manifest, by place.

    What only `argo lint` minds is left out. References are looked up among `others`.
    """
    kind = words(manifest.get("kind"))
    shaped = list(_met_again(shape.check(manifest, kind), kind))
    found = [*shaped, *objects.check(manifest, kind)]
    if not any(map(shape.unreadable, shaped)):
        found += _submitted(manifest, kind, library(others))
        spec, path = _spec(manifest, kind)
        maps = [other for other in others if other.get("kind") == "ConfigMap"]
        found += late.check(manifest, Holder("local", spec, path), maps)
    kept = [each for each in dict.fromkeys(found) if each.judges != {Judge.LINT}]
    return tuple(sorted(kept, key=_place))


def beside(manifest: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """Return what is to be said of a template that a run calls: the API server, and what is later.

    What the controller refuses of it is found where it is called.
    """
    kind = words(manifest.get("kind"))
    shaped = list(shape.check(manifest, kind))
    found = [*shaped, *objects.check(manifest, kind)]
    if not any(map(shape.unreadable, shaped)):
        spec, path = _spec(manifest, kind)
        maps = [other for other in others if other.get("kind") == "ConfigMap"]
        found += late.check(manifest, Holder("local", spec, path), maps)
    return tuple(sorted(set(found), key=_place))


def _place(finding: Finding) -> tuple[str, str, str]:
    return str(finding), finding.rule, finding.message


def _findings(
    manifest: Data, index: int, manifests: Sequence[Data], shelf: Library
) -> Iterator[Finding]:
    kind = words(manifest.get("kind"))
    if not shape.known(kind):
        return
    shaped = list(shape.check(manifest, kind))
    yield from _met_again(shaped, kind)
    yield from objects.check(manifest, kind)
    if kind == "ConfigMap" or any(map(shape.unreadable, shaped)):
        return
    if kind in _TEMPLATES and any(_same(manifest, other) for other in manifests[:index]):
        message = f'duplicate {kind} found: "{mapping(manifest.get("metadata")).get("name")}"'
        yield Finding(("metadata", "name"), "V57", message, _NO_RUN_YET["V57"])
    yield from _validated(manifest, kind, shelf)
    spec, path = _spec(manifest, kind)
    maps = [other for other in manifests if other.get("kind") == "ConfigMap"]
    yield from late.check(manifest, Holder("local", spec, path), maps)


def _met_again(shaped: Iterable[Finding], kind: str) -> Iterator[Finding]:
    """What only Argo's reader minds, its controller meets again."""
    later = frozenset({_AFTER_LINT.get(kind, Judge.SUBMIT)})
    for found in shaped:
        alone = found.judges == frozenset({Judge.LINT})
        yield replace(found, judges=found.judges | later) if alone else found


def _spec(manifest: Data, kind: str) -> tuple[Data, Path]:
    """Return the spec that runs, and its path."""
    spec = mapping(manifest.get("spec"))
    if kind == "CronWorkflow":
        return mapping(spec.get("workflowSpec")), ("spec", "workflowSpec")
    return spec, ("spec",)


def _same(one: Data, other: Data) -> bool:
    keys = [(m.get("kind"), *_identity(m)) for m in (one, other)]
    return keys[0] == keys[1]


def _identity(manifest: Data) -> tuple[str, str]:
    metadata = mapping(manifest.get("metadata"))
    return words(metadata.get("namespace")), words(metadata.get("name"))


def _validated(manifest: Data, kind: str, shelf: Library) -> Iterator[Finding]:
    """Yield what lint rejects, then what only a submission does."""
    later = _AFTER_LINT.get(kind, Judge.SUBMIT)
    ctx = workflow.context(
        shelf,
        _identity(manifest)[0],
        template_alone=kind in _TEMPLATES,
        lenient=kind != "CronWorkflow",
    )
    _walk(ctx, manifest, kind)
    yield from _found(ctx, (Judge.LINT, later))
    if kind != "CronWorkflow":
        known = {(path, rule, message) for path, rule, message in ctx.found}
        for finding in _submitted(manifest, kind, shelf):
            if (finding.path, finding.rule, finding.message) not in known:
                yield finding


def _walk(ctx: Context, manifest: Data, kind: str) -> None:
    metadata = mapping(manifest.get("metadata"))
    if kind == "CronWorkflow":
        workflow.check_schedule(ctx, mapping(manifest.get("spec")))
        metadata = workflow.cron_metadata(_identity(manifest)[1], mapping(manifest.get("spec")))
    spec, path = _spec(manifest, kind)
    workflow.check(ctx, spec, metadata, path)


def _submitted(manifest: Data, kind: str, shelf: Library) -> Iterator[Finding]:
    """Yield what the controller answers to a run with the arguments that are written."""
    run = workflow.context(shelf, _identity(manifest)[0], template_alone=False, lenient=False)
    spec, _ = _spec(manifest, kind)
    if kind not in _TEMPLATES:
        _walk(run, manifest, kind)
    elif spec.get("workflowTemplateRef") is None:
        workflow.submitted(run, Holder(f"{kind}/{_identity(manifest)[1]}", spec))
    yield from _found(run, (_AFTER_LINT.get(kind, Judge.SUBMIT),))


def _found(ctx: Context, judges: Iterable[Judge]) -> Iterator[Finding]:
    for path, rule, message in ctx.found:
        missing = rule == "V56" and path[-1:] == ("workflowTemplateRef",)
        found = [Judge.ERROR if missing and j == Judge.SUBMIT else j for j in judges]
        yield Finding(path, rule, message, frozenset(found))
