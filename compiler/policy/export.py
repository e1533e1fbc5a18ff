"""Synthetic pods as files, for tools that know pods and no workflows: Kyverno, conftest."""

from collections.abc import Iterable, Mapping
from typing import Any

from compiler.convention import ENVIRONMENT, PIPELINE
from compiler.emit import emit
from compiler.policy.facts import place
from compiler.policy.view import View
from compiler.tree import RenderedTree

_HEADER = "A pod that a step leads to, for policies to look at; nothing applies it."


def exported(views: Iterable[View]) -> RenderedTree:
    """Return `PIPELINE/TEMPLATE.yaml` for each pod, numbered where a template leads to more."""
    files: dict[str, bytes] = {}
    for view in views:
        name = view.pipeline["name"]
        counts: dict[str, int] = {}
        for step, pod in view.pods:
            if not pod.spec.get("containers") and not pod.unknown:
                continue  # the controller's own image does it
            number = counts[pod.template] = counts.get(pod.template, 0) + 1
            stem = pod.template if number == 1 else f"{pod.template}-{number}"
            body = _pod(view, step, stem, pod.spec, pod.metadata, pod.unknown)
            files[f"{name}/{stem}.yaml"] = emit(body, _HEADER)
    return RenderedTree(files)


def _pod(
    view: View, step: str, stem: str, spec: Mapping[str, Any], metadata: Any, unknown: str
) -> dict[str, Any]:
    pipeline, given = view.pipeline, metadata if isinstance(metadata, Mapping) else {}
    said = {
        "argosy.dev/step": step,
        "argosy.dev/source": str(place(view.facts, step, "")),
        "argosy.dev/unknown": unknown,
    }
    labels = {**(given.get("labels") or {}), PIPELINE: pipeline["name"],
              ENVIRONMENT: pipeline["environment"]}  # fmt: skip
    annotations = {**(given.get("annotations") or {}), **{k: v for k, v in said.items() if v}}
    about = {"name": f"{pipeline['name']}-{stem}", "namespace": pipeline["namespace"]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**about, "labels": labels, "annotations": annotations},
        "spec": {**spec, "restartPolicy": "Never"},
    }
