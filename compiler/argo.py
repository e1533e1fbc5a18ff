"""Pipeline → Manifests: a WorkflowTemplate, a CronWorkflow a schedule, the code ConfigMap."""

import json
from collections.abc import Mapping
from typing import Any

from compiler import argo_schedules, argo_terms, checkpoints, dag, linkage
from compiler.code import Code, gather
from compiler.convention import ANNOTATION, DIGEST, RESERVED, SETTLED
from compiler.hardware import Nodes
from compiler.nesting import nested
from compiler.pipeline import Parameter, Pipeline
from compiler.sharing import shared
from compiler.spec import LATE

# A stand-in of the digest's own form and length: what is written with it is stamped afterwards.
UNSTAMPED = f"sha256:{'0' * 64}"
API = "argoproj.io/v1alpha1"

Manifest = dict[str, Any]


def manifests(pipeline: Pipeline, nodes: Nodes, digest: str = UNSTAMPED) -> dict[str, Manifest]:
    """Return the objects of `pipeline` by file name, stamped with `digest` (of their content)."""
    codes = {"": gather(pipeline)}
    codes |= {callee.name: linkage.code(pipeline, callee) for callee in linkage.called(pipeline)}
    metadata = _metadata(pipeline, digest)
    spec = _spec(pipeline, nodes, codes, digest)
    head = {"apiVersion": API, "kind": "WorkflowTemplate", "metadata": metadata}
    found: dict[str, Manifest] = {"workflowtemplate.yaml": {**head, "spec": spec}}
    owned = {**metadata, "annotations": argo_terms.owner(pipeline)}
    for name, code in codes.items():
        if code.files:
            found[f"configmap{name and f'-{name}'}.yaml"] = code.manifest(owned)
    if limit := argo_terms.limit(pipeline, owned):
        found["concurrency.yaml"] = limit
    return {**found, **dict(argo_schedules.cron_workflows(pipeline, head, spec))}


def stamped(found: Any, digest: str) -> Any:
    """Return objects that were written without one with their digest, as their text has it."""
    if isinstance(found, dict):
        return {key: stamped(value, digest) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [stamped(item, digest) for item in found]
    return digest if found == UNSTAMPED else found


def _metadata(pipeline: Pipeline, digest: str) -> dict[str, Any]:
    annotations = {DIGEST: digest, **argo_terms.annotations(pipeline)}
    if pipeline.params:
        limits = {parameter.name: dict(parameter.limits) for parameter in pipeline.params}
        annotations[ANNOTATION] = json.dumps(limits, separators=(",", ":"))
    return {
        "name": pipeline.name,
        "namespace": pipeline.namespace,
        "labels": {"app.kubernetes.io/managed-by": "argosy", **argo_terms.labels(pipeline)},
        "annotations": annotations,
    }


def _templates(
    pipeline: Pipeline, nodes: Nodes, codes: Mapping[str, Code], digest: str
) -> list[dict[str, Any]]:
    main, *leaves = linkage.templates(pipeline, codes[""], nodes)
    ending = dag.on_exit(pipeline)
    limit = _parallelism(pipeline) if ending else 0
    whole = nested(main, dag.members(pipeline))
    found = [*({"parallelism": limit, **part} if limit else part for part in whole)]
    found += [*ending, *leaves]
    for callee in linkage.called(pipeline):
        written = linkage.templates(callee, codes[callee.name], nodes)
        main, *leaves = linkage.moved(callee, written)
        found += [*nested(main, dag.members(callee)), *leaves]
    for template in found:
        _stamp(template, digest)
    tasks = (task for template in found for task in template.get("dag", {}).get("tasks", ()))
    if any(task["template"] == SETTLED for task in tasks):
        found.append({"name": SETTLED, "steps": [[]]})
    return shared(found)


def _spec(
    pipeline: Pipeline, nodes: Nodes, codes: Mapping[str, Code], digest: str
) -> dict[str, Any]:
    volumes = [code.volume() for code in codes.values() if code.files]
    found = {
        "entrypoint": "main",
        "onExit": "on-exit" if dag.on_exit(pipeline) else "",
        "activeDeadlineSeconds": pipeline.timeout,
        "parallelism": 0 if dag.on_exit(pipeline) else _parallelism(pipeline),
        **argo_terms.run_fields(pipeline),
        "workflowMetadata": {
            "labels": argo_terms.labels(pipeline),
            "annotations": {DIGEST: digest, **argo_terms.annotations(pipeline)},
        },
        "arguments": {"parameters": [*map(_parameter, pipeline.params), _source()]},
        "volumes": [*argo_terms.volumes(pipeline), *volumes],
        **checkpoints.fields(pipeline),
        "templates": _templates(pipeline, nodes, codes, digest),
    }
    return {key: value for key, value in found.items() if value}


def _parallelism(pipeline: Pipeline) -> int:
    """Return how many pods may run at once: a watch for the late is none of the steps.

    With an exit handler it is the limit of the steps' DAG alone. An exit handler that has to wait
    for a limit of the whole run ends the controller, not just the run (Argo 3.7.3, a fatal error
    in `nodeRequiresTaskSetReconciliation`).
    """
    watches = sum(len(steps) for event, steps in pipeline.handlers if event == LATE)
    return pipeline.parallelism and pipeline.parallelism + watches


def _stamp(leaf: dict[str, Any], digest: str) -> None:
    for variable in leaf.get("container", {}).get("env", ()):
        if variable["name"] == "ARGOSY_DIGEST":
            variable["value"] = digest


def _parameter(parameter: Parameter) -> dict[str, Any]:
    found = {
        "name": parameter.name,
        "value": parameter.default,
        "description": parameter.description,
        "enum": list(parameter.enum),
    }
    kept = {key: value for key, value in found.items() if value or key == "value"}
    return {key: value for key, value in kept.items() if value is not None}


def _source() -> dict[str, str]:
    return {"name": RESERVED, "value": "", "description": "source revision of what runs"}
