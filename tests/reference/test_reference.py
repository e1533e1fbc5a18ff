"""The schemas say enough for an editor, and the reference pages say what the schemas do."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from docs.reference import FOLDER, PAGES, page

ROOT = Path(__file__).parents[2]
# texts that may be anything
FREE = (
    *("description", "command[]", "with.NAME", "annotations.NAME"),
    *("foreach[]", "scalar", "default"),
)


def parts(schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield path, schema
    named = {**schema.get("properties", {}), **schema.get("$defs", {})}
    for key, body in named.items():
        yield from parts(body, f"{path}.{key}")
    for key, mark in (("additionalProperties", ".NAME"), ("items", "[]")):
        if isinstance(schema.get(key), dict):
            yield from parts(schema[key], path + mark)


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / f"schemas/{name}.schema.json").read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_what_its_schema_says(name: str) -> None:
    file = FOLDER / f"{name}.md"
    assert file.exists(), "`make docs` writes it"
    assert file.read_text("utf-8") == page(name), "`make docs` writes the pages anew"


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_tells_of_every_key_and_its_links_lead_somewhere(name: str) -> None:
    text = page(name)
    for path, body in parts(schema(name), name):
        for key in body.get("properties", {}):
            assert f"`{key}`" in text, f"{path}.{key}"
    headings = re.findall("^## (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
    assert len(anchors) == len(headings)
    assert set(re.findall(r"\(#([^)]*)\)", text)) == anchors


@pytest.mark.parametrize("name", [*PAGES, "explanation", "graph"])
def test_every_text_with_a_structure_shows_it(name: str) -> None:
    for path, body in parts(schema(name), name):
        kinds = body.get("type", [])
        if "string" in ([kinds] if isinstance(kinds, str) else kinds) and not path.endswith(FREE):
            assert {"pattern", "enum", "examples"} & set(body), f"{path}: what may stand here?"


def specs() -> list[Path]:
    patterns = ("argosy.yaml", "pipelines/*/pipeline.yaml", "components/*.yaml")
    return [path for pattern in patterns for path in ROOT.glob(pattern)]


@pytest.mark.parametrize("path", specs(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_an_example_names_its_schema_for_editors(path: Path) -> None:
    found = re.match(r"# yaml-language-server: \$schema=(\S+)\n", path.read_text("utf-8"))
    assert found, "the first line is `# yaml-language-server: $schema=…`"
    assert (path.parent / found[1]).resolve().parent == ROOT / "schemas"


def test_the_settings_of_the_editor_name_schemas_that_exist() -> None:
    settings = json.loads((ROOT / ".vscode/settings.json").read_text("utf-8"))
    maps = settings["yaml.schemas"]
    assert {Path(file).name.partition(".")[0] for file in maps} == set(PAGES)
    for file, patterns in maps.items():
        assert (ROOT / file).is_file()
        assert patterns
    extensions = json.loads((ROOT / ".vscode/extensions.json").read_text("utf-8"))
    assert "redhat.vscode-yaml" in extensions["recommendations"]
