"""Policies about who answers for a pipeline, where its objects are, and when its runs meet."""

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.policy.pods import objects
from compiler.policy.view import View, Violation

Settings = Mapping[str, Any]
_OF_CLUSTER = (
    *("Namespace", "Node", "PersistentVolume", "ClusterRole", "ClusterRoleBinding"),
    *("CustomResourceDefinition", "StorageClass", "PriorityClass", "ClusterWorkflowTemplate"),
    *("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "APIService"),
)
_FLAGS = ("-n", "--namespace", "-A", "--all-namespaces")
_DEEP = 5


def owned(view: View, _settings: Settings) -> Iterator[Violation]:
    """Yield a pipeline that nobody answers for."""
    if not str(view.pipeline.get("owner") or "").strip():
        yield Violation("the pipeline has no owner", "", "owner", "say it: `owner: TEAM`")


def apart(view: View, settings: Settings) -> Iterator[Violation]:
    """Yield schedules that start a run beside one that is still at work."""
    allowed = [each.lower() for each in settings["allowed"]]
    for manifest in view.objects:
        if manifest.get("kind") != "CronWorkflow":
            continue
        # Argo takes nothing for Allow
        said = str(manifest["spec"].get("concurrencyPolicy") or "Allow")
        if said.lower() not in allowed:
            name = manifest["metadata"]["name"]
            text = f"schedule `{name}` has the concurrency `{said.lower()}`"
            hint = f"`concurrency: {' | '.join(allowed)}` in the schedule"
            yield Violation(text, "", "schedule", hint)


def at_home(view: View, _settings: Settings) -> Iterator[Violation]:
    """Yield objects of another namespace than the environment's, or of none at all."""
    home = view.pipeline["namespace"]
    for manifest in view.objects:
        yield from _astray(manifest, home, "", 0)
        for template, made in objects(manifest):
            yield from _astray(made, home, view.owner(template), 0)
    for step, body, _ in view.templates():
        resource = body.get("resource")
        flags = resource.get("flags") or () if isinstance(resource, Mapping) else ()
        if named := [flag for flag in flags if str(flag).startswith(_FLAGS)]:
            text = f"`{body.get('name', '')}` names a namespace by the flag `{named[0]}`"
            yield Violation(text, step, "resource", "leave it to the environment")


def _astray(manifest: Any, home: str, step: str, deep: int) -> Iterator[Violation]:
    if not isinstance(manifest, Mapping) or deep > _DEEP:
        return
    kind, said = manifest.get("kind"), manifest.get("metadata")
    metadata: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    found, name = metadata.get("namespace"), metadata.get("name", "")
    if kind in _OF_CLUSTER:
        yield Violation(f"{kind} `{name}` belongs to the whole cluster", step, "resource")
    elif found not in (None, "", home):
        text = f"{kind} `{name}` is of the namespace `{found}`, not `{home}`"
        yield Violation(text, step, "resource", "leave `namespace` to the environment")
    for item in manifest.get("items") or () if str(kind).endswith("List") else ():
        yield from _astray(item, home, step, deep + 1)
