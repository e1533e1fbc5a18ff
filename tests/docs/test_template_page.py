"""docs/templates.md and docs/diagnostics.md say what is so."""

import re
from pathlib import Path

from argosy.cli import confinement
from compiler import catalogue, rendering, sandbox, template

DOCS = Path(__file__).parents[2] / "docs"
TEMPLATES = (DOCS / "templates.md").read_text("utf-8")
DIAGNOSTICS = (DOCS / "diagnostics.md").read_text("utf-8")


def test_the_list_of_filters_is_that_of_the_sandbox() -> None:
    found = re.search(r"Filters are those of this list:(.*?)\.\n-", TEMPLATES, re.DOTALL)
    assert found
    assert re.findall(r"`(\w+)`", found[1]) == sandbox.FILTERS


def test_the_limits_are_those_of_the_code() -> None:
    limits = dict(re.findall(r"^\| (.*?) \| (.*?) \|", TEMPLATES, re.MULTILINE))
    assert limits["turns of all loops"] == f"{sandbox.TURNS:,}"
    assert limits["characters that come out"] == f"{rendering.CHARACTERS:,}"
    assert limits["files that are included"] == f"{rendering.FILES}, of 1 MiB each"
    assert limits["a text or a list made by `+`"] == f"{sandbox.LENGTH:,} long"
    assert limits["a number made by `*`"] == f"{sandbox.DIGITS:,} bits"
    assert limits["memory"].startswith(f"{confinement.MEMORY // 2**20} MiB")
    assert f"{confinement.SECONDS:g} s" in limits["computing time"]
    assert f"{confinement.LAST:g} s" in limits["computing time"]


def test_the_example_renders() -> None:
    text = re.findall(r"```yaml\n(.*?)```", TEMPLATES, re.DOTALL)[0]
    source = template.render("p", text, {"vars": {"checks": ["rows"]}}, Path())
    assert "check-rows:\n    run: python check.py rows\n" in source.text
    assert source.problems == ()


def test_every_code_that_is_named_exists() -> None:
    numbers = catalogue.numbers()
    for text in (TEMPLATES, DIAGNOSTICS):
        for number, slug in re.findall(r"(AR\d+)[ -]`?([a-z-]+)`?", text):
            assert numbers.get(slug) == number or slug not in numbers
