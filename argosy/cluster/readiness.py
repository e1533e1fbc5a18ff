"""What the runs of a pipeline need in a cluster, and what of it a sync has not brought yet.

A pod that mounts what is not there waits for ever, and only its events say so.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from argosy.cluster.kubectl import Kubectl, failure
from compiler.convention import DIGEST

_POLL = 5.0
# where a pod names what must be there: the key of a field, the kind, the key of the name in it
_FIELDS = {
    "configMap": ("ConfigMap", "name"),
    "configMapKeyRef": ("ConfigMap", "name"),
    "configMapRef": ("ConfigMap", "name"),
    "secret": ("Secret", "secretName"),
    "secretKeyRef": ("Secret", "name"),
    "secretRef": ("Secret", "name"),
    "persistentVolumeClaim": ("PersistentVolumeClaim", "claimName"),
}
# the ConfigMap of a cache is made by the controller when it first writes
_MADE = "memoize"
_ACCOUNT = "serviceAccountName"
Need = tuple[str, str]


def lacking(kubectl: Kubectl, namespace: str, pipeline: str, digest: str) -> list[str]:
    """Return what keeps runs of `pipeline` from starting as published, a sentence each.

    `digest` is that of the published template, empty if it is unknown. What may not be looked at
    counts as there. Raise `ClusterFailure` when the cluster cannot be asked.
    """
    words = ("get", "workflowtemplates.argoproj.io", pipeline, "-n", namespace)
    template = kubectl.json(*words, "--ignore-not-found")
    if template is None:
        return [f"WorkflowTemplate `{pipeline}` is missing"]
    annotations = template.get("metadata", {}).get("annotations") or {}
    if digest and annotations.get(DIGEST) != digest:
        return [f"WorkflowTemplate `{pipeline}` is another version than the published one"]
    wanted = sorted(set(_needs(template.get("spec"))))
    return [
        f"{kind} `{name}` is missing"
        for kind in dict.fromkeys(kind for kind, _ in wanted)
        for name in _absent(kubectl, namespace, kind, [n for k, n in wanted if k == kind])
    ]


def settle(look: Callable[[], Sequence[str]], patience: float, tell: Callable[[str], None],
           poll: float = _POLL) -> Sequence[str]:  # fmt: skip
    """Look until nothing is lacking or `patience` seconds have passed; return what is lacking."""
    end, said = time.monotonic() + patience, ""
    while True:
        found = look()
        left = end - time.monotonic()
        if not found or left <= 0:
            return found
        if (shown := "; ".join(found)) != said:
            tell(f"waiting for the sync: {shown}")
            said = shown
        time.sleep(min(poll, left))


def _needs(body: Any) -> Iterator[Need]:
    """Yield kind and name of all that pods below `body` cannot do without."""
    if isinstance(body, list):
        for item in body:
            yield from _needs(item)
    for key, value in body.items() if isinstance(body, dict) else ():
        if key == _MADE:
            continue
        if key == _ACCOUNT:
            yield from _named("ServiceAccount", value)
        elif key in _FIELDS and isinstance(value, dict) and not value.get("optional"):
            kind, name = _FIELDS[key]
            yield from _named(kind, value.get(name))
        yield from _needs(value)


def _named(kind: str, name: object) -> Iterator[Need]:
    # what a run decides nobody can look for
    if isinstance(name, str) and name and "{{" not in name:
        yield kind, name


def _absent(kubectl: Kubectl, namespace: str, kind: str, names: Sequence[str]) -> list[str]:
    words = ("get", kind.lower(), *names, "-n", namespace, "--ignore-not-found", "-o", "name")
    answer = kubectl.ask(*words)
    if "Forbidden" in answer.err:
        return []
    if answer.status:
        raise failure(words, answer)
    there = {line.partition("/")[2] for line in answer.out.split()}
    return [name for name in names if name not in there]
