"""Policies about images: by digest, from known registries, under a tag that does not move."""

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.images import by_digest
from compiler.policy.view import View, Violation

_PLACES = ("localhost",)
MOVING = ("latest", "main", "master", "dev", "develop", "edge", "nightly", "stable", "head")
Settings = Mapping[str, Any]


def digests(view: View, _settings: Settings) -> Iterator[Violation]:
    """Yield images that a tag names, which somebody may move to another content."""
    for step, what, image in _images(view):
        if not by_digest(image):
            hint = "name it by digest: `IMAGE@sha256:…`; `docker buildx imagetools inspect` says it"
            yield Violation(f"{what} has the image `{image}`, by no digest", step, "image", hint)


def unmoving(view: View, settings: Settings) -> Iterator[Violation]:
    """Yield images without a tag, or under one that is known to move."""
    moving = [tag.lower() for tag in settings["tags"]]
    for step, what, image in _images(view):
        name, _, digest = image.partition("@")
        tag = name.rpartition("/")[2].partition(":")[2]
        if not digest and (not tag or tag.lower() in moving or "{{" in image):
            said = f"under the tag `{tag}`" if tag else "under no tag, which is `latest`"
            hint = "name a version, or better a digest"
            yield Violation(f"{what} has the image `{image}`, {said}", step, "image", hint)


def from_registries(view: View, settings: Settings) -> Iterator[Violation]:
    """Yield images from elsewhere than the registries, and folders of them, that are allowed."""
    allowed = [full(f"{each.rstrip('/')}/x").removesuffix("/x") for each in settings["registries"]]
    for step, what, image in _images(view):
        name = full(image)
        if "{{" in image or not any(name.startswith(f"{place}/") for place in allowed):
            hint = f"allowed are {', '.join(f'`{place}`' for place in allowed)}"
            yield Violation(f"{what} has the image `{image}`", step, "image", hint)


def full(image: str) -> str:
    """Return the name of an image with the registry that is meant where none is said."""
    first, slash, rest = image.partition("/")
    if not slash:
        return f"docker.io/library/{image}"
    if "." in first or ":" in first or first in _PLACES:
        return f"{first.lower().replace('index.docker.io', 'docker.io')}/{rest}"
    return f"docker.io/{image}"


def _images(view: View) -> Iterator[tuple[str, str, str]]:
    """Yield step, container in words, and image; image volumes are images too."""
    for step, pod, role, body in view.containers:
        name = body.get("name", "")
        what = f"`{pod.template}`" if role == "main" else f"{role} `{name}` of `{pod.template}`"
        yield step, what, str(body.get("image") or "")
    for step, pod in view.pods:
        for volume in pod.spec.get("volumes") or ():
            source = volume.get("image") if isinstance(volume, Mapping) else None
            if isinstance(source, Mapping):
                yield step, f"a volume of `{pod.template}`", str(source.get("reference") or "")
