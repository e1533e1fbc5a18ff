"""Flux: where the repository is, and how its folder becomes what the namespace holds."""

from collections.abc import Iterator

from argosy.bootstrap.tenant import Object, Tenant, make

HOME = "flux-system"
_ARGO = "argoproj.io/v1alpha1"
# Argo writes a status when there is something to say, and in Flux's expressions a field of the
# object that is not there is an error: who wrote which field tells whether it is
_WRITTEN = "metadata.managedFields.exists(m, 'f:status' in m.fieldsV1) && has(status.conditions)"
_BAD = (
    "status.conditions.exists(c, c.type in ['SpecError', 'SubmissionError'] && c.status == 'True')"
)
_HEALTH = (
    {
        "apiVersion": _ARGO,
        "kind": "CronWorkflow",
        "failed": f"{_WRITTEN} && {_BAD}",
        "current": "true",
    },
    {"apiVersion": _ARGO, "kind": "WorkflowTemplate", "current": "true"},
)


def flux(tenant: Tenant) -> Iterator[Object]:
    """Yield the GitRepository and the Kustomization; both live with Flux, not with the runs."""
    source: Object = {"interval": "1m", "timeout": "60s", "url": tenant.repository,
                      "ref": {"branch": tenant.branch}}  # fmt: skip
    if tenant.secret:
        source["secretRef"] = {"name": tenant.secret}
    if tenant.folder:
        source["sparseCheckout"] = [tenant.folder]
    kind = "source.toolkit.fluxcd.io/v1/GitRepository"
    yield make(kind, tenant.name, HOME, spec=source)
    spec: Object = {
        "interval": "10m",
        "retryInterval": "2m",
        "timeout": "5m",
        "path": f"./{tenant.folder}",
        "targetNamespace": tenant.namespace,
        "serviceAccountName": tenant.name,
        "prune": True,
        "deletionPolicy": "Orphan",
        "force": False,
        "wait": True,
        "healthCheckExprs": [dict(check) for check in _HEALTH],
        "sourceRef": {"kind": "GitRepository", "name": tenant.name},
    }
    kind = "kustomize.toolkit.fluxcd.io/v1/Kustomization"
    yield make(kind, tenant.name, HOME, spec=spec)
