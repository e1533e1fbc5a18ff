"""Leaf templates: containers, scripts, container sets, resources."""

import re
from typing import Any

import yaml

from compiler.manifests import depends, names
from compiler.manifests.context import Context, Scope
from compiler.manifests.findings import Path
from compiler.manifests.holders import Data, Holder, artifacts, mapping, mappings, words
from compiler.manifests.holders import parameters as declared
from compiler.manifests.lookup import look_up
from compiler.manifests.tags import text

ACTIONS = ("get", "create", "apply", "delete", "replace", "patch")
_EXPRESSION = re.compile(r"\{\{\s*=\s*(.+?)\s*\}\}")
_COUNT = re.compile(r"\+?[0-9]+|-0+")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def check(ctx: Context, base: Holder, template: Data, path: Path, scope: Scope) -> None:
    """Report what is wrong with a template that calls no other."""
    look_up(ctx, text(template), scope, path, lambda t: "V54" if _global(t) else "V51")
    for part in ("container", "script"):
        if template.get(part) is not None:
            _image(ctx, base, template, part, path)
    if template.get("container") is not None:
        _mounts(ctx, template, path)
    if template.get("containerSet") is not None:
        _container_set(ctx, template, (*path, "containerSet"))
    if template.get("resource") is not None:
        _resource(ctx, template, (*path, "resource"))
    _deadline(ctx, template, path)
    if template.get("parallelism") is not None:
        at = (*path, "parallelism")
        ctx.report("V24", at, "parallelism is only valid for steps and dag templates")


def _global(tag: str) -> bool:
    return tag == "workflow.priority" or tag.startswith("workflow.parameters.")


def _image(ctx: Context, base: Holder, template: Data, part: str, path: Path) -> None:
    defaults = mapping(mapping(base.spec.get("templateDefaults")).get(part))
    if base.key.startswith("cluster/"):
        defaults = {}
    if not mapping(template.get(part)).get("image") and not defaults.get("image"):
        ctx.report("V25", (*path, part, "image"), f"{part}.image may not be empty")


def _mounts(ctx: Context, template: Data, path: Path) -> None:
    taken: dict[str, str] = {}
    for index, mount in enumerate(mappings(mapping(template["container"]).get("volumeMounts"))):
        place = words(mount.get("mountPath"))
        if place in taken:
            at = (*path, "container", "volumeMounts", index, "mountPath")
            ctx.report("V26", at, f"mountPath '{place}' already mounted in {taken[place]}")
        taken[place] = f"container.volumeMounts.{mount.get('name')}"
    for index, artifact in enumerate(artifacts(template, "inputs")):
        place = words(artifact.get("path"))
        if place in taken:
            at = (*path, "inputs", "artifacts", index, "path")
            ctx.report("V26", at, f"path '{place}' already mounted in {taken[place]}")
        taken[place] = f"inputs.artifacts.{artifact.get('name')}"


def _container_set(ctx: Context, template: Data, path: Path) -> None:
    body, at = mapping(template["containerSet"]), (*path, "containers")
    containers = mappings(body.get("containers"))
    if not containers:
        ctx.report("V29", at, "containers must have at least one container")
        return
    seen: set[str] = set()
    for index, container in enumerate(containers):
        name = words(container.get("name"))
        wrong = "is not unique" if name in seen else names.of_field(name) if name else "is required"
        if wrong:
            ctx.report("V29", (*at, index, "name"), f"name '{name}' {wrong}")
        seen.add(name)
    _set_mounts(ctx, body, path)
    _set_order(ctx, containers, at)
    moved = declared(template, "outputs") or any(
        artifacts(template, side) for side in ("inputs", "outputs")
    )
    if moved and "main" not in seen:
        message = 'containers must have a container named "main" for input or output'
        ctx.report("V30", at, message)


def _set_mounts(ctx: Context, body: Data, path: Path) -> None:
    taken: set[str] = set()
    for index, mount in enumerate(mappings(body.get("volumeMounts"))):
        place = words(mount.get("mountPath"))
        if place in taken:
            at = (*path, "volumeMounts", index, "mountPath")
            ctx.report("V29", at, f"mountPath '{place}' already mounted")
        taken.add(place)


def _set_order(ctx: Context, containers: list[Data], at: Path) -> None:
    named = {words(container.get("name")): container for container in containers}
    order = {
        name: {"dependencies": [d for d in _list(c.get("dependencies")) if d in named]}
        for name, c in named.items()
    }
    for index, container in enumerate(containers):
        for other in _list(container.get("dependencies")):
            if other not in named:
                here = (*at, index, "dependencies")
                ctx.report("V29", here, f"dependency '{other}' not defined")
    if any(name in before for name, before in depends.ancestors(order).items()):
        ctx.report("V29", at, "containers dependency cycle detected")


def _list(value: Any) -> list[str]:
    return [words(item) for item in value] if isinstance(value, list) else []


def _resource(ctx: Context, template: Data, path: Path) -> None:
    body = mapping(template["resource"])
    action, text_, source = (
        words(body.get("action")),
        body.get("manifest"),
        body.get("manifestFrom"),
    )
    if action not in ACTIONS and not action.startswith("placeholder-"):
        ctx.report("V32", (*path, "action"), f"action must be one of: {', '.join(ACTIONS)}")
    if action in ("get", "delete"):
        return
    if bool(text_) == (source is not None):
        what = "shouldn't have both" if text_ else "needs one of"
        ctx.report("V33", path, f"{what} manifest and manifestFrom")
    wanted = mapping(source).get("artifact")
    if wanted is not None:
        name = words(mapping(wanted).get("name"))
        if name not in [words(a.get("name")) for a in artifacts(template, "inputs")]:
            message = f"artifact {name} in `manifestFrom` refer to a non-exist artifact"
            ctx.report("V33", (*path, "manifestFrom"), message)
    if text_ and not words(text_).startswith("placeholder-") and not _is_yaml(words(text_)):
        ctx.report("V33", (*path, "manifest"), "manifest must be a valid yaml")


def _is_yaml(manifest: str) -> bool:
    try:
        yaml.load(_EXPRESSION.sub("placeholder-0", manifest), Loader=_Loader)  # noqa: S506
    except (yaml.YAMLError, ValueError):
        return False
    return True


def _deadline(ctx: Context, template: Data, path: Path) -> None:
    value = template.get("activeDeadlineSeconds")
    shown = words(value)
    tag = shown.startswith("placeholder-") or (shown.startswith("{{") and shown.endswith("}}"))
    if value is None or _COUNT.fullmatch(shown) or tag:
        return
    message = "activeDeadlineSeconds must be a positive integer > 0 or an argo variable"
    ctx.report("V20", (*path, "activeDeadlineSeconds"), message)
