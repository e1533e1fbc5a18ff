"""A run: what it needs put together, executed to its end, and what it came to."""

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from argosy.engine import arguments, journal
from argosy.engine.adoption import Known, brought
from argosy.engine.clock import Clock
from argosy.engine.control.controller import Controller
from argosy.engine.control.workflow import Workflow
from argosy.engine.ledger import Ledger
from argosy.engine.manifests import Bundle
from argosy.engine.manifests.admission import admit
from argosy.engine.nodes import Event, Node, Run
from argosy.engine.opening import describe, machine
from argosy.engine.pods.volumes import of_workflow
from argosy.engine.pods.world import World
from argosy.engine.runtime import choice
from argosy.engine.runtime.launch import Runtime


def run(
    manifests: Bundle,
    *,
    name: str = "",
    parameters: Mapping[str, str],
    folder: Path,
    environment: Mapping[str, str],
    on_event: Callable[[Event], None],
    capacity: tuple[float, float] | None = None,
    as_argo: bool = False,
    runtime: choice.Kind = "process",
    kube_context: str = "",
    no_cache: bool = False,
    known: Mapping[str, Node] | None = None,
    again: bool = False,
    seen: int | None = None,
    workspace: str = "",
    options: Mapping[str, Any] | None = None,
) -> Run:
    """Run `manifests` to its end below `folder`; raise `EngineError` when it cannot start.

    `runtime` is one of `choice.KINDS`; `no_cache` runs what the cache of results holds. Nodes that
    are `known` by their names are taken as they ended. `again` goes on with the run `name`, which
    has no engine, unless one has worked on it since its revision was `seen`. `workspace` names the
    environment, `options` are kept as they are.
    """
    choices: dict[str, Any] = {"as_argo": as_argo, "kube_context": kube_context}
    manifests = admit(manifests, parameters, runtime=runtime, **choices).bundle
    name = name or f"{manifests.name}-{os.urandom(3).hex()[:5]}"
    clock = Clock()
    described = describe(
        manifests, name, parameters, tuple(sorted(environment)), clock.now(), workspace, options
    )
    values = arguments.resolve(manifests, name, described.uid)
    opening = journal.reopen(folder, name, seen) if again else journal.create(folder, described)
    with opening as opened:
        clock.reach(opened.latest())
        uid = opened.description.uid
        values = {**values, "workflow.uid": uid}
        place, secret, maps = opened.folder, folder / "secrets", manifests.config_maps
        more: dict[str, Any] = {"name": name, "runtime": runtime, "kube_context": kube_context}
        more |= {"namespace": manifests.namespace, "secret_objects": manifests.secrets}
        more["faults"] = manifests.faults
        more["hosts"] = tuple(manifests.spec.get("hostAliases") or ())
        volumes = of_workflow(manifests.spec, place, name)
        world = World(uid, place, secret, volumes, maps, values, environment, **more)
        ledger = Ledger(opened, clock, on_event)
        begun, room = choice.opened(runtime, uid, folder, opened.lock), capacity or machine()
        taken = Known(brought(known or {}, place))
        parts = (manifests, world, ledger, begun, dict(values), room, taken)
        controller = Controller(*parts, caching=not no_cache, as_argo=as_argo)
        return _execute(controller, begun)


def _execute(controller: Controller, runtime: Runtime) -> Run:
    ledger, world = controller.ledger, controller.world
    handlers = _catch(controller)
    try:
        phase, message = Workflow(controller, controller.bundle.spec).run()
    finally:
        runtime.close()
        for number, handler in handlers.items():
            signal.signal(number, handler)
    finished = ledger.clock.now()
    ledger.journal.finish(phase, message, finished)
    return Run(
        world.name,
        world.uid,
        phase,
        message,
        tuple(ledger.nodes.values()),
        ledger.journal.description.started,
        finished,
        world.folder,
        bool(controller.ending.asked),
        controller.ending.signal,
    )


def _catch(controller: Controller) -> dict[int, Any]:
    def stop(number: int, _frame: object) -> None:
        controller.ending.interrupt(number)

    return {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
