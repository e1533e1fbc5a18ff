"""The JSON Schemas of the files that people write, as text and as data."""

import json
from pathlib import Path
from typing import Any, Literal

Name = Literal["pipeline", "project", "component", "pin", "policy", "backfill"]


def folder() -> Path:
    """Return where the schemas lie: within this package, or beside it in a checkout."""
    packaged = Path(__file__).parent / "schemas"
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / "schemas"


def text(name: str) -> bytes:
    """Return the JSON Schema called `name`, complete in itself.

    That of a component is written with references into that of a pipeline.
    """
    content = (folder() / f"{name}.schema.json").read_bytes()
    if name != "component":
        return content
    own = json.loads(content.replace(b"pipeline.schema.json#/properties", b"#/$defs"))
    pipeline = load("pipeline")
    own["$defs"] = {"params": pipeline["properties"]["params"], **pipeline["$defs"]}
    whole = json.dumps(own, indent=2, ensure_ascii=False) + "\n"
    return whole.replace("pipeline.schema.json#", "#").encode()


def load(name: Name) -> dict[str, Any]:
    """Return the JSON Schema of a file that people write or review."""
    schema: dict[str, Any] = json.loads(text(name))
    return schema
