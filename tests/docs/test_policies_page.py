"""The policy that docs/policies.md shows is one, and without its quotes it is told why not."""

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Shop

PAGE = (Path(__file__).parents[2] / "docs/policies.md").read_text("utf-8")
(POLICY,) = re.findall(
    r"```yaml\n(apiVersion: argosy.dev/v1\nkind: Policy\n.*?)```", PAGE, re.DOTALL
)
PROJECT = """apiVersion: argosy.dev/v1
kind: Project
name: shop
defaults: {image: "python:3.11"}
environments: {dev: {namespace: ml}}
"""
PIPELINE = """apiVersion: argosy.dev/v1
kind: Pipeline
name: hello
owner: finance
steps: {train: {run: echo, hardware: {gpu: 1}}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    (tmp_path / "policy").mkdir()
    (tmp_path / "pipelines/hello").mkdir(parents=True)
    (tmp_path / "argosy.yaml").write_text(PROJECT, "utf-8")
    (tmp_path / "pipelines/hello/pipeline.yaml").write_text(PIPELINE, "utf-8")
    return Shop(tmp_path)


def validated(shop: Shop, policy: str) -> tuple[int, str]:
    (shop.root / "policy/gpu-team.yaml").write_text(policy, "utf-8")
    ended = shop.argosy("validate", cwd=None)
    return ended.status, ended.out + ended.err


def test_the_policy_of_the_page_asks_what_it_says(shop: Shop) -> None:
    status, said = validated(shop, POLICY)
    assert (status, "gpu-team: this step has a GPU, and its owner is no team of ML" in said) == (
        5,
        True,
    ), said
    spec = shop.root / "pipelines/hello/pipeline.yaml"
    shop.edit("owner: finance", "owner: ml-vision", spec)
    assert validated(shop, POLICY)[0] == 0


def test_an_expression_that_a_comment_cuts_off_is_told_so(shop: Shop) -> None:
    bare = re.sub(r'assert: "(.*)".*', r"assert: \1", POLICY)
    status, said = validated(shop, bare)
    assert status == 1
    assert "in YAML ` #` begins a comment" in said


def test_a_reason_that_is_short_is_not_called_empty(shop: Shop) -> None:
    spec = shop.root / "pipelines/hello/pipeline.yaml"
    more = 'suppress: [{policy: gpu-team, reason: "x", until: 2027-01-01}]\nsteps:'
    shop.edit("steps:", more, spec)
    assert "`reason` is shorter than 8 characters" in validated(shop, POLICY)[1]
