"""`data`: a list of files, passed through expressions (Argo's executor/data.go)."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from argosy.engine.control import inputs, text, words
from argosy.engine.control.call import Job
from argosy.engine.failure import EngineError
from argosy.engine.nodes import Node
from argosy.engine.pods import store
from argosy.engine.pods.world import World

if TYPE_CHECKING:
    from argosy.engine.control.controller import Controller

Data = Mapping[str, Any]


def begin(controller: "Controller", job: Job, node: Node) -> None:
    """Execute a `data` template at `node`, which runs."""
    try:
        body = inputs.replaced(job.body, job)
        controller.refuse_text(text.body(job.body), body, job.scope)
        node.result = transformed(controller.world, body, job.artifacts)
    except EngineError as error:
        controller.enter(job.call, "Error", error.message)
    else:
        node.exit_code = 0
        controller.enter(job.call, "Succeeded")


def transformed(world: World, template: Data, given: Mapping[str, Any]) -> str:
    """Return the result of a `data` template as JSON; raise `EngineError` when there is none."""
    declared = template["data"]
    paths = (declared.get("source") or {}).get("artifactPaths")
    if paths is None:
        raise EngineError("data template has no source")
    found: Any = _listed(world, paths, given)
    for step in declared.get("transformation") or ():
        found = words.evaluate(step["expression"], {"data": found})
    return words.to_json(found)


def _listed(world: World, paths: Data, given: Mapping[str, Any]) -> list[str]:
    place = given.get(paths.get("name", ""))
    folder = place if isinstance(place, Path) else store.place(world, paths)
    if not folder.exists():
        raise EngineError("The specified key does not exist.")
    prefix = next(
        (str((paths.get(k) or {}).get("key", "")) for k in ("s3", "gcs") if k in paths), ""
    )
    files = [Path(top) / name for top, _, names in os.walk(folder) for name in names]
    return sorted(f"{prefix.rstrip('/')}/{file.relative_to(folder)}" for file in files)
