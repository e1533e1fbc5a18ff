"""Nodes as text and back; paths are relative to the folder of the run, so that it may be moved."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from argosy.engine import fingerprint
from argosy.engine.fingerprint import Fingerprint
from argosy.engine.nodes import Node, Usage
from compiler.record import names, record

_FIELDS = names(Node)


_ENCODE = json.JSONEncoder(separators=(",", ":")).encode


@record
class Row:
    """A node as it was stored, and what its artifacts were then, by name."""

    node: Node
    prints: Mapping[str, Fingerprint]


class Encoder:
    """Turns nodes of a run into text; the artifacts of those that ended are read once each."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._prefix = folder, f"{folder}/"
        self._prints: dict[Path, Fingerprint | None] = {}

    def text(self, node: Node) -> str:
        """Return a node as JSON; what has no value is left out."""
        # what is empty says nothing, but a zero does
        data = {n: v for n, v in vars(node).items() if v or (v == 0 and v is not False)}
        if node.usage:
            data["usage"] = vars(node.usage)
        if node.artifacts:
            data["artifacts"] = {
                name: self._artifact(path, node.done) for name, path in node.artifacts.items()
            }
        if node.log is not None:
            data["log"] = self._relative(node.log)
        return _ENCODE(data)

    def _artifact(self, path: Path, done: bool) -> list[object]:
        found = self._print(path) if done else None
        return [self._relative(path), *((found.size, found.digest) if found else ())]

    def _print(self, path: Path) -> Fingerprint | None:
        if path not in self._prints:
            if len(self._prints) > 1000:
                self._prints.clear()
            try:
                self._prints[path] = fingerprint.take(path)
            except OSError:
                self._prints[path] = None
        return self._prints[path]

    def _relative(self, path: Path) -> str:
        text = str(path)
        if text.startswith(self._prefix) and "/.." not in text:
            return text[len(self._prefix) :]
        return os.path.relpath(path, self._folder)


def decode(text: str, folder: Path) -> Row:
    """Return the node that `text` holds; fields that this version does not know are left out.

    Raise `ValueError` when it holds none.
    """
    try:
        return _decoded(text, folder)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None


def _decoded(text: str, folder: Path) -> Row:
    data: dict[str, Any] = json.loads(text)
    artifacts: Mapping[str, list[Any]] = data.pop("artifacts", {})
    kept = {name: value for name, value in data.items() if name in _FIELDS}
    if "log" in kept:
        kept["log"] = _at(folder, kept["log"])
    if "usage" in kept:
        kept["usage"] = Usage(**kept["usage"])
    # what has no value was left out, such as the template of a group of steps
    node = Node(**{"template": "", **kept})
    node.artifacts = {name: _at(folder, item[0]) for name, item in artifacts.items()}
    prints = {name: Fingerprint(*item[1:]) for name, item in artifacts.items() if len(item) == 3}
    return Row(node, prints)


def _at(folder: Path, path: str) -> Path:
    return Path(os.path.normpath(folder / path))
