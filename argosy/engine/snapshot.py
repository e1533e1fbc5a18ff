"""The manifests of a run as text, so that it can start again when their files have changed."""

import json
from collections.abc import Mapping

from argosy.engine.manifests import Bundle

FILE = "manifests.json"


def snapshot(bundle: Bundle) -> Mapping[str, str]:
    """Return one file that `manifests.load` reads back: the workflow and all that it may call.

    Secrets are left out: a copy of one would outlive it.
    """
    workflow = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": bundle.name,
            "namespace": bundle.namespace,
            "labels": dict(bundle.labels),
            "annotations": dict(bundle.annotations),
        },
        "spec": {k: v for k, v in bundle.spec.items() if k != "workflowTemplateRef"},
    }
    kept = ("WorkflowTemplate", "ClusterWorkflowTemplate", "ConfigMap")
    objects = [workflow, *(item.data for item in bundle.objects if item.kind in kept)]
    return {FILE: json.dumps({"kind": "List", "items": objects}, ensure_ascii=False)}
