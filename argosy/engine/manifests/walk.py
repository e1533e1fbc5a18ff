"""Every field that a spec uses, by a short name such as `container.image`, each with its path."""

import re
from collections.abc import Iterator
from typing import Any

from argosy.engine.manifests.reading import read
from compiler.manifests import Path
from compiler.manifests.holders import Data, callers, mapping, mappings
from compiler.problems import Rejected
from compiler.record import record

_TAG = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_NATIVE = ("cpu", "memory", "ephemeral-storage")
_GROUPS = ("initContainers", "sidecars")


@record
class Use:
    """A field in use: the template that uses it, none for the spec itself; `what` it holds."""

    field: str
    path: Path
    template: str = ""
    what: str = ""


def of_spec(spec: Data) -> Iterator[Use]:
    """Yield the uses of a spec without those of its templates; paths begin with `spec`."""
    for key, value in spec.items():
        if value not in (None, False, [], {}):
            yield from _special(Use(f"spec.{key}", ("spec", key)), value)
    yield from _volumes(spec, ("spec",), "")
    yield from _artifacts(spec.get("arguments"), ("spec", "arguments"), "")
    yield from _locks(spec.get("synchronization"), ("spec", "synchronization"), "")


def of_template(template: Data, path: Path) -> Iterator[Use]:
    """Yield the uses of one template; paths begin with `path`."""
    name = str(template.get("name") or "")
    for key, value in template.items():
        if value not in (None, [], {}):
            yield from _special(Use(f"template.{key}", (*path, key), name), value)
    files = _files(template)
    for at, container in containers(template):
        yield from _container(container, (*path, *at), name)
        yield from _absolute(container, (*path, *at), name, files)
    yield from _volumes(template, path, name)
    for side in ("inputs", "outputs"):
        yield from _artifacts(template.get(side), (*path, side), name)
    yield from _locks(template.get("synchronization"), (*path, "synchronization"), name)
    for at, caller in callers(template):
        yield from _artifacts(caller.get("arguments"), (*path, *at, "arguments"), name)


def containers(template: Data) -> Iterator[tuple[Path, Data]]:
    """Yield every container of a template, with its path inside."""
    for key in ("container", "script"):
        if found := mapping(template.get(key)):
            yield (key,), found
    grouped = mapping(template.get("containerSet")).get("containers")
    for index, container in enumerate(mappings(grouped)):
        yield ("containerSet", "containers", index), container
    for key in _GROUPS:
        for index, container in enumerate(mappings(template.get(key))):
            yield (key, index), container


def _special(use: Use, value: Any) -> Iterator[Use]:
    """Yield a use; of some fields what it holds decides."""
    what = ""
    if use.field.endswith(".nodeSelector"):
        what = ", ".join(f"{key}={text}" for key, text in mapping(value).items())
    elif use.field.endswith(".affinity"):
        what = ", ".join(f"{key.removesuffix('Affinity')} affinity" for key in mapping(value))
    patch = str(value) if use.field.endswith(".podSpecPatch") else ""
    if ("ontainers" in patch or "olumes" in patch) and not _of_resources(patch):
        yield Use(f"{use.field}.containers", use.path, use.template)
        return
    yield Use(use.field, use.path, use.template, what)


def _of_resources(patch: str) -> bool:
    """Whether a patch of containers gives them other resources, and nothing else."""
    try:
        found = mapping(next(iter(read("podSpecPatch", _TAG.sub("0", patch))), None))
    except Rejected:
        return False
    others = [key for key in found if "ontainers" in key or "olumes" in key]
    patched = mappings(found.get("containers"))
    only = all({*each} == {"name", "resources"} for each in patched)
    return others == ["containers"] and bool(patched) and only


def _container(container: Data, path: Path, name: str) -> Iterator[Use]:
    for key, value in container.items():
        if key == "resources":
            yield from _resources(mapping(value), (*path, key), name)
        elif key == "lifecycle":
            yield from _lifecycle(mapping(value), (*path, key), name)
        elif value not in (None, [], {}):
            yield Use(f"container.{key}", (*path, key), name)


