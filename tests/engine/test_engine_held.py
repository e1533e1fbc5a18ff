"""A workflow that is to wait before its first step: nothing here holds it, so it is refused."""

import json
from pathlib import Path

import pytest

from argosy.engine.manifests import load
from argosy.engine.run import run
from compiler.problems import Rejected


@pytest.mark.parametrize("held", [True, False])
def test_a_workflow_that_is_held_back_is_refused(held: bool, tmp_path: Path) -> None:
    step = {"name": "a", "container": {"image": "i", "command": ["true"]}}
    manifest = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": "w"},
        "spec": {"entrypoint": "a", "suspend": held, "templates": [step]},
    }
    (tmp_path / "w.json").write_text(json.dumps(manifest))
    found, state = load(tmp_path / "w.json"), tmp_path / "s"
    options = {"parameters": {}, "environment": {}, "on_event": lambda _event: None}
    if held:
        with pytest.raises(Rejected) as caught:
            run(found, folder=state, **options)  # type: ignore[arg-type]
        assert "the workflow: `suspend` is not supported" in caught.value.problems[0].message
    else:
        assert run(found, folder=state, **options).phase == "Succeeded"  # type: ignore[arg-type]
