"""The manifests of a run as text, so that it can start again when their files have changed."""

import json
from collections.abc import Mapping

from argosy.engine.manifests import Manifests

FILE = "manifests.yaml"


def snapshot(manifests: Manifests) -> Mapping[str, str]:
    """Return one file that `manifests.load` reads back: the workflow and its ConfigMaps."""
    workflow = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": manifests.name,
            "namespace": manifests.namespace,
            "annotations": dict(manifests.annotations),
        },
        "spec": manifests.spec,
    }
    objects = [workflow, *manifests.config_maps.values()]
    return {FILE: "---\n".join(f"{json.dumps(item)}\n" for item in objects)}
