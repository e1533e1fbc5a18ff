"""The namespace of an environment: what its pods may be, and how much of everything they get."""

from collections.abc import Iterator

from argosy.bootstrap.tenant import Object, Tenant, make

_POD_SECURITY = "pod-security.kubernetes.io"
_NEVER = {
    "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
}
_QUOTA = {
    "count/cronworkflows.argoproj.io": "200",
    "count/workflows.argoproj.io": "2000",
    "count/workflowtemplates.argoproj.io": "500",
    "persistentvolumeclaims": "50",
    "pods": "200",
    "requests.cpu": "64",
    "requests.memory": "256Gi",
    "services.loadbalancers": "0",
    "services.nodeports": "0",
}


def room(tenant: Tenant) -> Iterator[Object]:
    """Yield the namespace, its quota and the requests of containers that name none.

    Limits of such containers are not set: one for memory would end the executor of Argo when it
    packs a large artifact.
    """
    labels = {f"{_POD_SECURITY}/{mode}": "restricted" for mode in ("audit", "warn")}
    labels[f"{_POD_SECURITY}/enforce"] = tenant.pod_security
    yield make("v1/Namespace", tenant.namespace, None, labels=labels, annotations=_NEVER)
    hard = {**_QUOTA, f"requests.{tenant.gpu}": "8", **tenant.quota}
    body = {"hard": dict(sorted(hard.items()))}
    yield make("v1/ResourceQuota", "argosy", tenant.namespace, spec=body)
    usual = {"type": "Container", "defaultRequest": {"cpu": "50m", "memory": "64Mi"}}
    yield make("v1/LimitRange", "argosy", tenant.namespace, spec={"limits": [usual]})
