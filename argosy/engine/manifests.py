"""Manifests from a folder or a file: the workflow to run and the ConfigMaps beside it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from argosy.engine.failure import EngineError
from compiler.record import record

_KINDS = ("Workflow", "WorkflowTemplate", "CronWorkflow")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@record
class Manifests:
    """The workflow's name, its `spec` and labels, and every ConfigMap by name."""

    name: str
    namespace: str
    spec: Mapping[str, Any]
    annotations: Mapping[str, str]
    config_maps: Mapping[str, Mapping[str, Any]]
    folder: Path


def load(path: Path, name: str = "") -> Manifests:
    """Return what `path`, a folder or a file, holds; raise `EngineError` when it is not runnable.

    `name` chooses among several workflows.
    """
    objects = [item for file in _files(path) for item in _read(file)]
    workflows = [item for item in objects if item["kind"] in _KINDS]
    named = {_name(item): item for item in sorted(workflows, key=_preference, reverse=True)}
    if (name and name not in named) or not named:
        known = ", ".join(sorted(named)) or "no workflow at all"
        raise EngineError(
            f"{path} holds no workflow `{name}`" if name else f"{path} holds none",
            f"found: {known}",
        )
    if len(named) > 1 and not name:
        raise EngineError(
            f"{path} holds several workflows", f"name one: {', '.join(sorted(named))}"
        )
    chosen = named[name or next(iter(named))]
    spec = chosen["spec"]["workflowSpec"] if chosen["kind"] == "CronWorkflow" else chosen["spec"]
    metadata = chosen["metadata"]
    maps = {_name(item): item for item in objects if item["kind"] == "ConfigMap"}
    return Manifests(
        _name(chosen),
        metadata.get("namespace", "default"),
        spec,
        metadata.get("annotations", {}),
        maps,
        path,
    )


def _preference(item: Mapping[str, Any]) -> int:
    return ("WorkflowTemplate", "Workflow", "CronWorkflow").index(item["kind"])


def _name(item: Mapping[str, Any]) -> str:
    metadata = item["metadata"]
    return str(metadata.get("name") or metadata.get("generateName", "").rstrip("-"))


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(p for p in path.rglob("*") if p.suffix in (".yaml", ".yml") and p.is_file())
    if not found:
        what = "holds no manifest" if path.is_dir() else "does not exist"
        raise EngineError(f"{path} {what}", "name a folder or a file of rendered manifests")
    return found


def _read(file: Path) -> Iterator[Mapping[str, Any]]:
    try:
        documents = list(yaml.load_all(file.read_bytes(), Loader=_Loader))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise EngineError(f"{file} is no YAML: {str(error).splitlines()[0]}") from None
    except OSError as error:
        raise EngineError(f"{file} cannot be read: {error.strerror}") from None
    for item in documents:
        if item is None:
            continue
        if not isinstance(item, dict) or not {"kind", "metadata"} <= item.keys():
            raise EngineError(
                f"{file} is no Kubernetes object", "`kind` and `metadata` are missing"
            )
        if item["kind"] in _KINDS and not isinstance(item.get("spec"), dict):
            raise EngineError(f"{file} has no `spec`")
        yield item
