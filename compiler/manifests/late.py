"""What Argo's validator and the API server let pass, and what goes wrong later: G, N, and more."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from compiler.manifests import late_fields, late_flow, late_names, late_pods, late_world, metrics
from compiler.manifests.durations import is_argo, wrong
from compiler.manifests.findings import Finding, Judge, Path
from compiler.manifests.holders import TYPES, Data, Holder, mapping, mappings, words
from compiler.manifests.late_part import Part, finding

_Rule = Callable[[Part], Iterator[Finding]]
_RULES: Sequence[_Rule] = (
    *late_flow.RULES,
    *late_names.RULES,
    *late_pods.RULES,
    *late_fields.RULES,
)


def check(manifest: Data, base: Holder, maps: Iterable[Data]) -> Iterator[Finding]:
    """Yield what fails, hangs or goes wrong once the spec that `base` holds runs.

    `maps`: the ConfigMaps that stand beside it.
    """
    defaults = _defaults(base.spec)
    for index, template in enumerate(mappings(base.spec.get("templates"))):
        part = Part(base, {**defaults, **template}, (*base.path, "templates", index))
        for rule in _RULES:
            yield from rule(part)
    yield from late_flow.recursions(base)
    yield from late_flow.exits(base)
    yield from _spec(base)
    yield from late_world.check(base, list(maps))
    if manifest.get("kind") == "CronWorkflow":
        yield from _schedule(mapping(manifest.get("spec")))


def _defaults(spec: Data) -> Data:
    """Return what every template has unless it says otherwise; what it does is its own."""
    found = {k: v for k, v in mapping(spec.get("templateDefaults")).items() if k not in TYPES}
    if spec.get("retryStrategy") is not None:
        found.setdefault("retryStrategy", spec["retryStrategy"])
    return found


def _spec(base: Holder) -> Iterator[Finding]:
    delay = words(mapping(base.spec.get("podGC")).get("deleteDelayDuration"))
    if delay and not is_argo(delay):
        at = (*base.path, "podGC", "deleteDelayDuration")
        yield finding("G10", at, f"{wrong(delay)}; the delay is ignored", Judge.WRONG)
    labels = mapping(mapping(base.spec.get("workflowMetadata")).get("labels"))
    at = (*base.path, "workflowMetadata", "labels")
    yield from late_names.labels(labels, at)
    pods = mapping(mapping(base.spec.get("podMetadata")).get("labels"))
    yield from late_names.labels(pods, (*base.path, "podMetadata", "labels"))
    given = mapping(base.spec.get("arguments")).get("parameters")
    for index, parameter in enumerate(mappings(given)):
        if "{{" in words(parameter.get("value")):
            place = (*base.path, "arguments", "parameters", index, "value")
            message = "tags inside a parameter value are evaluated"
            yield finding("N08", place, message, Judge.WRONG)
    yield from _metrics(mapping(base.spec.get("metrics")), (*base.path, "metrics"))


def _metrics(body: Data, path: Path) -> Iterator[Finding]:
    for index, metric in enumerate(mappings(body.get("prometheus"))):
        if not any(metric.get(kind) is not None for kind in metrics.KINDS):
            at = (*path, "prometheus", index)
            yield finding("V38", at, "could not construct metric: no kind", Judge.WRONG)


def _schedule(spec: Data) -> Iterator[Finding]:
    from zoneinfo import available_timezones

    if not spec.get("schedule") and not spec.get("schedules"):
        message = "no schedule; it never runs"
        yield finding("V04", ("spec", "schedules"), message, Judge.IGNORED)
    zone, zones = words(spec.get("timezone")), available_timezones()
    if zone and zones and zone not in (*zones, "Local"):
        message = f"provided bad location {zone}: unknown time zone"
        yield finding("V06", ("spec", "timezone"), message, Judge.IGNORED)


def _template_metrics(part: Part) -> Iterator[Finding]:
    yield from _metrics(mapping(part.template.get("metrics")), (*part.path, "metrics"))


_RULES = (*_RULES, _template_metrics)
