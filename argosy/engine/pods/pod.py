"""One pod: its files laid out, and its containers described as processes."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.engine import disk
from argosy.engine.failure import EngineError
from argosy.engine.language import substitute
from argosy.engine.language.quantities import quantity
from argosy.engine.nodes import Node
from argosy.engine.pods import artifacts, environment, hosts, volumes
from argosy.engine.pods.demand import containers, demand
from argosy.engine.pods.dollars import executor_view, expand
from argosy.engine.pods.inherited import surroundings
from argosy.engine.pods.kubernetes import executable
from argosy.engine.pods.volumes import Bind, Root
from argosy.engine.pods.world import World, safe
from argosy.engine.runtime.launch import STARTED, Launch
from compiler.record import record, replace

Data = Mapping[str, Any]
_SCRIPT = "/argo/staging/script"
_ARGO = "/var/run/argo"
_PROGRESS = f"{_ARGO}/progress"
_WORKFLOW = "workflows.argoproj.io/workflow"


@record
class Pod:
    """What the containers of one pod have in common; `seen` is its template as executors read it.

    `fields` are those of the downward API.
    """

    world: World
    node: Node
    seen: Data
    root: Root
    fields: Data
    binds: tuple[Bind, ...] = ()
    result: Path | None = None
    hosts: tuple[tuple[str, str], ...] = ()


def prepare(
    world: World,
    node: Node,
    template: Data,
    values: Mapping[str, str],
    given: artifacts.Given,
    *,
    timeout: float | None = None,
    result: bool = False,
) -> list[Launch]:
    """Lay out the files of `node` and return its processes, that of the main container first.

    `template` has its values in place; `result` tells that somebody reads `outputs.result`. Init
    containers, sidecars and the members of a containerSet have keys of their own, `NODE/NAME`.
    Raise `EngineError` when the manifest cannot be met.
    """
    if node.template in world.faults:
        raise EngineError(world.faults[node.template])
    _named(values.get("pod.name", ""))
    template = executable(world, template)
    own = safe(node.name)
    root = Root(Path(f"{world.folder}/steps/{own}"))
    clear(root.folder)
    fields = _fields(world, node, template, values)
    seen = executor_view(template, _before_executor(world, fields))
    everyone = [*containers(seen), *_beside(seen)]
    declared = {volume["name"]: volume for volume in seen.get("volumes") or ()}
    binds = volumes.mount(world, root, everyone, {**world.volumes, **declared}, fields)
    for artifact in (seen.get("inputs") or {}).get("artifacts") or ():
        artifacts.arrive(world, root, artifact, given)
    known = hosts.aliases(seen, world.hosts)
    if known and world.rooted and not world.contained:
        hosts.place(root, known)
    node.log = Path(f"{world.logs}/{own}.log")
    kept = root.folder / ".result" if result else None
    pod = Pod(world, node, seen, root, fields, binds, kept, known)
    launches = [_launch(pod, container, timeout) for container in everyone]
    begun = zip(everyone, launches, strict=True)
    return [*launches, *(h for each, launch in begun if (h := _started(node, each, launch)))]


def clear(folder: Path) -> None:
    """Make `folder` new and empty, whatever a step did to the rights of what it left there."""
    disk.point("step")
    try:
        os.mkdir(folder)  # noqa: PTH102 - pathlib would take twice as long, at each step
    except FileExistsError:
        _empty(folder)
    except FileNotFoundError:
        folder.mkdir(parents=True)


def _empty(folder: Path) -> None:
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    else:
        import shutil

        try:
            shutil.rmtree(folder)
        except OSError:
            _open(folder)
            shutil.rmtree(folder)
    folder.mkdir(parents=True)


def _open(folder: Path) -> None:
    """Let what a step has closed to its owner be listed and removed."""
    pending = [folder]
    while pending:
        here = pending.pop()
        here.chmod(stat.S_IRWXU)
        with os.scandir(here) as entries:
            pending += [Path(e.path) for e in entries if e.is_dir(follow_symlinks=False)]


def _named(pod: str) -> None:
    """Refuse what Kubernetes takes for no name: a pod is named after its template."""
    if pod != pod.lower():
        from compiler.manifests.late_names import SUBDOMAIN

        said = f'Pod "{pod}" is invalid: metadata.name: Invalid value: "{pod}": {SUBDOMAIN}'
        raise EngineError(said)


def _beside(seen: Data) -> list[Data]:
    """Return init containers and sidecars, with the volumes of main where they mirror them."""
    mains = [mount for each in containers(seen) for mount in each.get("volumeMounts") or ()]
    found: list[Data] = []
    for each in (*(seen.get("initContainers") or ()), *(seen.get("sidecars") or ())):
        mirrored = mains if each.get("mirrorVolumeMounts") else []
        found.append({**each, "volumeMounts": [*mirrored, *(each.get("volumeMounts") or ())]})
    return found


def _launch(pod: Pod, container: Data, timeout: float | None) -> Launch:
    world, node, name = pod.world, pod.node, container["name"]
    main = name == "main"
    folder = pod.root.folder
    if container.get("workingDir"):
        folder = pod.root.at(container["workingDir"])
        folder.mkdir(parents=True, exist_ok=True)
    argo = _argo(pod, name)
    own = environment.declared(world, container, pod.fields, argo)
    threads = max(int(demand(container)[0]), 1)
    outer = {} if world.contained else surroundings(world.passed, threads)
    return Launch(
        node.name if main else f"{node.name}/{name}",
        _argv(pod, container, own),
        {**outer, **_supplied(pod), **own},
        folder,
        log_of(node, name),
        result=pod.result if main else None,
        timeout=timeout,
        root=pod.root.folder,
        image=container.get("image") or "",
        container=name,
        binds=tuple((bind.source, bind.path) for bind in pod.binds),
        placed=_placed(pod, container),
        taken=_taken(pod.seen) if main else (),
        memory=_memory(world, container),
        pids=world.pids,
        hosts=pod.hosts,
    )


def _started(node: Node, container: Data, launch: Launch) -> Launch | None:
    """Return what is to run beside a container once it has started."""
    hook = (container.get("lifecycle") or {}).get("postStart") or {}
    if not hook:
        return None
    command = (hook.get("exec") or {}).get("command")
    words = command or ("sleep", str((hook.get("sleep") or {}).get("seconds") or 0))
    name = f"{launch.container}.{STARTED}"
    key, log = f"{node.name}/{name}", log_of(node, name)
    beside = {"key": key, "container": name, "argv": tuple(words), "log": log}
    return replace(launch, **beside, result=None, timeout=None, taken=())


def _supplied(pod: Pod) -> dict[str, str]:
    """Return the variables of every step, with the pod's and the run's names in their tags."""
    world = pod.world
    known = {
        "pod.name": pod.fields["metadata.name"],
        "workflow.name": world.name,
        "workflow.uid": world.uid,
    }
    texts = world.supplied.items()
    return {name: substitute(text, known) if "{{" in text else text for name, text in texts}


def _memory(world: World, container: Data) -> int:
    """Return the bound of memory: that of the manifest for images, else where a user asks."""
    if not world.weighed:
        return 0
    limit = ((container.get("resources") or {}).get("limits") or {}).get("memory", "0")
    return int(quantity(str(limit)))


def log_of(node: Node, container: str) -> Path:
    """Return where the output of a container of `node` lies, beside the log of main."""
    log = node.log or Path(os.devnull)
    return log if container == "main" else log.with_name(f"{log.stem}.{container}.log")


def _placed(pod: Pod, container: Data) -> tuple[str, ...]:
    bound = {bind.path for bind in pod.binds}
    mounts = [mount["mountPath"] for mount in container.get("volumeMounts") or ()]
    inputs = [each["path"] for each in (pod.seen.get("inputs") or {}).get("artifacts") or ()]
    script = [_SCRIPT] if "source" in container else []
    return tuple(p for p in (*mounts, *inputs, *script, _ARGO) if p not in bound)


def _taken(seen: Data) -> tuple[str, ...]:
    outputs = seen.get("outputs") or {}
    values = [each.get("valueFrom") or {} for each in outputs.get("parameters") or ()]
    return tuple(
        each["path"] for each in (*values, *(outputs.get("artifacts") or ())) if each.get("path")
    )


def _argv(pod: Pod, container: Data, own: Mapping[str, str]) -> tuple[str, ...]:
    command = [*(container.get("command") or ())]
    if not command and not pod.world.contained:
        raise EngineError(
            f"template `{pod.node.template}` names no command",
            "images are not looked into here: write `command:`",
        )
    words = [expand(word, own) for word in (*command, *(container.get("args") or ()))]
    if "source" in container:
        script = pod.root.at(_SCRIPT)
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(container["source"], "utf-8")
        script.chmod(0o755)
        words.append(_SCRIPT if pod.world.rooted else str(script.absolute()))
    return tuple(words)


def _argo(pod: Pod, container: str) -> dict[str, str]:
    """Return the variables that Argo adds to each container (createWorkflowPod)."""
    if pod.world.rooted:
        pod.root.at(_PROGRESS).parent.mkdir(parents=True, exist_ok=True)
    return {
        "ARGO_CONTAINER_NAME": container,
        "ARGO_NODE_ID": pod.fields["metadata.annotations"]["workflows.argoproj.io/node-id"],
        "ARGO_INCLUDE_SCRIPT_OUTPUT": "true" if pod.result else "false",
        "ARGO_DEADLINE": "0001-01-01T00:00:00Z",
        "ARGO_PROGRESS_FILE": _PROGRESS
        if pod.world.rooted
        else f"{pod.root.folder.absolute()}/.progress",
        "ARGO_PROGRESS_PATCH_TICK_DURATION": "1m0s",
        "ARGO_PROGRESS_FILE_TICK_DURATION": "3s",
    }


def _before_executor(world: World, fields: Data) -> dict[str, str]:
    """Return the variables that stand before the template in an executor's environment."""
    return {
        "ARGO_POD_NAME": fields["metadata.name"],
        "ARGO_POD_UID": fields["metadata.uid"],
        "GODEBUG": "x509ignoreCN=0",
        "ARGO_WORKFLOW_NAME": world.name,
        "ARGO_WORKFLOW_UID": world.uid,
        "ARGO_CONTAINER_NAME": "init",
    }


def _fields(world: World, node: Node, template: Data, values: Mapping[str, str]) -> Data:
    metadata = template.get("metadata") or {}
    name = values.get("pod.name", node.name)
    labels = {_WORKFLOW: world.name, "workflows.argoproj.io/completed": "false"}
    notes = {
        "workflows.argoproj.io/node-id": values.get("node.id", name),
        "workflows.argoproj.io/node-name": node.name,
        "kubectl.kubernetes.io/default-container": "main",
    }
    return {
        "metadata.name": name,
        "metadata.namespace": world.namespace,
        "metadata.uid": world.uid,
        "metadata.labels": {**(metadata.get("labels") or {}), **labels},
        "metadata.annotations": {**(metadata.get("annotations") or {}), **notes},
        "spec.nodeName": world.host,
        "spec.serviceAccountName": "default",
        "status.podIP": "127.0.0.1",
        "status.hostIP": "127.0.0.1",
    }
