"""The container images that rendered manifests name."""

from collections.abc import Iterator, Mapping
from typing import Any

from gitops.plan_data import parse


def images(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return each image in the workflow templates among `files`, sorted."""
    templates = (
        parse(body) for path, body in files.items() if path.endswith("workflowtemplate.yaml")
    )
    return tuple(sorted({image for found in templates for image in _images(found)}))


def _images(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        found = value.get("image")
        if isinstance(found, str):
            yield found
        for item in value.values():
            yield from _images(item)
    elif isinstance(value, list):
        for item in value:
            yield from _images(item)
