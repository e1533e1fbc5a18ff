"""What a reviewer asks of a pipeline as a whole: its account, the secrets it names, its models."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.record import record
from gitops.plan_change import Change
from gitops.plan_difference import shown_change
from gitops.plan_read import Folder, strings
from gitops.plan_view import flags

_MODEL = re.compile(r"models:/([\w.-]+)(?:/([\w.-]+)|(@[\w.-]+))")


@record
class Facts:
    """Service account, names of secrets with their keys, and models by name: version or alias."""

    account: str
    secrets: frozenset[str]
    models: Mapping[str, str]


NOTHING = Facts("", frozenset(), {})


def facts(folder: Folder) -> Facts:
    """Return what the objects of a pipeline say of it."""
    template = folder.objects.get("workflowtemplate", {})
    spec = template.get("spec")
    account = spec.get("serviceAccountName", "") if isinstance(spec, Mapping) else ""
    objects = list(folder.objects.values())
    secrets = frozenset(name for manifest in objects for name in _secrets(manifest))
    return Facts(str(account), secrets, dict(_models(template)))


def account_changes(before: Facts, after: Facts) -> Iterator[Change]:
    """Yield that the service account, and so what a run may do in the cluster, is another one."""
    old, new = before.account, after.account
    if old != new:
        text = shown_change(old or "(default)", new or "(default)") if old else new
        action: Any = "changed" if old else "added"
        yield Change(action, "service account", "", "", text, "attention", old or None, new or None)


def secret_changes(before: Facts, after: Facts) -> Iterator[Change]:
    """Yield the secrets that are named now and were not, and those no longer named."""
    for name in sorted(after.secrets - before.secrets):
        yield Change("added", "secret", name, "", "is referenced", "attention", None, name)
    for name in sorted(before.secrets - after.secrets):
        yield Change("removed", "secret", name, "", "no longer referenced", "info", name, None)


def model_changes(before: Facts, after: Facts) -> Iterator[Change]:
    """Yield which version of a model is used, or registered, where that is another one."""
    for name in sorted({*before.models, *after.models}):
        old, new = before.models.get(name), after.models.get(name)
        if old is None and new is not None:
            yield Change("added", "model", name, "", new, "attention", None, new)
        elif new is None:
            yield Change("removed", "model", name, "", "no longer used", "attention", old, None)
        elif old != new:
            text = shown_change(old, new)
            yield Change("changed", "model", name, "", text, "attention", old, new)


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _secrets(item)
    if not isinstance(value, Mapping):
        return
    for key, item in value.items():
        if key in ("secretKeyRef", "accessKeySecret", "secretKeySecret") and _named(item):
            yield f"{item['name']} ({item.get('key', 'all keys')})"
        elif key == "secret" and isinstance(item, Mapping) and "secretName" in item:
            yield f"{item['secretName']} (all keys)"
        elif key == "imagePullSecrets" and isinstance(item, list):
            yield from (f"{one['name']} (to pull images)" for one in item if _named(one))
        else:
            yield from _secrets(item)


def _named(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("name"), str)


def _models(template: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for text in strings(template):
        for name, version, alias in _MODEL.findall(text):
            yield name, f"version {version}" if version else f"alias {alias[1:]}"
    spec = template.get("spec")
    templates = spec.get("templates") if isinstance(spec, Mapping) else None
    for step in templates if isinstance(templates, list) else []:
        container = step.get("container") if isinstance(step, Mapping) else None
        options = flags(container) if isinstance(container, Mapping) else {}
        for name in options.get("model", []):
            alias = options.get("alias", [""])[0]
            yield name, f"registered, alias {alias}" if alias else "registered"
