"""One pod: its files laid out, its container started, its outputs collected."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from argosy.engine import environment, files, quantity
from argosy.engine.failure import EngineError
from argosy.engine.files import Root
from argosy.engine.language import substitute
from argosy.engine.nodes import Node
from argosy.engine.runtime.launch import NOT_STARTED, Launch, Runtime
from compiler.record import record


@record
class World:
    """What every pod of a run shares."""

    uid: str
    folder: Path
    secrets: Path
    volumes: Mapping[str, Any]
    config_maps: Mapping[str, Any]
    values: Mapping[str, str]
    supplied: Mapping[str, str]


@dataclass
class Pod:
    """A started pod, whose process is known to the runtime by the name of its node."""

    node: Node
    template: Mapping[str, Any]
    root: Root
    stopped: bool = False


def launch(
    world: World,
    runtime: Runtime,
    node: Node,
    template: Mapping[str, Any],
    values: Mapping[str, str],
    artifacts: Mapping[str, Path],
    timeout: float | None,
) -> Pod:
    """Start the container of `template`; raise `EngineError` when its manifest cannot be met."""
    template = substitute(template, {**values, "pod.name": node.name})
    root = Root(world.folder / "steps" / _safe(node.name))
    shutil.rmtree(root.folder, ignore_errors=True)
    container = template.get("container") or template["script"]
    volumes = {v["name"]: v for v in template.get("volumes", ())}
    files.mount(
        root,
        container.get("volumeMounts", []),
        {**world.volumes, **volumes},
        world.config_maps,
        world.folder / "claims",
    )
    for artifact in template.get("inputs", {}).get("artifacts", ()):
        _arrive(root, artifact, artifacts)
    folder = root.at(container.get("workingDir", "/"))
    folder.mkdir(parents=True, exist_ok=True)
    node.log = world.folder / "logs" / f"{_safe(node.name)}.log"
    node.log.parent.mkdir(parents=True, exist_ok=True)
    argv, variables = _container(world, container, node, folder)
    launched = Launch(node.name, tuple(argv), variables, folder, node.log, timeout=timeout)
    try:
        runtime.start(launched)
    except EngineError as error:
        raise EngineError(f"main: Error (exit code {NOT_STARTED}): {error}") from None
    return Pod(node, template, root)


def _container(
    world: World, container: Mapping[str, Any], node: Node, folder: Path
) -> tuple[list[str], dict[str, str]]:
    threads = max(int(quantity.demand(container)[0]), 1)
    variables = environment.build(container.get("env", ()), world.supplied, world.secrets, threads)
    own = {v["name"]: variables[v["name"]] for v in container.get("env", ())}
    argv = [*container.get("command", ()), *container.get("args", ())]
    if "source" in container:
        script = folder / ".script"
        script.write_text(container["source"], "utf-8")
        argv = [*container.get("command", ()), str(script)]
    if not container.get("command"):
        raise EngineError(
            f"template `{node.template}` names no command",
            "images are not pulled here: write `command:`",
        )
    return [environment.expand(argument, own) for argument in argv], variables


def _arrive(root: Root, artifact: Mapping[str, Any], artifacts: Mapping[str, Path]) -> None:
    target = root.at(artifact["path"])
    if "raw" in artifact:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(artifact["raw"]["data"], "utf-8")
    elif artifact["name"] in artifacts:
        files.deliver(artifacts[artifact["name"]], target)
    elif not artifact.get("optional"):
        raise EngineError(f"no source for input artifact `{artifact['name']}`")


def collect(world: World, pod: Pod) -> str:
    """Fill the outputs of a succeeded pod; return what is missing, in Argo's words, or nothing."""
    outputs = pod.template.get("outputs", {})
    for parameter in outputs.get("parameters", ()):
        source = parameter.get("valueFrom", {})
        path = pod.root.at(source["path"]) if "path" in source else None
        if path is not None and path.is_file():
            text = path.read_text("utf-8", errors="replace")
            pod.node.parameters[parameter["name"]] = text.removesuffix("\n")
        elif "default" in source:
            pod.node.parameters[parameter["name"]] = source["default"]
        else:
            return (
                f"wait: Error (exit code 64): open {source.get('path')}: no such file or directory"
            )
    for artifact in outputs.get("artifacts", ()):
        path = pod.root.at(artifact["path"])
        if path.exists():
            target = world.folder / "artifacts" / _safe(pod.node.name) / artifact["name"]
            _replace(path, target)
            pod.node.artifacts[artifact["name"]] = target
        elif not artifact.get("optional"):
            return (
                f"wait: Error (exit code 64): artifact {artifact['name']} failed to save: "
                f"{artifact['path']}: no such file or directory"
            )
    return ""


def _replace(source: Path, target: Path) -> None:
    """Store an artifact whole or not at all."""
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    files.keep(source, partial)
    shutil.rmtree(target, ignore_errors=True)
    partial.replace(target)


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_.()" else "_" for c in name)
