"""The code of a pipeline → an immutable ConfigMap whose name holds a hash of its content."""

import base64
import hashlib
from functools import cached_property
from typing import Any

from compiler import digests
from compiler.pipeline import CodeFile, Inline, Pipeline, Script
from compiler.record import record

_INLINE = '''"""Run a script with params, inputs, matrix and run ready, of their types."""
import json
import os
import sys


class Values(dict):
    __getattr__ = dict.__getitem__


READ = {"integer": int, "number": float, "boolean": "true".__eq__, "list": json.loads}
spaces = {name: Values() for name in ("params", "inputs", "matrix", "each", "run")}
for entry in os.environ["ARGOSY_TYPES"].split():
    name, kind = entry.split("=")
    space, key = name.split(".")
    variable = "ARGOSY_RUN" if name == "run.name" else f"ARGOSY_{space}_{key}".upper()
    spaces[space][key] = READ.get(kind, str)(os.environ[variable])
script = sys.argv.pop(1)
sys.path[0] = os.getcwd()
with open(script, encoding="utf-8") as file:
    code = compile(file.read(), script, "exec")
exec(code, {"__name__": "__main__", "__file__": script, **spaces})
'''
_PRUNE = {
    "argocd.argoproj.io/sync-options": "Prune=false",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
}


@record
class Code:
    """Every file that steps find in their work folder, scripts of the spec included."""

    name: str
    files: tuple[CodeFile, ...]
    volume_name: str = "code"

    @cached_property
    def entries(self) -> tuple[str, ...]:
        """The top-level files and folders, each a mount of its own."""
        return tuple(dict.fromkeys(file.path.split("/", 1)[0] for file in self.files))

    def volume(self) -> dict[str, Any]:
        """The volume that holds the files under their paths."""
        items = [
            {"key": key(file.path), "path": file.path, "mode": 0o755 if file.executable else 0o644}
            for file in self.files
        ]
        return {"name": self.volume_name, "configMap": {"name": self.name, "items": items}}

    def mounts(self) -> list[dict[str, Any]]:
        """One mount per entry, so that the work folder itself stays writable."""
        return [
            {"name": self.volume_name, "mountPath": f"/work/{e}", "subPath": e, "readOnly": True}
            for e in self.entries
        ]

    def manifest(self, metadata: dict[str, Any]) -> dict[str, Any]:
        """The ConfigMap. It is kept when a sync prunes: a run that waits still mounts it."""
        texts: dict[str, str] = {}
        binary: dict[str, str] = {}
        for file in self.files:
            try:
                texts[key(file.path)] = _text(file.content)
            except ValueError:
                binary[key(file.path)] = base64.b64encode(file.content).decode()
        annotations = {**metadata.get("annotations", {}), **_PRUNE}
        manifest: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {**metadata, "name": self.name, "annotations": annotations},
            "immutable": True,
        }
        manifest |= {"data": texts} if texts else {}
        return manifest | ({"binaryData": binary} if binary else {})


def gather(pipeline: Pipeline) -> Code:
    """Return the code of `pipeline`: the files beside its spec and the scripts inside it."""
    scripts = [
        CodeFile(f".argosy/{step.name}.{extension}", step.action.text.encode(), False)
        for step in pipeline.members
        for kind, extension in ((Script, "sh"), (Inline, "py"))
        if isinstance(step.action, kind)
    ]
    if any(isinstance(step.action, Inline) for step in pipeline.members):
        scripts.append(CodeFile(".argosy/_inline.py", _INLINE.encode(), False))
    digested = [step for step in pipeline.steps if digests.made(step)]
    for kind, name, text in ((Script, "sh", digests.SHELL), (Inline, "py", digests.PYTHON)):
        if any(isinstance(step.action, kind) for step in digested):
            scripts.append(CodeFile(f".argosy/_digest.{name}", text.encode(), False))
    files = tuple(sorted((*pipeline.code, *scripts), key=lambda file: file.path))
    total = hashlib.sha256()
    for file in files:
        head = f"{file.path}\0{file.executable}\0{len(file.content)}\0"
        total.update(head.encode() + file.content)
    return Code(f"{pipeline.name}-code-{total.hexdigest()[:12]}", files)


def key(path: str) -> str:
    """Return the ConfigMap key of a file."""
    return path.replace("/", "__")


def _text(content: bytes) -> str:
    text = content.decode("utf-8")
    if any((ord(c) < 32 and c not in "\t\n") or c in "\x7f\x85\u2028\u2029\ufeff" for c in text):
        raise ValueError(text)
    return text
