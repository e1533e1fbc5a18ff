"""The hooks that pre-commit finds in this repository, run as it would run them."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from tests.cli.conftest import Ended, Shop

HOOKS = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text("utf-8"))
CHECK = "--env prod --output rendered/prod --check"


def hook(shop: "Shop", name: str, arguments: str = "") -> "Ended":
    (found,) = [hook for hook in HOOKS if hook["id"] == name]
    program, *words = shlex.split(found["entry"])
    assert (program, found["language"], found["pass_filenames"]) == ("argosy", "python", False)
    return shop.argosy(*words, *arguments.split())


def test_what_is_right_passes(shop: "Shop") -> None:
    assert hook(shop, "argosy-validate").status == 0
    assert shop.argosy(*["render", "--env", "prod", "--output", "rendered/prod"]).status == 0
    assert hook(shop, "argosy-render", CHECK).status == 0


@pytest.mark.parametrize(("name", "arguments"), [("argosy-validate", ""), ("argosy-render", CHECK)])
def test_a_mistake_fails_with_its_place(shop: "Shop", name: str, arguments: str) -> None:
    shop.edit("run: echo again", "runn: echo again")
    ended = hook(shop, name, arguments)
    assert ended.status == 1
    assert "pipelines/hello/pipeline.yaml:" in ended.out + ended.err


def test_a_rendering_that_was_forgotten_fails_and_is_left(shop: "Shop") -> None:
    shop.argosy(*["render", "--env", "prod", "--output", "rendered/prod"])
    before = (shop.root / "rendered/prod/hello/workflowtemplate.yaml").read_bytes()
    shop.edit("echo again", "echo twice")
    ended = hook(shop, "argosy-render", CHECK)
    assert ended.status == 3
    assert "hello/" in ended.out
    assert (shop.root / "rendered/prod/hello/workflowtemplate.yaml").read_bytes() == before
