"""Manifests → the pods that they lead to, as far as that is known: what policies look at.

Argo makes a pod of a template, the workflow's fields, `templateDefaults` and both `podSpecPatch`
(`createWorkflowPod`, `ApplyPodSpecPatch`, `MergeTemplateDefaults`); what it adds itself, the init
and wait containers, is not in them. A template of a kind that nothing here knows is a pod of which
nothing is known, not silence.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.policy.patching import UnknownError, merged, read, tagged
from compiler.record import record

Body = Mapping[str, Any]
_TYPES = (
    *("container", "script", "containerSet", "resource", "data", "http", "plugin"),
    *("dag", "steps", "suspend"),
)
_WITHOUT_POD = ("dag", "steps", "suspend")
# what a template says in place of its workflow, and what only the workflow says
_OWN = (
    *("serviceAccountName", "automountServiceAccountToken", "nodeSelector", "affinity"),
    *("schedulerName", "priorityClassName", "hostAliases", "securityContext", "tolerations"),
)
_SHARED = ("hostNetwork", "dnsPolicy", "dnsConfig", "imagePullSecrets")
_ROLES = (("containers", "main"), ("initContainers", "init"), ("ephemeralContainers", "ephemeral"))
_DEEP = 12


@record
class SyntheticPod:
    """A pod of `template`; `origin` is its kind of template, `unknown` why more is not known.

    `sidecars` are names of containers that are not main; a pod that an object of a resource step
    makes has no service account of the workflow's.
    """

    object: str
    template: str
    origin: str
    spec: Body
    metadata: Body
    sidecars: tuple[str, ...] = ()
    unknown: str = ""

    def containers(self) -> Iterator[tuple[str, Body]]:
        """Yield every container with its role: main, sidecar, init or ephemeral."""
        for key, role in _ROLES:
            for found in self.spec.get(key) or ():
                if isinstance(found, Mapping):
                    yield ("sidecar" if found.get("name") in self.sidecars else role), found


def pods(manifest: Body) -> Iterator[SyntheticPod]:
    """Yield the pods that a manifest leads to, whatever its kind."""
    name = _name(manifest)
    if _is_workflow(manifest):
        spec = workflow(manifest)
        for template in templates(spec):
            yield from _of_template(spec, template, name)
    elif isinstance(manifest.get("spec"), Mapping):
        yield from _within(manifest, name, "", "object", 0)


def workflow(manifest: Body) -> Body:
    """Return the spec of the workflows that an object of Argo starts, empty if it starts none."""
    spec = manifest.get("spec")
    if not _is_workflow(manifest) or not isinstance(spec, Mapping):
        return {}
    return spec.get("workflowSpec") or {} if manifest.get("kind") == "CronWorkflow" else spec


def _is_workflow(manifest: Body) -> bool:
    group = str(manifest.get("apiVersion", "")).startswith("argoproj.io/")
    kinds = ("Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow")
    return group and manifest.get("kind") in kinds


def _name(manifest: Body) -> str:
    metadata = manifest.get("metadata")
    name = metadata.get("name", "") if isinstance(metadata, Mapping) else ""
    return f"{manifest.get('kind', '')}/{name}"


def templates(spec: Body) -> Iterator[Body]:
    """Yield the templates with what `templateDefaults` gives them, those in line too."""
    defaults = spec.get("templateDefaults") or {}
    stack = [t for t in spec.get("templates") or () if isinstance(t, Mapping)]
    while stack:
        template = stack.pop(0)
        kind = _kind(template)
        given = {k: v for k, v in defaults.items() if k not in _TYPES or k == kind}
        yield merged(given, template)
        stack += _inline(template)


def _inline(template: Body) -> Iterator[Body]:
    dag = template.get("dag")
    groups = [(dag.get("tasks") or ()) if isinstance(dag, Mapping) else (),
              *(template.get("steps") or ())]  # fmt: skip
    for group in groups:
        for task in group if isinstance(group, list | tuple) else [group]:
            inner = task.get("inline") if isinstance(task, Mapping) else None
            if isinstance(inner, Mapping):
                yield {"name": f"{template.get('name', '')}.{task.get('name', '')}", **inner}


def _kind(template: Body) -> str:
    return next((kind for kind in _TYPES if template.get(kind) is not None), "")


def _of_template(spec: Body, template: Body, name: str) -> Iterator[SyntheticPod]:
    kind, called = _kind(template), str(template.get("name", ""))
    if kind in _WITHOUT_POD:
        return
    shared = {key: spec[key] for key in (*_OWN, *_SHARED) if key in spec}
    own = {key: template[key] for key in _OWN if template.get(key) is not None}
    fields = {**shared, **own}
    both = [*(spec.get("volumes") or ()), *(template.get("volumes") or ())]
    if both:
        fields["volumes"] = both
    main, unknown = _main(template, kind)
    sidecars = [s for s in template.get("sidecars") or () if isinstance(s, Mapping)]
    fields["containers"] = [*main, *sidecars]
    if template.get("initContainers"):
        fields["initContainers"] = list(template["initContainers"])
    patched, doubt = _patched(fields, (spec.get("podSpecPatch"), template.get("podSpecPatch")))
    metadata = merged(spec.get("podMetadata") or {}, template.get("metadata") or {})
    names = tuple(str(s.get("name", "")) for s in sidecars)
    yield SyntheticPod(name, called, kind or "unknown", patched, metadata, names, unknown or doubt)
    if kind == "resource":
        yield from _of_resource(template["resource"], called, name)


def _main(template: Body, kind: str) -> tuple[list[Body], str]:
    """Return the containers of a template's own program, and what is not known of it."""
    body = template.get(kind)
    if kind in ("container", "script") and isinstance(body, Mapping):
        return [{**body, "name": body.get("name") or "main"}], ""
    if kind == "containerSet" and isinstance(body, Mapping):
        mounts = body.get("volumeMounts") or []
        found = [c for c in body.get("containers") or () if isinstance(c, Mapping)]
        if mounts:
            found = [{**c, "volumeMounts": [*(c.get("volumeMounts") or ()), *mounts]}
                     for c in found]  # fmt: skip
        return found, ""
    if kind in ("resource", "data", "http"):
        return [], ""  # the controller's own image does it
    what = "a plugin's" if kind == "plugin" else "of a kind that is not known here"
    return [], f"template `{template.get('name', '')}` is {what}, which nothing here can look into"


