"""`argosy models` and the hidden steps: a local store, and one that cannot be reached."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Shop


def test_a_fresh_store_is_empty_and_names_what_is_missing(shop: "Shop") -> None:
    empty = shop.argosy("models", "list")
    assert (empty.status, empty.out) == (0, "no models yet\n")
    assert empty.err == "next: argosy run PIPELINE\n"
    missing = shop.argosy("models", "show", "digits", "1")
    assert (missing.status, missing.out) == (1, "")
    assert "no model is called `digits`" in missing.err


def test_a_server_that_does_not_answer_is_the_worlds_fault(shop: "Shop") -> None:
    shop.edit("{namespace: ml-dev}",
              '{namespace: ml-dev, mlflow: {uri: "http://me:secret@127.0.0.1:9"}}',
              shop.root / "argosy.yaml")  # fmt: skip
    ended = shop.argosy("models", "list", "--env", "dev")
    assert ended.status == 4
    assert "127.0.0.1:9" in ended.err
    assert "does not answer" in ended.err
    assert "secret" not in ended.err


def test_a_step_outside_a_run_says_what_it_lacks(shop: "Shop") -> None:
    ended = shop.argosy("step", "register", "--model", "digits", "--from", "model")
    assert ended.status == 1
    assert "MLFLOW_TRACKING_URI is not set" in ended.err


def test_steps_are_no_commands_for_people(shop: "Shop") -> None:
    commands = shop.argosy("--help").out.split("commands:")[1]
    assert re.search(r"^    run\b", commands, re.MULTILINE)
    assert not re.search(r"^    step\b", commands, re.MULTILINE)
