"""Every row of the tables of docs/yaml.md is so."""

import json
import os
import re
from pathlib import Path

import pytest

from compiler.catalogue import numbers
from compiler.document import read
from compiler.files import read_text
from compiler.problems import Rejected
from compiler.source import plain

PAGE = (Path(__file__).parents[2] / "docs/yaml.md").read_text("utf-8")
ROWS = [
    [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith(("| what", "| ---"))
]
_PART = re.compile(r"(`+) ?(\".*?\") ?\1(?: (\d+) times)?(?:, then )?")


def text(cell: str) -> str:
    """Return the text that a cell writes as JSON, its parts as often as it says."""
    return "".join(json.loads(part) * int(times or 1) for _, part, times in _PART.findall(cell))


def outcome(folder: Path, content: str) -> str:
    (folder / "f.yaml").write_bytes(content.encode())
    try:
        data = read(plain("f.yaml", read_text(folder, "f.yaml"))).data
    except Rejected as rejected:
        found = rejected.problems[0]
        return f"{numbers()[found.code]} `{found.code}` {found.at.line}:{found.at.column}"
    return json.dumps(data)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_is_so(row: list[str], tmp_path: Path) -> None:
    _, given, expected = row
    if expected.startswith("= "):
        expected = json.dumps(json.loads(expected.removeprefix("= ").strip("`")))
    assert outcome(tmp_path, text(given)) == expected


def test_there_are_many() -> None:
    assert len(ROWS) > 60
    told = "bad-character bidi-character yaml-limit yaml-tag unknown-alias bad-key second-document"
    assert set(told.split()) <= set(re.findall(r"`([a-z-]+)`", PAGE))


def test_what_is_no_regular_file_of_a_sane_size_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"#" * (1024 * 1024 + 1))
    codes = []
    for name in ("pipe", "large"):
        with pytest.raises(Rejected) as caught:
            read_text(tmp_path, name)
        codes += [problem.code for problem in caught.value.problems]
    assert codes == ["unreadable", "large-file"]
