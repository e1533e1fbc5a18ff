"""The closed JSON Schema of Argo's kinds, made from the CustomResourceDefinitions of a release.

Equal parts stand once, under `$defs`. What the definitions leave to the API server's own code
(`metadata`, ConfigMaps, templates written inline) is added.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
KINDS = ("Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow")
TEXT: dict[str, Any] = {"type": "string"}
TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": TEXT}
TIME: dict[str, Any] = {"type": "string", "format": "date-time"}
_KEPT = (
    *("type", "format", "pattern", "enum", "required", "default"),
    "x-kubernetes-list-map-keys",
)
# Argo reads any scalar here and keeps its text; the API server wants a text
_ANY_TEXT = {"supplied": ("default",), "globalName": ("value", "default", "enum")}


def _closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


METADATA = _closed(
    name=TEXT,
    generateName=TEXT,
    namespace=TEXT,
    labels=TEXTS,
    annotations=TEXTS,
    finalizers={"type": "array", "items": TEXT},
    ownerReferences={
        "type": "array",
        "items": _closed(
            apiVersion=TEXT,
            kind=TEXT,
            name=TEXT,
            uid=TEXT,
            controller={"type": "boolean"},
            blockOwnerDeletion={"type": "boolean"},
        ),
    },
    uid=TEXT,
    selfLink=TEXT,
    resourceVersion=TEXT,
    generation={"type": "integer", "format": "int64"},
    creationTimestamp=TIME,
    deletionTimestamp=TIME,
    deletionGracePeriodSeconds={"type": "integer", "format": "int64"},
    managedFields={"type": "array", "items": {"type": "object"}},
)
CONFIG_MAP = _closed(
    apiVersion={"type": "string", "enum": ["v1"]},
    kind={"type": "string", "enum": ["ConfigMap"]},
    metadata={"$ref": "#/$defs/Metadata"},
    data=TEXTS,
    binaryData={"type": "object", "additionalProperties": {"type": "string", "format": "byte"}},
    immutable={"type": "boolean"},
) | {"required": ["apiVersion", "kind", "metadata"]}


def definitions() -> Iterator[Path]:
    """The definitions as files: of the source of the release that the tests look for."""
    source = Path("~/.cache/argosy-cluster/build/argo-src/manifests/base/crds/full").expanduser()
    for kind in KINDS:
        file = source / f"argoproj.io_{kind.lower()}s.yaml"
        if file.is_file():
            yield file


def read(files: Iterable[Path]) -> list[dict[str, Any]]:
    return [yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader) for file in files]


class Parts:
    """Schemas by their content; one that occurs again and is not small is referred to."""

    def __init__(self) -> None:
        self.count: dict[str, int] = {}

    def converted(self, node: Mapping[str, Any], key: str = "") -> dict[str, Any]:
        if key == "inline":
            return {"$ref": "#/$defs/Template", "x-kubernetes-preserve-unknown-fields": True}
        found = {name: node[name] for name in _KEPT if name in node}
        if node.get("x-kubernetes-int-or-string"):
            found["type"] = ["integer", "string"]
        if key == "withItems":
            found = {"type": "array", "x-kubernetes-preserve-unknown-fields": True}
        if key == "plugin":
            found |= {"minProperties": 1, "maxProperties": 1}
        if "properties" in node:
            parts = {name: self.converted(part, name) for name, part in node["properties"].items()}
            found |= {"properties": parts, "additionalProperties": False}
            for sign, names in _ANY_TEXT.items():
                _loosen(parts, names if sign in parts else ())
        elif isinstance(node.get("additionalProperties"), Mapping):
            found["additionalProperties"] = self.converted(node["additionalProperties"])
        elif node.get("type") == "object" and key != "plugin":
            found["additionalProperties"] = False
        if isinstance(node.get("items"), Mapping):
            found["items"] = self.converted(node["items"])
        text = json.dumps(found, sort_keys=True)
        self.count[text] = self.count.get(text, 0) + 1
        return found


def _loosen(parts: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        target = parts[name].get("items", parts[name]) if name in parts else {}
        target["x-argo-any-text"] = True


def schema(crds: list[dict[str, Any]], release: str) -> dict[str, Any]:
    """Return the JSON Schema, draft 2020-12, of the kinds that `crds` define, and of ConfigMaps."""
    parts = Parts()
    kinds: dict[str, dict[str, Any]] = {}
    for crd in crds:
        version = next(v for v in crd["spec"]["versions"] if v["name"] == "v1alpha1")
        root = version["schema"]["openAPIV3Schema"]
        root["properties"]["status"] = {"x-kubernetes-preserve-unknown-fields": True}
        found = parts.converted(root)
        kind = crd["spec"]["names"]["kind"]
        found["properties"] |= {
            "apiVersion": {"type": "string", "enum": ["argoproj.io/v1alpha1"]},
            "kind": {"type": "string", "enum": [kind]},
            "metadata": {"$ref": "#/$defs/Metadata"},
            "status": {},
        }
        found["required"] = ["apiVersion", "kind", *root["required"]]
        kinds[kind] = found
    template = kinds["Workflow"]["properties"]["spec"]["properties"]["templates"]["items"]
    shared = _Shared(parts.count, {_text(template): "Template"})
    body = {kind: shared.referred(found) for kind, found in sorted(kinds.items())}
    body["ConfigMap"] = CONFIG_MAP
    inner = shared.referred(template, named=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://argosy.dev/schemas/argo.schema.json",
        "title": f"What Argo Workflows {release} and Kubernetes take",
        "$comment": "Made by tests/argo from Argo's CustomResourceDefinitions (Apache-2.0).",
        "oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in body],
        "$defs": body | {"Metadata": METADATA, "Template": inner} | dict(sorted(shared.made())),
    }


def _text(node: Mapping[str, Any]) -> str:
    return json.dumps(node, sort_keys=True)


class _Shared:
    def __init__(self, count: Mapping[str, int], names: dict[str, str]) -> None:
        self.count, self.names = count, names
        self.bodies: dict[str, dict[str, Any]] = {}

    def made(self) -> list[tuple[str, dict[str, Any]]]:
        return list(self.bodies.items())

    def referred(self, node: Any, *, named: bool = False) -> Any:
        if not isinstance(node, dict):
            return [self.referred(item) for item in node] if isinstance(node, list) else node
        text = _text(node)
        if named or len(text) < 120 or (self.count.get(text, 0) < 2 and text not in self.names):
            return {key: self.referred(value) for key, value in node.items()}
        if text not in self.names:
            self.names[text] = f"p{len(self.names)}"
            self.bodies[self.names[text]] = {}
            self.bodies[self.names[text]] = self.referred(node, named=True)
        return {"$ref": f"#/$defs/{self.names[text]}"}
