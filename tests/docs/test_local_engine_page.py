"""The page on the local engine: its table is that of the code, and has every field there is."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from argosy.engine.manifests.honours import ROWS, RUNTIMES, row
from compiler import schema
from compiler.catalogue import numbers
from docs import runtimes

DEFINITIONS: Mapping[str, Any] = json.loads(schema.text("argo"))["$defs"]


def properties(node: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """Return the properties that a schema has below `keys`, `[]` being the items of a list."""
    for key in (*keys, ""):
        while "$ref" in node:
            node = DEFINITIONS[node["$ref"].rpartition("/")[2]]
        if key:
            node = node["items"] if key == "[]" else node["properties"][key]
    found: Mapping[str, Any] = node["properties"]
    return found


def fields() -> Iterator[str]:
    """Yield every field that has to be in the table."""
    spec = DEFINITIONS["Workflow"]["properties"]["spec"]
    template = DEFINITIONS["Template"]
    yield from (f"spec.{name}" for name in properties(spec))
    yield from (f"template.{name}" for name in properties(template))
    for path in (("container",), ("script",), ("sidecars", "[]"), ("initContainers", "[]")):
        names = set(properties(template, *path)) - {"resources"}
        yield from (f"container.{name}" for name in names)
    yield from (f"volume.{name}" for name in properties(template, "volumes", "[]"))
    artifacts = properties(template, "inputs", "artifacts", "[]")
    yield from (f"artifact.{name}" for name in artifacts)


def test_the_table_has_every_field_of_the_kinds() -> None:
    assert sorted({field for field in fields() if row(field) is None}) == []


def test_no_field_is_in_two_rows() -> None:
    found = [field for each in ROWS for field in each.fields]
    assert sorted(found) == sorted(set(found))


def test_what_is_not_done_says_why() -> None:
    for each in ROWS:
        quiet = {each.does(runtime) for runtime in RUNTIMES} <= {"done", "idle"}
        assert quiet == (each.says == ""), each


def test_the_page_has_the_table_of_the_code() -> None:
    page = runtimes.PAGE.read_text("utf-8")
    assert runtimes.written(page) == page, "make docs"
    assert runtimes.table() in page


def test_the_codes_of_the_page_are_those_of_the_catalogue() -> None:
    page = runtimes.PAGE.read_text("utf-8")
    for slug in ("argo-refuses", "argo-differs", "argo-fails", "argo-waits", "not-honoured"):
        assert numbers()[slug] in page