def _files(template: Data) -> list[str]:
    """Return the places of the artifacts and outputs of a template."""
    found = [
        str(artifact["path"])
        for side in ("inputs", "outputs")
        for artifact in mappings(mapping(template.get(side)).get("artifacts"))
        if artifact.get("path")
    ]
    outputs = mappings(mapping(template.get("outputs")).get("parameters"))
    return found + [str(f) for o in outputs if (f := mapping(o.get("valueFrom")).get("path"))]


def _absolute(container: Data, path: Path, name: str, files: list[str]) -> Iterator[Use]:
    """Yield a use where a command names a file of its manifest by its absolute path."""
    mounts = [str(m.get("mountPath") or "") for m in mappings(container.get("volumeMounts"))]
    places = sorted({place.rstrip("/") for place in (*files, *mounts) if place.startswith("/")})
    for place in places:
        named = re.compile(rf"(?<![\w./-]){re.escape(place)}(?![\w-])")
        for key, text in _texts(container) if place else ():
            if named.search(text):
                yield Use("container.paths", (*path, key), name, place)


def _texts(container: Data) -> Iterator[tuple[str, str]]:
    """Yield the words of a command and the text of a script, each with its field."""
    for key in ("command", "args", "source"):
        value = container.get(key)
        words = value if isinstance(value, list) else [value]
        yield from ((key, word) for word in words if isinstance(word, str))


def _lifecycle(lifecycle: Data, path: Path, name: str) -> Iterator[Use]:
    for key, hook in lifecycle.items():
        if key in ("postStart", "preStop") and hook is not None:
            yield Use(f"container.{key}", (*path, key), name)
    for kind in mapping(lifecycle.get("postStart")):
        if kind in ("httpGet", "tcpSocket"):
            yield Use(f"lifecycle.{kind}", (*path, "postStart", kind), name)


def _resources(resources: Data, path: Path, name: str) -> Iterator[Use]:
    for side in ("limits", "requests"):
        for key, amount in mapping(resources.get(side)).items():
            at = (*path, side, key)
            if key in _NATIVE:
                yield Use(f"container.{side}.{key}", at, name)
            elif side == "limits":
                yield Use("container.device", at, name, f"{key} {amount}")


def _volumes(owner: Data, path: Path, name: str) -> Iterator[Use]:
    for index, volume in enumerate(mappings(owner.get("volumes"))):
        for key, value in volume.items():
            at = (*path, "volumes", index, key)
            yield Use(f"volume.{key}", at, name)
            yield from _volume(mapping(value), at, name)


def _volume(source: Data, at: Path, name: str) -> Iterator[Use]:
    tokens = [each for each in mappings(source.get("sources")) if each.get("serviceAccountToken")]
    yield from (Use("volume.serviceAccountToken", at, name) for _ in tokens)
    if source.get("medium") == "Memory":
        what = f"memory volume {source.get('sizeLimit', '')}".rstrip()
        yield Use("volume.medium", (*at, "medium"), name, what)


def _artifacts(side: Any, path: Path, name: str) -> Iterator[Use]:
    for index, artifact in enumerate(mappings(mapping(side).get("artifacts"))):
        for key, value in artifact.items():
            if value is not None:
                at = (*path, "artifacts", index, key)
                yield Use(f"artifact.{key}", at, name)
                yield from _address(key, mapping(value), at, name)


def _address(kind: str, place: Data, at: Path, name: str) -> Iterator[Use]:
    if kind in ("http", "artifactory") and "outputs" in at:
        yield Use("artifact.toAddress", at, name)
    for key, value in mapping(place.get("auth")).items():
        if key != "basicAuth" and value:
            yield Use("artifact.auth", (*at, "auth", key), name, key)


def _locks(locks: Any, path: Path, name: str) -> Iterator[Use]:
    for key, value in mapping(locks).items():
        for lock in [mapping(value), *mappings(value)]:
            if lock.get("database"):
                yield Use("synchronization.database", (*path, key), name)
