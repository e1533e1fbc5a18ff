"""Whether a bundle may run: the verdict on it, and a memory of those that nothing was said against.

A verdict depends on the manifests, the arguments, how they are to be run, and our own code.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from argosy.engine.manifests import arguments, memory
from argosy.engine.manifests.bundle import Bundle
from compiler.problems import Problem, Rejected
from compiler.record import record, replace

if TYPE_CHECKING:
    from argosy.engine.manifests.honours import Runtime


@record
class Admission:
    """A bundle that may run: with its arguments applied, `parameters` their final values.

    `warnings` are what will go wrong at run time, `notes` what the runtime does not enforce.
    """

    bundle: Bundle
    parameters: Mapping[str, str]
    warnings: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def admit(
    bundle: Bundle,
    given: Mapping[str, str],
    *,
    runtime: "Runtime" = "process",
    as_argo: bool = False,
    kube_context: str = "",
    remembered: bool = False,
) -> Admission:
    """Return the bundle to run; raise `Rejected` with all that stands against it.

    `given` are the parameters that a person set. `as_argo`: do as Argo with what is doubtful.
    `kube_context`: the cluster for what needs one. What was admitted before is taken as it is; a
    verdict may be `remembered` from one process to the next.
    """
    if bundle.admitted:
        return Admission(bundle, arguments.values(bundle))
    bundle = arguments.applied(bundle, given, as_argo=as_argo)
    how = (runtime, as_argo, bool(kube_context))
    digest = memory.digest(_asked(bundle, how)) if remembered else ""
    notes = memory.recall(digest) if digest else None
    if notes is None or not all(isinstance(note, str) for note in notes):
        return _judged(bundle, how, digest)
    return Admission(replace(bundle, admitted=True), arguments.values(bundle), (), tuple(notes))


def _judged(bundle: Bundle, how: "tuple[Runtime, bool, bool]", digest: str) -> Admission:
    from argosy.engine.manifests.verdict import verdict

    runtime, as_argo, kubernetes = how
    found = verdict(bundle, runtime=runtime, as_argo=as_argo, kubernetes=kubernetes)
    if any(problem.severity == "error" for problem in found.problems):
        raise Rejected(list(found.problems))
    if digest and not (found.problems or found.faults):
        memory.keep(digest, list(found.notes))
    bundle = replace(bundle, admitted=True, faults=found.faults)
    values = arguments.values(bundle)
    return Admission(bundle, values, tuple(found.problems), tuple(found.notes))


def _asked(bundle: Bundle, how: tuple[object, ...]) -> str:
    """Return all that a verdict is about, as text; the order of keys is part of it."""
    chosen = bundle.scope.sources[0][0]
    about = [bundle.namespace, bundle.objects.index(chosen), bundle.spec.get("arguments"), *how]
    return json.dumps([about, [item.data for item in bundle.objects]], separators=(",", ":"))
