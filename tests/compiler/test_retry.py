"""Retries: after which ends of an attempt there is another."""

from pathlib import Path

import pytest
import yaml

from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import render
from tests.scratch import SPEC, write


def rendered(folder: Path, spec: str) -> dict[str, str]:
    """Return the `retryStrategy` of step `a` of `spec`."""
    write(folder, spec)
    files = render(load_project(folder), "dev", verified=True).files
    templates = yaml.safe_load(files["p/workflowtemplate.yaml"])["spec"]["templates"]
    found: dict[str, str] = next(t for t in templates if t["name"] == "a")["retryStrategy"]
    return found


CAUSES = {
    "[failure]": "lastRetry.status == 'Failed'",
    "[error, 3]": "lastRetry.status == 'Error' || asInt(lastRetry.exitCode) in [3]",
    "[137, oom, 2]": "lastRetry.message matches 'OOMKilled' || "
    "asInt(lastRetry.exitCode) in [137, 2]",
    "[spot]": "lastRetry.message matches "
    "'imminent node shutdown|pod deleted|Evicted|Error .exit code (137|143).'",
}


@pytest.mark.parametrize("causes", CAUSES)
def test_what_is_tried_again(causes: str, tmp_path: Path) -> None:
    body = f"steps: {{a: {{run: 'true', retries: {{limit: 2, on: {causes}}}}}}}\n"
    found = rendered(tmp_path, SPEC + body)
    assert found["expression"] == CAUSES[causes]
    assert found["retryPolicy"] == "Always"


def test_any_end_is_tried_again_when_none_is_named(tmp_path: Path) -> None:
    found = rendered(tmp_path, SPEC + "steps: {a: {run: 'true', retries: 2}}\n")
    assert "expression" not in found


WRONG = {
    "[outage]": "`outage` is not an end of an attempt",
    "[300]": "`on` is 300; it must be at most 255",
    "[0]": "`on` is 0; it must be at least 1",
    "[oom, oom]": "`on` holds a value twice",
    "[]": "`on` is an empty list",
    "spot": "`on` is the text `spot`; it must be a list",
}


@pytest.mark.parametrize("causes", WRONG)
def test_what_is_no_end_of_an_attempt(causes: str, tmp_path: Path) -> None:
    body = f"steps: {{a: {{run: 'true', retries: {{limit: 2, on: {causes}}}}}}}\n"
    with pytest.raises(Rejected) as caught:
        rendered(tmp_path, SPEC + body)
    words = [p.message.replace("item 1 of ", "") for p in caught.value.problems]
    assert words == [WRONG[causes]]
