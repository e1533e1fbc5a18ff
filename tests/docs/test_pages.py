"""The pages of `docs/` say what is so: the pipelines that they show are valid."""

import re
from pathlib import Path

import pytest

from compiler.project import load_project
from compiler.render import render
from tests.scratch import PROJECT

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["caching", "calls", "lists"])
def test_the_pipelines_of_a_page_are_valid(page: str, tmp_path: Path) -> None:
    text = (ROOT / f"docs/{page}.md").read_text("utf-8")
    (tmp_path / "argosy.yaml").write_text(PROJECT, "utf-8")
    blocks = re.findall(r"^```yaml (\S+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for path, body in blocks:
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(body, "utf-8")
    assert len(render(load_project(tmp_path), "dev", verified=True)) >= len(blocks)
