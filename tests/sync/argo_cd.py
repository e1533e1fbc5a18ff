"""The CRDs of Argo CD as schemas that know every field: what they do not name is refused."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "argocd"


def crds() -> dict[str, dict[str, Any]]:
    """Return each CRD by its kind."""
    read = (json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json")))
    return {found["spec"]["names"]["kind"]: found for found in read}


def schema(crd: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a CRD, closed."""
    found = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    properties = {**found["properties"], "metadata": {"type": "object"}}
    closed = _closed({**found, "properties": properties})
    closed["properties"]["metadata"] = {"type": "object"}
    return dict(closed)


def _closed(body: Any) -> Any:
    if isinstance(body, list):
        return [_closed(item) for item in body]
    if not isinstance(body, dict):
        return body
    found = {key: _closed(value) for key, value in body.items() if key != "format"}
    open_ended = body.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(body.get("properties"), dict) and not open_ended and "type" in body:
        found.setdefault("additionalProperties", False)
    return found
