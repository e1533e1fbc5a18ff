"""What a workflow came to, in one form for a cluster and for this machine: plain JSON.

A node is named as in Argo's `status.nodes`; fields that are empty are left out. `children` stands
in the answers of a cluster only: the order in which things may happen is read from it.
"""

import base64
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from argosy.engine.nodes import Node, Run

Outcome = dict[str, Any]
LONG = 2_000
_OVERDUE = (
    "Pod was active on the node longer than the specified deadline",
    "Step exceeded its deadline",
    "timeout",
)
_REPEATED = re.compile(r"([^×]{4,30}?)\1{5,}", re.DOTALL)
_VARIES = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UID"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( \+0000 UTC|Z|[+-]\d\d:\d\d)"), "TIME"),
    (re.compile(r"\b[\w.-]+/(Mutex|Semaphore|ConfigMap)/"), r"NAMESPACE/\1/"),
    (re.compile(r"^\d+\.\d{6}$"), "SECONDS"),
    (re.compile(r"\b10\.\d+\.\d+\.\d+\b|\b127\.\d+\.\d+\.\d+\b"), "ADDRESS"),
)


def of_cluster(workflow: Mapping[str, Any]) -> Outcome:
    """Return what the Workflow object of a run that has ended says."""
    status = workflow.get("status", {})
    space = workflow["metadata"]["namespace"]
    found = _nodes(status)
    names = {identity: node["name"] for identity, node in found.items()}
    nodes = {}
    for node in found.values():
        nodes[_steady(node["name"], space)] = _plain(
            {
                "type": node["type"],
                "phase": node.get("phase"),
                "message": node.get("message"),
                "template": node.get("templateName") or node.get("templateRef", {}).get("template"),
                "parent": names.get(node.get("boundaryID", "")),
                "children": sorted(
                    _steady(names[child], space)
                    for child in node.get("children", ())
                    if child in names  # Argo names items that failFast keeps from beginning
                ),
                "inputs": _values(node.get("inputs", {})),
                **_outputs(node.get("outputs", {})),
                "daemoned": node.get("daemoned"),
                "memo": node.get("memoizationStatus", {}).get("hit"),
            },
            space,
        )
    return {
        **_plain({"phase": status.get("phase"), "message": status.get("message")}, space),
        "nodes": dict(sorted(nodes.items())),
    }


def of_run(run: Run, namespace: str = "default") -> Outcome:
    """Return the same of a run of the local engine."""
    return {
        **_plain({"phase": run.phase, "message": run.message}, namespace),
        "nodes": dict(
            sorted((_steady(n.name, namespace), _of_node(n, namespace)) for n in run.nodes)
        ),
    }


def order(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Yield (first, then): pods that the graph puts one after the other, however far apart.

    Nothing waits for the end of a daemon, which has no exit code, nor does a hook that runs beside.
    """
    nodes = outcome["nodes"]
    leaves = {
        name
        for name, node in nodes.items()
        if node["type"] in ("Pod", "Suspend") and ".hooks." not in name
    }
    for name in sorted(leaves):
        if nodes[name]["type"] == "Pod" and "exitCode" not in nodes[name]:
            continue
        seen, ahead = set[str](), list(nodes[name].get("children", ()))
        while ahead:
            after = ahead.pop()
            if after not in seen:
                seen.add(after)
                ahead += nodes[after].get("children", ())
        yield from ((name, after) for after in sorted(seen & leaves))


def differing(there: Outcome, here: Outcome) -> Iterator[tuple[str, str, Any, Any]]:
    """Yield (node, field, there, here) of all that is not equal; '' is the run itself.

    What the controller fails before the first node is refused here; the words of that are compared
    by the tests of admission.
    """
    if not there["nodes"] and there["phase"] == "Failed" and here.get("refused"):
        return
    for field in ("phase", "message", "refused"):
        if there.get(field) != here.get(field):
            yield "", field, there.get(field), here.get(field)
    theirs, ours = there["nodes"], here.get("nodes", {})
    for name in sorted(theirs.keys() | ours.keys()):
        left, right = theirs.get(name, {}), ours.get(name, {})
        if not left or not right:
            yield name, "node", bool(left), bool(right)
            continue
        for field in sorted((left.keys() | right.keys()) - {"children"}):
            if left.get(field) != right.get(field):
                yield name, field, left.get(field), right.get(field)


def _of_node(node: Node, namespace: str) -> Outcome:
    code = node.exit_code
    return _plain(
        {
            "type": node.type,
            "phase": node.phase,
            "message": node.message,
            "template": node.template,
            "parent": getattr(node, "parent", None),
            "inputs": getattr(node, "inputs", {}),
            "outputs": node.parameters,
            "artifacts": sorted(node.artifacts),
            "result": getattr(node, "result", None),
            "exitCode": None if code is None else str(code),
            "daemoned": node.daemoned,
            "memo": getattr(node, "cached", None),
        },
        namespace,
    )


def _nodes(status: Mapping[str, Any]) -> dict[str, Any]:
    packed = status.get("compressedNodes")
    if packed:
        found: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(packed)))
        return found
    return dict(status.get("nodes", {}))


def _values(arguments: Mapping[str, Any]) -> dict[str, str]:
    # an output that was not made is declared without a value
    return {p["name"]: p["value"] for p in arguments.get("parameters", ()) if "value" in p}


def _outputs(outputs: Mapping[str, Any]) -> Outcome:
    logs = ("main-logs",)
    artifacts = [a["name"] for a in outputs.get("artifacts", ()) if a["name"] not in logs]
    return {
        "outputs": _values(outputs),
        "artifacts": sorted(artifacts),
        "result": outputs.get("result"),
        "exitCode": outputs.get("exitCode"),
    }


def _plain(fields: Mapping[str, Any], namespace: str) -> Outcome:
    # the kubelet and the controller race to end a pod whose time is up, each in its words
    if fields.get("message") in _OVERDUE:
        fields = {**fields, "message": "OVERDUE", "exitCode": None}
    kept = {k: v for k, v in fields.items() if v not in (None, False, "", [], {}) or k == "result"}
    return {k: _steady(v, namespace) for k, v in kept.items() if v is not None}


def _steady(value: Any, namespace: str) -> Any:
    """Take out what is another each time."""
    if isinstance(value, dict):
        return {key: _steady(item, namespace) for key, item in sorted(value.items())}
    if not isinstance(value, str):
        return value
    if value == namespace:
        return "NAMESPACE"
    for pattern, name in _VARIES:
        value = pattern.sub(name, value)
    value = _REPEATED.sub(lambda m: f"{m[1]}×{len(m[0]) // len(m[1])}", value)
    return value if len(value) <= LONG else f"{value[:60]}… ({len(value)} characters)"
