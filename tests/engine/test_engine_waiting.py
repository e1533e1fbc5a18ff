"""What a step waits for is said while it waits, and forgotten when it starts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from argosy.engine.manifests import load
from argosy.engine.nodes import Event
from argosy.engine.run import run


def told(tmp_path: Path, templates: list[Mapping[str, Any]], **spec: Any) -> dict[str, list[str]]:
    """Return for each node what was said about it while it waited; all succeed."""
    body = {"entrypoint": "main", "templates": templates, **spec}
    manifest = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow"}
    text = json.dumps({**manifest, "metadata": {"name": "w"}, "spec": body})
    (tmp_path / "w.yaml").write_text(text, "utf-8")
    found: dict[str, list[str]] = {}

    def note(event: Event) -> None:
        if event.node.message and event.phase in ("Pending", "Running"):
            found.setdefault(event.node.display_name, []).append(event.node.message)

    ended = run(
        load(tmp_path / "w.yaml"),
        name="r",
        parameters={},
        folder=tmp_path / "state",
        environment={},
        on_event=note,
        capacity=(1.0, 2.0**30),
    )
    assert ended.phase == "Succeeded"
    messages = {n.message for n in ended.nodes if n.phase == "Succeeded"}
    assert messages == {""}
    return found


def pair(**container: Any) -> list[Mapping[str, Any]]:
    tasks = [{"name": name, "template": "leaf"} for name in ("a", "b")]
    body = {"image": "a", "command": ["sleep", "0.3"], **container}
    return [{"name": "main", "dag": {"tasks": tasks}}, {"name": "leaf", "container": body}]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"cpu": "700m"}, "waits for cpu: 0.7 of 1"),
        ({"memory": "700Mi"}, "waits for memory: 700 of 1024 MiB"),
    ],
)
def test_a_step_waits_for_what_the_machine_has(
    tmp_path: Path, asked: Mapping[str, str], said: str
) -> None:
    assert told(tmp_path, pair(resources={"requests": asked})) == {"b": [said]}


def test_a_step_backs_off(tmp_path: Path) -> None:
    strategy = {"limit": "1", "backoff": {"duration": "1"}}
    script = f"test -e {tmp_path}/once || {{ touch {tmp_path}/once; exit 1; }}"
    leaf = {"name": "leaf", "retryStrategy": strategy}
    leaf["container"] = {"image": "a", "command": ["sh", "-c", script]}
    tasks = [{"name": "a", "template": "leaf"}]
    found = told(tmp_path, [{"name": "main", "dag": {"tasks": tasks}}, leaf])
    assert found == {"a": ["Backoff for 1 seconds"]}
