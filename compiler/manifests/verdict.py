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
    namespace, metadata = _identity(manifest)[0], mapping(manifest.get("metadata"))
    spec, path = _spec(manifest, kind)
    later, alone = _AFTER_LINT.get(kind, Judge.SUBMIT), kind in _TEMPLATES
    ctx = workflow.context(shelf, namespace, template_alone=alone, lenient=kind != "CronWorkflow")
    if kind == "CronWorkflow":
        workflow.check_schedule(ctx, mapping(manifest.get("spec")))
        metadata = workflow.cron_metadata(_identity(manifest)[1])
    workflow.check(ctx, spec, metadata, path)
    yield from _found(ctx, (Judge.LINT, later))
    if kind == "CronWorkflow":
        return
    run = workflow.context(shelf, namespace, template_alone=False, lenient=False)
    if alone and spec.get("workflowTemplateRef") is None:
        name = _identity(manifest)[1]
        workflow.submitted(run, Holder(f"{kind}/{name}", spec))
    elif not alone:
        workflow.check(run, spec, metadata, path)
    run.found = {found: None for found in run.found if found not in ctx.found}
    yield from _found(run, (later,))


def _found(ctx: Context, judges: Iterable[Judge]) -> Iterator[Finding]:
    for path, rule, message in ctx.found:
        missing = rule == "V56" and path[-1:] == ("workflowTemplateRef",)
        found = [Judge.ERROR if missing and j == Judge.SUBMIT else j for j in judges]
        yield Finding(path, rule, message, frozenset(found))
