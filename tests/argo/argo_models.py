"""Hera's models of Argo's kinds as data: `python -m tests.argo.argo_models` writes what is kept.

A model of pydantic is a tree of plain words, from which its core makes what validates and dumps.
Left out are words for those who make JSON Schemas; each model stands once and is referred to.
"""

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from compiler import argo_models

_FUNCTIONS = {"decode_str": "decode", "encode_str": "encode"}


def described() -> dict[str, Any]:
    """Return what is kept: versions, schemas by kind, and the models that these refer to."""
    known: dict[str, Any] = {}
    kinds = {}
    for kind in argo_models.KINDS:
        model: Any = getattr(argo_models.imported(), kind)
        model.model_rebuild(force=True)
        kinds[kind] = _plain(model.__pydantic_core_schema__, known)
    made = {name: version(name) for name in ("hera", "pydantic-core")}
    return {"made": made, "kinds": kinds, "models": dict(sorted(known.items()))}


def _plain(node: Any, known: dict[str, Any]) -> Any:
    if isinstance(node, Mapping):
        if node.get("type") == "definitions":
            for each in node["definitions"]:
                _plain(each, known)
            return _plain(node["schema"], known)
        typed = isinstance(node.get("type"), str)  # else these are fields, by name
        body = {k: v for k, v in node.items() if not (typed and k == "metadata")}
        return _named(body, known) if body.get("type") == "model" else _each(body, known)
    if isinstance(node, list | tuple):
        return [_plain(item, known) for item in node]
    return node if node is None or isinstance(node, str | int | float) else _name(node)


def _each(body: Mapping[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    if body.get("type") == "definition-ref":
        return {"type": "definition-ref", "schema_ref": _short(body["schema_ref"])}
    return {key: _plain(value, known) for key, value in body.items()}


def _named(body: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """Put a model where all of them are, and return what refers to it."""
    name = _short(body["ref"])
    if name not in known:
        known[name] = {}
        own = {key: value for key, value in body.items() if key not in ("ref", "cls")}
        known[name] = _each(own, known)
    return {"type": "definition-ref", "schema_ref": name}


def _short(ref: str) -> str:
    """Leave out of a reference where its class lay in memory."""
    return ref.rpartition(":")[0].removeprefix("hera.workflows.models.")


def _name(function: Any) -> str:
    return _FUNCTIONS[function.__name__]


def written() -> str:
    """Return the file's text."""
    return json.dumps(described(), separators=(",", ":"), sort_keys=True) + "\n"


if __name__ == "__main__":
    argo_models.PLACE.write_text(written(), "utf-8")
