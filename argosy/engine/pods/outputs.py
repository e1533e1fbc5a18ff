"""The outputs of a pod that has ended, as Argo's executor collects them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.engine.failure import EngineError
from argosy.engine.nodes import Node
from argosy.engine.pods import artifacts
from argosy.engine.pods.kubernetes import executable
from argosy.engine.pods.volumes import Root
from argosy.engine.pods.world import World, safe

Data = Mapping[str, Any]
RESULT = 262_144  # how much of a result Argo keeps, from its end
_SIZES = (  # in bytes: what a cluster says to an object that holds more
    (3_145_728, "Request entity too large: limit is 3145728"),
    (1_572_864, "etcdserver: request is too large"),
)


def collect(world: World, node: Node, template: Data, *, result: bool) -> str:
    """Fill the outputs of `node`; return what is missing, in Argo's words, or nothing.

    What is there is collected of a failed pod, too; `result` tells that somebody reads
    `outputs.result`. Raise `OSError` when it cannot be stored.
    """
    declared = executable(world, template).get("outputs") or {}
    if not (declared or result):
        return ""
    root = Root(world.folder / "steps" / safe(node.name))
    missing = [_parameter(node, root, each) for each in declared.get("parameters") or ()]
    unsaved = [_artifact(world, node, root, each) for each in declared.get("artifacts") or ()]
    if any(unsaved):  # as SaveArtifacts of Argo joins them
        missing.append("".join(f"{text}; " for text in unsaved if text))
    node.result = _result(root.folder / ".result")
    said = next((text for text in missing if text), "")
    return f"wait: Error (exit code 64): {said}" if said else ""


def _artifact(world: World, node: Node, root: Root, artifact: Data) -> str:
    try:
        return artifacts.keep(world, node, root, artifact)
    except EngineError as error:
        return f"artifact {artifact['name']} failed to save: {error}"


def discard(world: World, node: Node) -> None:
    """Forget what an attempt that was cut short has put out: half of it may be written."""
    node.parameters.clear()
    node.artifacts.clear()
    folder = world.folder / "artifacts" / safe(node.name)
    if folder.is_dir():
        import shutil

        shutil.rmtree(folder, ignore_errors=True)


def _parameter(node: Node, root: Root, parameter: Data) -> str:
    source = parameter.get("valueFrom") or {}
    if "path" not in source:
        return ""
    path = root.at(source["path"])
    if said := next((said for size, said in _SIZES if _size(path) > size), ""):
        return said
    try:
        node.parameters[parameter["name"]] = _text(path)
    except (FileNotFoundError, NotADirectoryError):
        if source.get("default") is None:
            place = f"/var/run/argo/outputs/parameters{source['path']}"
            return f"open {place}: no such file or directory"
        node.parameters[parameter["name"]] = str(source["default"])
    except OSError as error:
        return f"open {source['path']}: {error.strerror}"
    return ""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _text(path: Path) -> str:
    """Read a parameter, without exactly one newline at its end; never from a pipe or device."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(0, "not a regular file")
    return path.read_bytes().decode("utf-8", "replace").removesuffix("\n")


def _result(file: Path) -> str | None:
    if not file.is_file():
        return None
    return file.read_bytes()[-RESULT:].decode("utf-8", "replace").removesuffix("\n")
