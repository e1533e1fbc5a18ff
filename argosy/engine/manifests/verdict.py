"""What the API server and the controller say to a bundle before any step runs, and what we do.

What they refuse is refused here; what would end in Error at run time is said and then runs to the
same end; what would silently compute something else, or wait without end, stops here unless the run
is to be as Argo's.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from argosy.engine.manifests import presence, uncomputed
from argosy.engine.manifests.bundle import Bundle, Data, references
from argosy.engine.manifests.hints import hint, shown
from argosy.engine.manifests.honours import Runtime, found, notes
from argosy.engine.manifests.objects import Object
from argosy.engine.manifests.reach import Reached, reached
from argosy.engine.manifests.walk import Use, of_spec, of_template
from compiler.document import held
from compiler.manifests import Finding, Judge, admission, beside
from compiler.problems import Location, Problem
from compiler.record import record

_REFUSED = (Judge.API, Judge.SUBMIT, Judge.IGNORED)
# found when a pod is made: its volumes, labels, patch, devices, choices, names of containers
_OF_PODS = ("G09", "G12", "G14", "N11", "V17", "V20", "V31")
# they change nothing of what a run computes
_HARMLESS = ("G10", "V38")
_SAYS = {
    Judge.API: "the API server of a cluster refuses it",
    Judge.SUBMIT: "Argo refuses it when it is submitted",
    Judge.IGNORED: "Argo drops it with a line in the controller's log; it never runs",
    Judge.ERROR: "Argo takes it, and the run ends in Error when it gets there",
    Judge.WRONG: "Argo runs it, and something else is computed than is written",
}
_ABSENT = "couldn't find workflow template"
Judged = tuple[Object, Sequence[Finding]]
_TAG = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_TEMPLATES = ("WorkflowTemplate", "ClusterWorkflowTemplate")


@record
class Verdict:
    """What is said of a bundle: `faults` as a bundle keeps them, `notes` what is not enforced."""

    problems: Sequence[Problem]
    faults: Mapping[str, str]
    notes: Sequence[str]


def verdict(bundle: Bundle, *, runtime: Runtime, as_argo: bool, kubernetes: bool) -> Verdict:
    """Return what is said of a bundle whose arguments are applied; see `admission.admit`."""
    judged = _judged(bundle)
    templates = reached(bundle)
    problems = [
        *_problems(bundle, judged, as_argo=as_argo),
        *_refused(bundle, templates, runtime, kubernetes=kubernetes),
        *uncomputed.refused(bundle, templates),
    ]
    used = [*of_spec(bundle.spec), *(use for each in templates for use in _uses(each))]
    return Verdict(list(dict.fromkeys(problems)), _faults(judged), notes(used, runtime))


def _uses(each: Reached) -> Iterator[Use]:
    return of_template(each.template.body, each.path)


def _refused(
    bundle: Bundle, templates: Sequence[Reached], runtime: Runtime, *, kubernetes: bool
) -> Iterator[Problem]:
    """Yield what the runtime cannot do, though it would matter."""
    own = [(bundle.scope, "", list(of_spec(bundle.spec)))]
    called = [(each.template.scope, each.caller, list(_uses(each))) for each in templates]
    for scope, caller, used in [*own, *called]:
        for about, use in found(used, runtime, "refused", kubernetes=kubernetes):
            field = use.field.partition(".")[2]
            who = f"`{use.template}`" if use.template else "the workflow"
            message = f"{who}: `{field}` is not supported by --runtime {runtime}"
            if field == "paths":
                message = f"{who} uses `{use.what}`, which --runtime {runtime} cannot put there"
            note = f"it is called by {caller}" if caller else ""
            at = bundle.place(use.path, scope, key=field != "paths", token=use.what)
            yield Problem("not-honoured", message, at, about.says, note)


def _judged(bundle: Bundle) -> list[Judged]:
    """Return the workflow, and the templates that it may come to, with what is said of each."""
    chosen = bundle.scope.sources[0][0]
    called = [item for item in bundle.objects if item.kind in _TEMPLATES]
    others = [_in_namespace(item, chosen) for item in (*called, *_config_maps(bundle))]
    manifest = _submitted(bundle)
    found: list[Judged] = [(chosen, admission(manifest, others))]
    return [*found, *((item, beside(item.data, others)) for item in _reachable(chosen, called))]


def _faults(judged: Sequence[Judged]) -> dict[str, str]:
    """Return what the API server will say to the pods of a template, by the template's name."""
    found: dict[str, str] = {}
    for item, findings in judged:
        for finding in findings:
            at = finding.path.index("templates") + 2 if "templates" in finding.path else 0
            whole = "workflowMetadata" in finding.path
            if (at or whole) and finding.rule in _OF_PODS and Judge.ERROR in finding.judges:
                name = "" if whole else str(held(item.data, (*finding.path[:at], "name")))
                found.setdefault(name, finding.message)
    return found


