"""Notices: the handlers they become, their names, and what is wrong with them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import render
from tests.scratch import write

PROJECT = (
    "apiVersion: argosy.dev/v1\nkind: Project\nname: t\n"
    "environments: {dev: {namespace: d, links: {argo: 'https://argo.acme.com'}}}\n"
)
SPEC = """apiVersion: argosy.dev/v1
kind: Pipeline
name: p
defaults: {image: "i:1"}
steps: {a: {run: echo}}
params: {region: {type: string, default: us}}
"""
SLACK = "slack: {secret: s, key: url}"


def project(folder: Path, text: str) -> Path:
    return write(folder, SPEC + text, PROJECT)


def spec(folder: Path, text: str) -> dict[str, Any]:
    tree = render(load_project(project(folder, text)), "dev", verified=True)
    found: dict[str, Any] = yaml.safe_load(tree.files["p/workflowtemplate.yaml"])["spec"]
    return found


def shown(folder: Path, text: str) -> list[str]:
    with pytest.raises(Rejected) as caught:
        spec(folder, text)
    return [f"{p.at.line}:{p.at.column} {p.code}: {p.message}" for p in caught.value.problems]


def test_a_notice_has_a_name_a_small_pod_and_fails_no_run(tmp_path: Path) -> None:
    found = spec(tmp_path, f"on: {{failure: [{{{SLACK}}}, {{{SLACK}}}]}}\n")
    templates = {template["name"]: template for template in found["templates"]}
    names = [task["name"] for task in templates["on-exit"]["dag"]["tasks"]]
    assert names == [
        *("failure-slack", "failure-slack-settled"),
        *("failure-slack-2", "failure-slack-2-settled"),
    ]
    container = templates["failure-slack"]["container"]
    assert container["command"] == ["argosy", "step", "notify"]
    assert container["resources"]["requests"] == {"cpu": "20m", "memory": "128Mi"}
    assert "run=https://argo.acme.com/workflows/d/{run}" in container["args"]


def test_a_watch_for_the_late_is_a_daemon_and_no_step(tmp_path: Path) -> None:
    found = spec(tmp_path, f"parallelism: 1\non: {{late: {{after: 2h, do: [{{{SLACK}}}]}}}}\n")
    templates = {template["name"]: template for template in found["templates"]}
    assert "onExit" not in found
    assert found["parallelism"] == 2
    assert templates["late-slack"]["daemon"] is True
    assert "inputs" not in templates["late-slack"]
    tasks = {task["name"]: task for task in templates["main"]["dag"]["tasks"]}
    assert tasks["late-slack-settled"]["depends"].startswith("late-slack.Daemoned || ")
    assert "depends" not in tasks["a"]


def test_no_exit_handler_ever_waits_for_the_limit_of_a_run(tmp_path: Path) -> None:
    found = spec(tmp_path, f"parallelism: 1\non: {{exit: [{{{SLACK}}}, {{{SLACK}}}]}}\n")
    assert "parallelism" not in found
    assert [t["name"] for t in found["templates"] if t.get("parallelism") == 1] == ["main"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "on: {exit: [{webhook: {text: x}}]}\n",
            "7:23 notice: a webhook has a `url` or a `secret`",
        ),
        (
            "on: {exit: [{webhook: {secret: x}}]}\n",
            "7:23 notice: a secret has a name and a key",
        ),
        (
            f"timeout: 1h\non: {{late: {{after: 2h, do: [{{{SLACK}}}]}}}}\n",
            "8:20 notice: no run is late: it is ended after 1h",
        ),
        (
            "on: {exit: [{run: echo}]}\n",
            "7:13 missing-key: item 1 of `exit` has no `name`",
        ),
        (
            f"on: {{exit: [{{{SLACK}, retries: 2}}]}}\n",
            "7:44 no-effect: `retries` has no effect on a step of kind `slack`",
        ),
        (
            "on: {exit: [{slack: {secret: s, key: url, text: '${params.regio}'}}]}\n",
            "7:50 unknown-reference: no parameter is called `regio`",
        ),
        (
            "on: {late: {after: 2h, do: [{name: x, run: echo}]}}\n",
            "7:39 unknown-key: unknown key `run` in item 1 of `do`",
        ),
    ],
)
def test_a_mistake_is_found_where_it_stands(text: str, expected: str, tmp_path: Path) -> None:
    assert expected in shown(tmp_path, text)