def _patched(fields: dict[str, Any], patches: tuple[Any, Any]) -> tuple[dict[str, Any], str]:
    found, doubt = fields, ""
    for patch in patches:
        if not patch:
            continue
        try:
            data = read(patch)
        except UnknownError as error:
            data, doubt = {}, f"its `podSpecPatch`: {error}"
        if tagged(patch):
            doubt = doubt or "its `podSpecPatch` is decided by a run"
        if isinstance(data, Mapping):
            found = merged(found, data)
        else:
            doubt = doubt or "its `podSpecPatch` is no mapping"
    return found, doubt


def _of_resource(resource: Any, template: str, name: str) -> Iterator[SyntheticPod]:
    """Yield the pods of the object that a resource template makes or changes."""
    body = resource if isinstance(resource, Mapping) else {}
    manifest = body.get("manifest")
    if body.get("action") in ("get", "delete"):
        return
    try:
        data = read(manifest) if manifest else None
    except UnknownError as error:
        yield SyntheticPod(name, template, "object", {}, {}, (), f"its object: {error}")
        return
    if isinstance(data, Mapping):
        yield from _of_object(data, template, name)
    elif body.get("manifestFrom") or manifest:
        why = "its object comes from elsewhere, and is not known before it runs"
        yield SyntheticPod(name, template, "object", {}, {}, (), why)


def _of_object(data: Body, template: str, name: str) -> Iterator[SyntheticPod]:
    if _is_workflow(data):
        for pod in pods(data):
            yield SyntheticPod(f"{name} → {pod.object}", template, "object", pod.spec,
                               pod.metadata, pod.sidecars, pod.unknown)  # fmt: skip
    else:
        yield from _within(data, f"{name} → {_name(data)}", template, "object", 0)


def objects(manifest: Body) -> Iterator[tuple[str, Body]]:
    """Yield the objects that the resource templates of a manifest make, by their template."""
    for template in templates(workflow(manifest)):
        resource = template.get("resource")
        if isinstance(resource, Mapping) and resource.get("manifest"):
            try:
                data = read(resource["manifest"])
            except UnknownError:
                continue  # its pod says so
            if isinstance(data, Mapping):
                yield str(template.get("name", "")), data


def _within(data: Any, name: str, template: str, origin: str, deep: int) -> Iterator[SyntheticPod]:
    """Yield what looks like the spec of a pod: a mapping with a list of containers."""
    if deep > _DEEP:
        yield SyntheticPod(name, template, origin, {}, {}, (), "it is nested too deep to be read")
    elif isinstance(data, list):
        for item in data:
            yield from _within(item, name, template, origin, deep + 1)
    elif isinstance(data, Mapping):
        if isinstance(data.get("containers"), list):
            yield SyntheticPod(name, template, origin, data, {})
            return
        for value in data.values():
            yield from _within(value, name, template, origin, deep + 1)
