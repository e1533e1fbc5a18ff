"""A JSON Schema → a page that tells of every key: what it takes, what it means."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

Schema = Mapping[str, Any]
FOLDER = Path(__file__).parent / "reference"
_SCHEMAS = Path(__file__).parents[1] / "schemas"
PAGES = {"pipeline": "pipelines/NAME/pipeline.yaml", "project": "argosy.yaml"}
PAGES |= {"component": "components/NAME.yaml", "pin": "environments/ENV.yaml"}
PAGES |= {"policy": "policy/NAME.yaml", "backfill": "backfills/PIPELINE/ID.yaml"}
_SHARED = " (shared)"
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "array": "list",
    "object": "mapping",
    "null": "`null`",
}
_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "maxLength": "at most {} characters",
    "maxItems": "at most {} of them",
}


def page(name: str) -> str:
    """Return the page of schema `name` as Markdown."""
    return "\n".join(_Page(_schema(name)).lines(f"`{PAGES[name]}`")) + "\n"


@cache
def _schema(name: str) -> dict[str, Any]:
    text = (_SCHEMAS / f"{name}.schema.json").read_text("utf-8")
    # a reference means the same wherever it is followed from
    found: dict[str, Any] = json.loads(text.replace('"#/', f'"{name}.schema.json#/'))
    return found


class _Page:
    """Sections in reading order: that of the file, then one for each mapping within it."""

    def __init__(self, root: Schema) -> None:
        self.root = root
        self.sections: dict[str, Schema] = {}

    def lines(self, title: str) -> Iterator[str]:
        yield from (f"# {title}", "", self.root["description"], "")
        yield "<!-- written by `make docs` from the schema -->"
        yield "Keys in **bold** are required."
        yield from self._table(self.root, "")
        done = 0
        while done < len(self.sections):
            path, schema = list(self.sections.items())[done]
            yield from ("", f"## {path}", "", schema.get("description", ""))
            yield from self._table(schema, path)
            done += 1

    def _table(self, schema: Schema, path: str) -> Iterator[str]:
        yield from ("", "| key | takes | meaning |", "| --- | --- | --- |")
        for key, body in schema.get("properties", {}).items():
            name = f"**`{key}`**" if key in schema.get("required", ()) else f"`{key}`"
            yield self._row(name, body, _joined(path, key))
        others = schema.get("additionalProperties")
        if isinstance(others, Mapping):
            yield self._row("*any name*", others, _joined(path, "NAME"))

    def _row(self, name: str, body: Schema, path: str) -> str:
        whole = self._whole(body)
        takes = [self._kind(whole), *self._limits(whole)]
        for heading in self._within(body, path):
            link = f"[mapping](#{_anchor(heading)})"
            known = "mapping" in takes[0]
            takes = [takes[0].replace("mapping", link, 1), *takes[1:]] if known else [*takes, link]
        meaning = [str(whole.get("description", "")).replace("\n", " ")]
        if examples := [f"`{_shown(example)}`" for example in whole.get("examples", ())]:
            meaning.append(f"Such as {', '.join(examples)}.")
        if "default" in whole:
            meaning.append(f"Default `{_shown(whole['default'])}`.")
        cells = (name, "; ".join(filter(None, takes)), " ".join(meaning))
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    def _whole(self, body: Schema) -> dict[str, Any]:
        """Return `body` with what its reference says, its own words first."""
        if "$ref" not in body:
            return dict(body)
        return {**self._whole(self._target(body)), **{k: v for k, v in body.items() if k != "$ref"}}

    @staticmethod
    def _target(body: Schema) -> Schema:
        file, _, pointer = body["$ref"].partition("#/")
        found: Schema = _schema(file.partition(".")[0])
        for part in pointer.split("/"):
            found = found[part]
        return found

    def _kind(self, whole: Schema) -> str:
        if "const" in whole:
            return f"`{_shown(whole['const'])}`"
        if "enum" in whole:
            return " or ".join(f"`{_shown(value)}`" for value in whole["enum"])
        names = [_TYPES[kind] for kind in _listed(whole.get("type", []))]
        if "array" in _listed(whole.get("type", [])) and isinstance(whole.get("items"), Mapping):
            inner = self._kind(self._whole(whole["items"]))
            names[names.index("list")] = f"list of {inner}" if inner else "list"
        if "title" in whole and names and "object" not in _listed(whole["type"]):
            return str(whole["title"]).removeprefix("a ").removeprefix("an ")
        return " or ".join(names)

    def _limits(self, whole: Schema) -> Iterator[str]:
        yield from (words.format(whole[key]) for key, words in _LIMITS.items() if key in whole)

    def _within(self, body: Schema, path: str) -> Iterator[str]:
        """Yield the heading of the section of what is within, which it also makes."""
        for inner, place in ((body, path), (self._whole(body).get("items"), f"{path}[]")):
            if not isinstance(inner, Mapping):
                continue
            whole = self._whole(inner)
            if "properties" in whole or isinstance(whole.get("additionalProperties"), Mapping):
                heading = self._heading(inner, place)
                self.sections.setdefault(heading, whole)
                yield heading

    def _heading(self, body: Schema, path: str) -> str:
        """A definition that many keys share has one section, under its own name."""
        while "$ref" in body and "properties" not in body:
            name, target = body["$ref"].rpartition("/")[2], self._target(body)
            if "properties" in target or "additionalProperties" in target:
                return f"{name}{_SHARED}"
            body = target
        return path


def _joined(path: str, key: str) -> str:
    return f"{path.removesuffix(_SHARED)}.{key}" if path else key


def _listed(kinds: str | list[str]) -> list[str]:
    return [kinds] if isinstance(kinds, str) else list(kinds)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
