"""Hera's models of Argo's kinds, as what validates manifests and writes them again.

Importing Hera makes 300 classes, a third of a second. What pydantic's core makes of them is
made from plain data, which is kept beside this module: the same core reads it and gives the same
verdict. Where another Hera or another core is installed, Hera itself is imported.
"""

import json
import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

KINDS = ("WorkflowTemplate", "CronWorkflow", "Workflow")
PLACE = Path(__file__).with_suffix(".json")


Round = Callable[[Any], Any]


class _Typed:
    """What a manifest becomes: the core fills it, whatever the class is called."""

    __slots__ = (
        "__dict__", "__pydantic_extra__", "__pydantic_fields_set__", "__pydantic_private__",
    )  # fmt: skip


def taken(kind: str, manifest: Mapping[str, Any]) -> Any:
    """Return what Hera's model of `kind` makes of a manifest, as JSON data.

    Raise pydantic's `ValidationError` where it refuses it.
    """
    return _round(kind)(manifest)


@cache
def _round(kind: str) -> Round:
    known = kept()
    return compiled(known, kind) if known else original(kind)


def original(kind: str) -> Round:
    """Return what takes manifests through Hera's own model of `kind` and back."""
    model = getattr(imported(), kind)

    def through(manifest: Any) -> Any:
        return model.model_validate(manifest).model_dump(mode="json", by_alias=True)

    return through


def compiled(known: Mapping[str, Any], kind: str) -> Round:
    """Return what does so through the model that what is kept describes."""
    from pydantic_core import SchemaSerializer, SchemaValidator

    definitions = [{**_filled(body), "ref": name} for name, body in known["models"].items()]
    schema: Any = {"type": "definitions", "schema": known["kinds"][kind]}
    schema["definitions"] = definitions
    validator, serializer = SchemaValidator(schema), SchemaSerializer(schema)

    def through(manifest: Any) -> Any:
        typed = validator.validate_python(manifest)
        return serializer.to_python(typed, mode="json", by_alias=True)

    return through


@cache
def kept() -> Mapping[str, Any] | None:
    """Return what is kept, None where it is not of what is installed here."""
    import pydantic_core

    site = Path(str(pydantic_core.__file__)).parents[1]
    found: dict[str, Any] = json.loads(PLACE.read_bytes())
    made = found["made"]
    same = pydantic_core.__version__ == made["pydantic-core"]
    return found if same and (site / f"hera-{made['hera']}.dist-info").is_dir() else None


def _filled(node: Any) -> Any:
    """Put in what JSON does not hold: classes and functions."""
    if isinstance(node, dict):
        filled = {key: _filled(value) for key, value in node.items()}
        if filled.get("type") == "model":
            filled["cls"] = _Typed
        if isinstance(name := filled.get("function"), str):
            filled["function"] = _FUNCTIONS[name]
        return filled
    return [_filled(item) for item in node] if isinstance(node, list) else node


def _decode(text: str, info: Any) -> Any:
    return _base64().decode_str(text, info)


def _encode(text: str) -> Any:
    return _base64().encode_str(text)


def _base64() -> Any:
    from pydantic.types import Base64Encoder, EncodedStr

    return EncodedStr(Base64Encoder)


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {"decode": _decode, "encode": _encode}


@cache
def imported() -> ModuleType:
    """Import Hera's models alone: the rest of it, which builds workflows, takes half as long again.

    Their package runs its `__init__` when somebody imports it for what it is.
    """
    import hera

    name = "hera.workflows"
    if name in sys.modules:
        return import_module(f"{name}.models")
    package = ModuleType(name)
    package.__path__ = [f"{folder}/workflows" for folder in hera.__path__]
    sys.modules[name] = package
    try:
        return import_module(f"{name}.models")
    finally:
        del sys.modules[name]
