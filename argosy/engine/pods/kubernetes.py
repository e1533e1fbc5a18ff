"""Templates that ask a cluster, as containers: kubectl and a request take the executor's place."""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from argosy.engine.failure import EngineError
from argosy.engine.pods.world import World

Data = Mapping[str, Any]
_FOLDER, _ORDER = "/argosy", "order.json"
_PROGRAM = (
    "import sys; sys.path.insert(0, {root!r}); "
    "from argosy.engine.pods.{module} import main; sys.exit(main())"
)
_MODULES = {"resource": "asking", "http": "calling"}
_PASSED = ("KUBECONFIG", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy")


def executable(world: World, template: Data) -> Data:
    """Return a template whose kind is `resource` or `http` as a container; others as they are.

    Raise `EngineError` when no cluster was named.
    """
    kind = next((kind for kind in _MODULES if template.get(kind) is not None), "")
    if not kind:
        return template
    if not world.kube_context:
        raise EngineError(f"`{kind}` needs a cluster", "name its context: --kube-context")
    outputs = dict(template.get("outputs") or {})
    declared = outputs.get("parameters") or ()
    order = {
        **template[kind],
        "context": world.kube_context,
        "namespace": "" if world.namespace == "default" else world.namespace,
        "outputs": [_wanted(parameter) for parameter in declared],
        "artifacts": {a["name"]: a["path"] for a in _artifacts(template) if a.get("path")},
    }
    outputs["parameters"] = [_collected(parameter) for parameter in declared]
    raw = {"name": _ORDER, "path": f"{_FOLDER}/{_ORDER}", "raw": {"data": json.dumps(order)}}
    inputs = dict(template.get("inputs") or {})
    inputs["artifacts"] = [*_artifacts(template), raw]
    kept = {key: value for key, value in template.items() if key != kind}
    container = _container(kind, template[kind].get("headers") or ())
    return {**kept, "inputs": inputs, "outputs": outputs, "container": container}


def _artifacts(template: Data) -> list[Data]:
    return list((template.get("inputs") or {}).get("artifacts") or ())


def _container(kind: str, headers: Iterable[Data]) -> Data:
    program = _PROGRAM.format(root=str(Path(__file__).parents[3]), module=_MODULES[kind])
    # -P: a folder `argosy` in the work folder is not ours
    command = [sys.executable, "-P", "-c", program]
    env = [{"name": name, "value": os.environ[name]} for name in _PASSED if name in os.environ]
    # a value from a Secret is the matter of the variables of a container, which know where it is
    env += [{**h, "name": _secret(n)} for n, h in enumerate(headers) if h.get("valueFrom")]
    return {"image": "argosy", "command": command, "workingDir": _FOLDER, "env": env}


def _secret(number: int) -> str:
    return f"ARGOSY_HEADER_{number}"


def _wanted(parameter: Data) -> Data:
    source = parameter.get("valueFrom") or {}
    keys = ("jsonPath", "jqFilter")
    return {"name": parameter["name"], **{key: source[key] for key in keys if source.get(key)}}


def _collected(parameter: Data) -> Data:
    """Return an output as one that is read from a file."""
    source = parameter.get("valueFrom") or {}
    if not any(source.get(key) for key in ("jsonPath", "jqFilter")):
        return parameter
    kept = {key: value for key, value in source.items() if key not in ("jsonPath", "jqFilter")}
    return {**parameter, "valueFrom": {**kept, "path": f"{_FOLDER}/outputs/{parameter['name']}"}}