def _problems(bundle: Bundle, judged: Sequence[Judged], *, as_argo: bool) -> Iterator[Problem]:
    for item, findings in judged:
        for finding in findings:
            at = _place(bundle, item, finding)
            if problem := _problem(item.data, finding, at, as_argo=as_argo):
                yield problem
    yield from presence.missing(bundle, [item for item, _ in judged], as_argo=as_argo)


def _config_maps(bundle: Bundle) -> list[Object]:
    return [item for item in bundle.objects if item.kind == "ConfigMap"]


def _in_namespace(item: Object, chosen: Object) -> Mapping[str, Any]:
    """Return an object as it is once applied beside the workflow: in its namespace, if in none."""
    if item.namespace or not chosen.namespace:
        return item.data
    return {**item.data, "metadata": {**item.metadata, "namespace": chosen.namespace}}


def _submitted(bundle: Bundle) -> Mapping[str, Any]:
    """Return the manifest with the arguments that the run has."""
    chosen, prefix = bundle.scope.sources[0]
    found: Mapping[str, Any] = _put(
        chosen.data, (*prefix, "arguments"), bundle.spec.get("arguments")
    )
    return found


def _put(data: Any, path: Sequence[str | int], value: Any) -> Any:
    if not path:
        return value
    if not isinstance(data, Mapping) or value is None:
        return data
    key = str(path[0])
    return {**data, key: _put(data.get(key, {}), path[1:], value)}


def _reachable(chosen: Object, called: Sequence[Object]) -> list[Object]:
    """Return the templates that a run of `chosen` may come to."""
    found: list[Object] = []
    names = list(references(chosen.data))
    while names:
        name = names.pop()
        fresh = [item for item in called if item.name == name and item not in (*found, chosen)]
        found += fresh
        names += [n for item in fresh for n in references(item.data)]
    return found


def _place(bundle: Bundle, item: Object, finding: Finding) -> Callable[[], Location]:
    """Return what finds the place: reading a file again is for what is told only."""

    def found() -> Location:
        tag = _TAG.search(finding.message)
        how: dict[str, Any] = {"key": "unknown field" in finding.message}
        how["token"] = tag[0] if tag else ""
        chosen, prefix = bundle.scope.sources[0]
        path = finding.path
        if item is not chosen or path[: len(prefix)] != prefix:
            return item.at(path, **how)
        return bundle.place(("spec", *path[len(prefix) :]), **how)

    return found


def _problem(
    data: Data, finding: Finding, at: Callable[[], Location], *, as_argo: bool
) -> Problem | None:
    judge = next((judge for judge in Judge if judge in finding.judges and judge in _SAYS), None)
    if judge is None:
        return None
    message = f"{shown(data, finding.path)}: {_said(data, finding)}"
    help_, note = hint(data, finding), _SAYS[judge]
    if judge in _REFUSED or finding.rule == "V56":  # without a template there is nothing to run
        return Problem("argo-refuses", message, at(), help_, note)
    if judge == Judge.ERROR:
        return Problem("argo-fails", message, at(), help_, note, "warning")
    if as_argo or finding.rule in _HARMLESS:
        return Problem("argo-differs", message, at(), help_, note, "warning")
    note += "; run with --as-argo to see it do so"
    return Problem("argo-differs", message, at(), help_, note)


def _said(data: Data, finding: Finding) -> str:
    """Return a finding as the controller says it, where lint uses other words."""
    if (
        finding.rule == "V56"
        and finding.path[-1:] == ("templateRef",)
        and _ABSENT in finding.message
    ):
        reference = held(data, finding.path)
        return f"template reference {reference['name']}.{reference['template']} not found"
    return finding.message
