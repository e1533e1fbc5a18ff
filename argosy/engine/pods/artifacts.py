"""Artifacts into a pod and out of it, as Argo's executor loads and saves them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.engine import disk
from argosy.engine.failure import EngineError
from argosy.engine.nodes import Node
from argosy.engine.pods import copying, store
from argosy.engine.pods.volumes import Root
from argosy.engine.pods.world import World, safe

Data = Mapping[str, Any]
Given = Mapping[str, Path | Data]
_MISSING = "The specified key does not exist."


def arrive(world: World, root: Root, artifact: Data, given: Given) -> None:
    """Put an input artifact at its path; raise `EngineError`, in Argo's words, without a source.

    An optional one without a source is left out; one whose object is not there is an empty folder.
    """
    name, target = artifact["name"], root.at(artifact["path"])
    source = given.get(name, artifact)
    if isinstance(source, Path):
        copying.give(source, target)
    elif "raw" in source:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source["raw"]["data"], "utf-8")
    elif store.remote(source):
        from argosy.engine.pods import remote

        if not remote.load({**artifact, **source, "name": name}, target):
            _load(target, target, artifact)
    elif store.location(source) in store.ELSEWHERE:
        _fetch(world, {**artifact, **source, "name": name}, target)
    elif store.location(source):
        _load(store.place(world, {"name": name, **source}), target, artifact)
    elif not artifact.get("optional"):
        raise EngineError(f"init: Error (exit code 64): required artifact '{name}' not supplied")
    else:
        return
    if artifact.get("mode") is not None and target.exists():
        _chmod(target, int(artifact["mode"]), deep=bool(artifact.get("recurseMode")))


def _fetch(world: World, artifact: Data, target: Path) -> None:
    """Put what an address or a repository gives at `target`, unless a file stands for it here."""
    from argosy.engine.pods import checkout, download, environment

    def secret(reference: Data) -> str:
        return environment.login(world, reference)

    if artifact.get("git") is not None:
        checkout.load(artifact, target, secret)
        return
    kept = store.place(world, artifact)
    if kept.exists():
        copying.give(kept, target)
    elif missing := download.load(artifact, target, secret):
        _load(kept, target, artifact, missing)


def _load(source: Path, target: Path, artifact: Data, missing: str = _MISSING) -> None:
    if source.exists():
        copying.give(source, target)
    elif artifact.get("optional"):
        target.mkdir(parents=True, exist_ok=True)
    else:
        said = f"artifact {artifact['name']} failed to load: {missing}"
        raise EngineError(f"init: Error (exit code 64): {said}")


def _chmod(target: Path, mode: int, *, deep: bool) -> None:
    """Set a mode, and let what is a folder be entered."""
    for path in (target, *(target.rglob("*") if deep and target.is_dir() else ())):
        if not path.is_symlink():
            path.chmod(mode | 0o700 if path.is_dir() else mode)


def keep(world: World, node: Node, root: Root, artifact: Data) -> str:
    """Store an output artifact whole or not at all; return what is missing, in Argo's words.

    Raise `EngineError` when what is there cannot be kept.
    """
    name, path = artifact["name"], artifact.get("path")
    if not path:
        return ""
    source = root.at(path)
    if not source.exists():
        if artifact.get("optional"):
            return ""
        return f"open /var/run/argo/outputs/artifacts{path}.tgz: no such file or directory"
    target = world.folder / "artifacts" / safe(node.name) / name
    partial = target.with_name(f".{target.name}.partial")
    _remove(partial)
    plain = (artifact.get("archive") or {}).get("none") is not None
    within = source.resolve().is_relative_to(root.folder.resolve())
    if within:
        copying.take(source, partial, links=not plain, empty=not plain)
    else:
        copying.copy(source, partial)  # others may write to it
    if plain:
        _chmod(partial, 0o600, deep=True)  # as they come back from a bucket
    _remove(target)
    disk.point("rename")
    partial.rename(target)
    node.artifacts[name] = target
    if store.remote(artifact):
        from argosy.engine.pods import remote

        remote.save(artifact, target)
    elif store.location(artifact):
        _upload(store.place(world, artifact), target)
    return ""


def _upload(place: Path, stored: Path) -> None:
    partial = place.with_name(f".{place.name}.partial")
    _remove(partial)
    copying.copy(stored, partial)
    _remove(place)
    partial.rename(place)


def _remove(path: Path) -> None:
    import shutil

    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
