"""Terms → what a WorkflowTemplate says of all its runs and of every container in them."""

from typing import Any

from compiler.convention import ENVIRONMENT, PIPELINE
from compiler.pipeline import Pipeline

_DESCRIPTION = "workflows.argoproj.io/description"


def labels(pipeline: Pipeline) -> dict[str, str]:
    """Return the labels of the pipeline's objects and runs."""
    tags = {f"tag.argosy.dev/{tag}": "true" for tag in pipeline.terms.about.tags}
    return {ENVIRONMENT: pipeline.environment, PIPELINE: pipeline.name, **tags}


def owner(pipeline: Pipeline) -> dict[str, str]:
    """Return the annotation that names who answers for the pipeline."""
    found = pipeline.terms.about.owner
    return {"argosy.dev/owner": found} if found else {}


def annotations(pipeline: Pipeline) -> dict[str, str]:
    """Return what Argo's user interface shows of the pipeline, and of each of its runs.

    Argo shows a description and takes it for Markdown; it has no place for links of its own.
    """
    about = pipeline.terms.about
    links = " · ".join(f"[{name}]({url})" for name, url in about.links)
    shown = "\n\n".join(filter(None, [about.description.strip(), links]))
    return {**owner(pipeline), **({_DESCRIPTION: shown} if shown else {})}


def run_fields(pipeline: Pipeline) -> dict[str, Any]:
    """Return the fields of the spec: account, locks, what is kept, who containers run as."""
    terms, security = pipeline.terms, pipeline.terms.security
    pods = {"strategy": terms.retention.pods, "deleteDelayDuration": "60s"}
    group = {"runAsGroup": security.group} if security.group != security.user else {}
    return {
        "serviceAccountName": terms.service_account,
        "imagePullSecrets": [{"name": name} for name in terms.pull_secrets],
        "synchronization": _locks(pipeline),
        "podGC": pods if terms.retention.pods else {},
        "ttlStrategy": {
            "secondsAfterSuccess": terms.retention.success,
            "secondsAfterFailure": terms.retention.failure,
        },
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": security.user,
            **group,
            "fsGroup": security.group,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


def _locks(pipeline: Pipeline) -> dict[str, Any]:
    lock = pipeline.terms.concurrency
    if lock is None:
        return {}
    if not lock.config_map:
        return {"mutexes": [{"name": lock.name}]}
    reference = {"name": lock.config_map, "key": lock.name}
    return {"semaphores": [{"configMapKeyRef": reference}]}


def limit(pipeline: Pipeline, metadata: dict[str, Any]) -> dict[str, Any]:
    """Return the ConfigMap that holds the limit of a lock; nothing if it is none of ours."""
    lock = pipeline.terms.concurrency
    if lock is None or not lock.ours:
        return {}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {**metadata, "name": lock.config_map},
        "data": {lock.name: str(lock.limit)},
    }


def volumes(pipeline: Pipeline) -> list[dict[str, Any]]:
    """Return what is writable: the work folder, and `/tmp` where the root file system is not."""
    names = ["work", "tmp"] if pipeline.terms.security.read_only else ["work"]
    return [{"name": name, "emptyDir": {}} for name in names]


def container_fields(pipeline: Pipeline) -> dict[str, Any]:
    """Return the security context of every container."""
    found = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    return found | ({"readOnlyRootFilesystem": True} if pipeline.terms.security.read_only else {})


def mounts(pipeline: Pipeline) -> list[dict[str, Any]]:
    """Return the mounts of every container; a volume for each, as in `volumes`."""
    paths = {"work": "/work", "tmp": "/tmp"}  # noqa: S108 - a folder of the container
    return [
        {"name": volume["name"], "mountPath": paths[volume["name"]]} for volume in volumes(pipeline)
    ]
