"""The table of docs/local-engine.md: what each runtime makes of every field."""

import re
from pathlib import Path

from argosy.engine.manifests.honours import LACKING, ROWS, RUNTIMES

PAGE = Path(__file__).parent / "local-engine.md"
_PART = re.compile(r"(?<=<!-- table -->\n).*?(?=\n<!-- end of table -->)", re.DOTALL)
_WORDS = {"done": "done", "noted": "noted", "refused": "**refused**", "idle": "no bearing"}
_LACKING = "a note names what a step does not get"


def table() -> str:
    """Return the rows as Markdown, those that are refused first."""
    order = ("refused", "noted", "done", "idle")
    rows = sorted(ROWS, key=lambda row: order.index(row.process))
    lines = ["| fields | process | sandbox | container | why |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        fields = ", ".join(f"`{field}`" for field in row.fields)
        does = " | ".join(_WORDS[row.does(runtime)] for runtime in RUNTIMES)
        says = _LACKING if row.says == LACKING else row.says
        lines.append(f"| {fields} | {does} | {says} |")
    return "\n".join(lines)


def written(page: str) -> str:
    """Return the page with the table as it is now."""
    return _PART.sub(lambda _: table(), page)
