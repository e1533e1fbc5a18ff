"""Entries of the catalogue as text for people, and as JSON."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from argosy.report.document import document
from compiler.catalogue import Block, Entry

Paint = Callable[[str, str], str]
_GROUPS = {
    "1": "text, YAML and templates",
    "2": "the shape of a spec",
    "3": "references and expressions",
    "4": "steps, parameters and the graph",
    "5": "hardware",
    "6": "schedules",
    "7": "limits",
    "8": "secrets and policy",
    "9": "files, environments and the project",
}
_SPEC = "/pipeline.yaml"


def table(entries: Iterable[Entry], width: int) -> str:
    """Return a line for each entry, in groups; `width` is in columns."""
    lines, group = [], ""
    for entry in entries:
        if entry.number[2] != group:
            group = entry.number[2]
            lines += ["", f"{group}xx  {_GROUPS[group]}"]
        line = f"{entry.number}  {entry.slug:<20} {' '.join(entry.what.split())}"
        lines.append(line if len(line) <= width else f"{line[: width - 1]}…")
    return "\n".join(lines[1:])


def human(entry: Entry, paint: Paint) -> str:
    """Return all that an entry says; `paint` is given a style and the text that gets it."""
    parts = [paint("bold", f"{entry.number} {entry.slug}"), entry.what]
    parts += [entry.why] if entry.why else []
    for word, style, blocks in (
        ("wrong", "error", entry.wrong),
        ("right", "bold", entry.right),
    ):
        for block in blocks:
            plain = block.language == "sh" or block.file.endswith(_SPEC)
            place = "" if plain else f", in {block.file}"
            parts.append("\n".join([f"{paint(style, word)}{place}:", "", *_lines(block, paint)]))
    return "\n\n".join(parts)


def _lines(block: Block, paint: Paint) -> Iterator[str]:
    for number, line in enumerate(block.text.rstrip("\n").split("\n"), 1):
        yield f"    {line}"
        if block.at and block.at[0] == number:
            yield " " * (block.at[1] + 3) + paint("error", "^")


def as_json(entries: Iterable[Entry]) -> str:
    """Return entries as JSON, by the schema `codes`."""
    found = [_entry(entry) for entry in entries]
    return document({"version": 1, "codes": found})


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "code": entry.number,
        "name": entry.slug,
        "what": entry.what,
        "why": entry.why,
        "wrong": [_block(block) for block in entry.wrong],
        "right": [_block(block) for block in entry.right],
    }


def _block(block: Block) -> dict[str, Any]:
    if block.language == "sh":
        return {"command": block.text.strip()}
    place = {"line": block.at[0], "column": block.at[1]} if block.at else {}
    return {"file": block.file, "text": block.text, **place}
