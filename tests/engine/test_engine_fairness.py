"""What asks for much is not kept waiting for ever by what asks for little."""

import json
from pathlib import Path
from typing import Any

from argosy.engine.manifests import load
from argosy.engine.run import run

_MANY = 60


def leaf(name: str, cpu: str) -> dict[str, Any]:
    resources = {"requests": {"cpu": cpu}}
    container = {"image": "i", "command": ["sleep", "0.02"], "resources": resources}
    return {"name": name, "container": container}


def test_P20_a_large_step_is_overtaken_by_few_small_ones(tmp_path: Path) -> None:
    names = ["small-0", "large", *(f"small-{number}" for number in range(1, _MANY))]
    tasks = [{"name": name, "template": name.partition("-")[0]} for name in names]
    templates = [{"name": "main", "dag": {"tasks": tasks}}, leaf("small", "1"), leaf("large", "2")]
    manifest = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": "w"},
        "spec": {"entrypoint": "main", "templates": templates},
    }
    (tmp_path / "w.json").write_text(json.dumps(manifest))
    ended = run(
        load(tmp_path / "w.json"),
        parameters={},
        folder=tmp_path / "s",
        environment={},
        on_event=lambda _event: None,
        capacity=(2.0, 2.0**40),
    )
    assert ended.phase == "Succeeded"
    started = {node.display_name: node.started or 0.0 for node in ended.nodes}
    assert sum(at < started["large"] for at in started.values()) < 25
