"""What a cluster holds of an environment, and what it would hold if a syncer applied Git now."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from argosy.cluster.kubectl import Answer, Kubectl, failure
from argosy.cluster.ownership import syncer
from compiler.convention import ENVIRONMENT
from compiler.record import record

Object = Mapping[str, Any]
Key = tuple[str, str, str]
_KINDS = (
    "ConfigMap.v1.",
    "CronWorkflow.v1alpha1.argoproj.io",
    "WorkflowTemplate.v1alpha1.argoproj.io",
)
_WRITERS = "--show-managed-fields"
_STRANGER = "argosy-drift"
_REFUSED = re.compile(r"is invalid|\(Invalid|\(BadRequest\)|immutable|unknown field|\(Conflict\)")
_FORBIDDEN = re.compile(r"\(Forbidden\)|is forbidden")


@record
class Refusal:
    """Why an object could not be tried; `known` when the cluster read it and says no."""

    words: str
    known: bool


def key(manifest: Object) -> Key:
    """Return kind with its group, namespace and name."""
    group, _, _ = str(manifest["apiVersion"]).rpartition("/")
    metadata = manifest["metadata"]
    kind = f"{manifest['kind']}.{group}" if group else str(manifest["kind"])
    return kind, str(metadata.get("namespace", "")), str(metadata["name"])


def read(
    kubectl: Kubectl, environment: str, namespace: str, wanted: Sequence[Object]
) -> dict[Key, Object]:
    """Return the objects that bear the environment's label, and those of `wanted` that exist.

    Raise `ClusterFailure` when they cannot be read.
    """
    kinds = ",".join(sorted({*_KINDS, *map(_resource, wanted)}))
    label = f"{ENVIRONMENT}={environment}"
    listed = kubectl.json("get", kinds, "-n", namespace, "-l", label, _WRITERS) or {}
    found = {key(item): item for item in listed.get("items", ())}
    missing = [item for item in wanted if key(item) not in found]
    for item in _items(kubectl, missing):  # one whose labels were taken off is still there
        found[key(item)] = item
    return found


def _items(kubectl: Kubectl, wanted: Sequence[Object]) -> list[Object]:
    if not wanted:
        return []
    words = ("get", "--ignore-not-found", _WRITERS, "-f", "-")
    answer = kubectl.json(*words, text=_listed(wanted))
    return _several(answer)


def applied(
    kubectl: Kubectl, wanted: Sequence[Object], live: Mapping[Key, Object]
) -> dict[Key, Object | Refusal]:
    """Return what each of `wanted` would be if its syncer applied it now, by a dry run.

    All of them exist. A conflict with another manager is the syncer's to win, as both do.
    Raise `ClusterFailure` when the cluster does not answer.
    """
    managers: dict[str, list[Object]] = {}
    for item in wanted:
        managers.setdefault(syncer(live[key(item)]) or _STRANGER, []).append(item)
    found: dict[Key, Object | Refusal] = {}
    for manager, items in managers.items():
        found.update(_tried(kubectl, manager, items))
    return found


def _tried(
    kubectl: Kubectl, manager: str, items: Sequence[Object]
) -> Iterable[tuple[Key, Object | Refusal]]:
    words = ("apply", "--server-side", "--dry-run=server", "--force-conflicts",
             f"--field-manager={manager}", "-o", "json", "-f", "-")  # fmt: skip
    answer = kubectl.ask(*words, text=_listed(items))
    if not answer.status:
        return [(key(item), item) for item in _several(json.loads(answer.out or "{}"))]
    if len(items) == 1:
        return [(key(items[0]), _refusal(words, answer))]
    # kubectl shows nothing when one of many fails
    return [pair for item in items for pair in _tried(kubectl, manager, [item])]


def _refusal(words: tuple[str, ...], answer: Answer) -> Refusal:
    forbidden = bool(_FORBIDDEN.search(answer.err))
    if not forbidden and not _REFUSED.search(answer.err):
        raise failure(words, answer)
    return Refusal(answer.words.removeprefix("Error from server ").strip(), not forbidden)


def _resource(manifest: Object) -> str:
    group, _, version = str(manifest["apiVersion"]).rpartition("/")
    return f"{manifest['kind']}.{version}.{group}"


def _listed(items: Sequence[Object]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(items)})


def _several(answer: Any) -> list[Object]:
    if not answer:
        return []
    return list(answer["items"]) if answer.get("kind", "").endswith("List") else [answer]
