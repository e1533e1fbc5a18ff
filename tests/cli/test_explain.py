"""`argosy explain`: what a code means, wherever one stands."""

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Shop

CODE = """\
AR401 unknown-step

A step is named that the pipeline does not have, or a step needs itself.

wrong:

    steps:
      ingest: {run: "true"}
      train: {run: "true", needs: [ingst]}
                                   ^

right:

    steps:
      ingest: {run: "true"}
      train: {run: "true", needs: [ingest]}
"""


@pytest.mark.parametrize("word", ["AR401", "ar401", "unknown-step"])
def test_a_code_is_explained_outside_of_a_project_too(
    shop: "Shop", tmp_path: "Path", word: str
) -> None:
    assert shop.argosy("explain", word, cwd=tmp_path).out == CODE


def test_every_code_is_listed_with_its_group(shop: "Shop") -> None:
    lines = shop.argosy("explain", COLUMNS="60").out.splitlines()
    assert "3xx  references and expressions" in lines
    assert all(len(line) <= 60 for line in lines)
    assert [line[:5] for line in lines if line.startswith("AR40")][:2] == ["AR401", "AR402"]


def test_an_unknown_code_names_the_nearest(shop: "Shop") -> None:
    ended = shop.argosy("explain", "AR40")
    assert ended.status == 2
    assert "no code `AR40`" in ended.err
    assert "did you mean `AR4" in ended.err


def test_codes_are_data(shop: "Shop") -> None:
    (code,) = json.loads(shop.argosy("explain", "cycle", "--json").out)["codes"]
    assert (code["code"], code["name"]) == ("AR402", "cycle")
