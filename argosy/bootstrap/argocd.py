"""Argo CD: a project that fences an environment in, and the application that syncs it."""

from collections.abc import Iterable, Iterator, Sequence

from argosy.bootstrap.rights import KINDS
from argosy.bootstrap.tenant import Object, Tenant, joined, make

HOME = "argocd"
_SERVER = "https://kubernetes.default.svc"
_API = "argoproj.io/v1alpha1"
_NAMES = {
    "configmaps": "ConfigMap",
    "cronworkflows": "CronWorkflow",
    "workflowtemplates": "WorkflowTemplate",
}
_LIVE_PAUSE = {
    "group": "argoproj.io",
    "kind": "CronWorkflow",
    "jsonPointers": ["/spec/suspend"],
}
_WAVES = {"Namespace": -4, "AppProject": -1, "Application": 0, "ApplicationSet": 0}
_EARLY = -3
_HEALTHY = 'return {status = "Healthy", message = "runs are made of it; nothing runs by itself"}\n'


def application(tenant: Tenant) -> Iterator[Object]:
    """Yield the AppProject and the Application of one environment."""
    yield _project(tenant.name, [tenant])
    source = _source(tenant.repository, tenant.branch, tenant.folder)
    spec = _spec(tenant.name, source, tenant.namespace)
    yield make(f"{_API}/Application", tenant.name, HOME, spec=spec)


def application_set(tenants: Sequence[Tenant]) -> Iterator[Object]:
    """Yield one AppProject and the ApplicationSet that makes an Application of each environment.

    It lists them: a generator over the folders of the repository would let who writes into it
    make applications. The project is fixed for the same reason.
    """
    project = joined(tenants[0].project, "environments")
    yield _project(project, tenants)
    source = _source("{{.repository}}", "{{.branch}}", "{{.folder}}")
    elements = [
        {
            "name": tenant.name,
            "namespace": tenant.namespace,
            "repository": tenant.repository,
            "branch": tenant.branch,
            "folder": tenant.folder or ".",
        }
        for tenant in tenants
    ]
    spec = {
        "goTemplate": True,
        "goTemplateOptions": ["missingkey=error"],
        "generators": [{"list": {"elements": elements}}],
        "syncPolicy": {"preserveResourcesOnDeletion": True, "applicationsSync": "create-update"},
        "template": {
            "metadata": {"name": "{{.name}}", "labels": {"app.kubernetes.io/part-of": "argosy"}},
            "spec": _spec(project, source, "{{.namespace}}"),
        },
    }
    yield make(f"{_API}/ApplicationSet", project, HOME, spec=spec)


def in_waves(objects: Iterable[Object]) -> Iterator[Object]:
    """Yield the objects, each with its turn, should an application of Argo CD sync them."""
    for found in objects:
        metadata = found["metadata"]
        wave = str(_WAVES.get(found["kind"], _EARLY))
        notes = {**metadata.get("annotations", {}), "argocd.argoproj.io/sync-wave": wave}
        yield {**found, "metadata": {**metadata, "annotations": notes}}


def settings() -> Iterator[Object]:
    """Yield what `argocd-cm` is to hold besides: Argo CD has no health of a WorkflowTemplate."""
    data = {"resource.customizations.health.argoproj.io_WorkflowTemplate": _HEALTHY}
    labels = {"app.kubernetes.io/name": "argocd-cm", "app.kubernetes.io/part-of": "argocd"}
    yield make("v1/ConfigMap", "argocd-cm", HOME, labels=labels, data=data)


def _project(name: str, tenants: Sequence[Tenant]) -> Object:
    kinds = [{"group": group, "kind": _NAMES[kind]} for group, kind in KINDS]
    spec = {
        "description": "Pipelines rendered by Argosy: this repository into these namespaces.",
        "sourceRepos": sorted({tenant.repository for tenant in tenants}),
        "destinations": [
            {"server": _SERVER, "namespace": namespace}
            for namespace in sorted({tenant.namespace for tenant in tenants})
        ],
        "clusterResourceWhitelist": [],
        "namespaceResourceWhitelist": kinds,
        "orphanedResources": {"warn": False},
        "destinationServiceAccounts": [
            {
                "server": _SERVER,
                "namespace": tenant.namespace,
                "defaultServiceAccount": f"{HOME}:{tenant.name}",
            }
            for tenant in tenants
        ],
    }
    return make(f"{_API}/AppProject", name, HOME, spec=spec)


def _source(repository: str, branch: str, folder: str) -> Object:
    return {
        "repoURL": repository,
        "targetRevision": branch,
        "path": folder or ".",
        "directory": {"recurse": True},
    }


def _spec(project: str, source: Object, namespace: str) -> Object:
    """No finalizer: an application that is deleted leaves the pipelines where they are."""
    return {
        "project": project,
        "source": source,
        "destination": {"server": _SERVER, "namespace": namespace},
        "ignoreDifferences": [dict(_LIVE_PAUSE)],
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True, "allowEmpty": False},
            "syncOptions": [
                "ServerSideApply=true",
                "PruneLast=true",
                "PrunePropagationPolicy=orphan",
                "FailOnSharedResource=true",
                "ApplyOutOfSyncOnly=true",
                "RespectIgnoreDifferences=true",
            ],
            "retry": {
                "limit": 5,
                "backoff": {"duration": "10s", "factor": 2, "maxDuration": "5m"},
            },
        },
    }
