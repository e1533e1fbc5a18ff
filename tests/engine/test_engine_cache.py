"""Steps whose results are remembered: `memoize` with the store of results below the state."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from argosy.engine import journal
from argosy.engine.adoption import moved
from argosy.engine.cachestore import CacheStore
from argosy.engine.manifests import load
from argosy.engine.nodes import Node
from argosy.engine.run import run

SCRIPT = "echo ran >> {marks}; echo data-{{{{inputs.parameters.x}}}} > out"


def manifest(marks: Path, age: str = "1h") -> dict[str, Any]:
    key = "k-{{inputs.parameters.x}}"
    cached = {
        "name": "cached",
        "inputs": {"parameters": [{"name": "x"}]},
        "memoize": {"key": key, "maxAge": age, "cache": {"configMap": {"name": "c", "key": "o"}}},
        "container": {"image": "i", "command": ["sh", "-c", SCRIPT.format(marks=marks)]},
        "outputs": {
            "artifacts": [{"name": "data", "path": "/out"}],
            "parameters": [{"name": "data", "valueFrom": {"path": "/out"}}],
        },
    }
    given = {"parameters": [{"name": "x", "value": "{{workflow.parameters.x}}"}]}
    task = {"name": "a", "template": "cached", "arguments": given}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": "w"},
        "spec": {
            "entrypoint": "main",
            "arguments": {"parameters": [{"name": "x", "value": "1"}]},
            "templates": [{"name": "main", "dag": {"tasks": [task]}}, cached],
        },
    }


class Runs:
    """Runs of one manifest, and how often its step ran."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0
        self.marks, self.state = folder / "marks", folder / "state"
        (folder / "w.json").write_text(json.dumps(manifest(self.marks)))

    def __call__(self, x: str = "1", **more: Any) -> Node:
        self.count += 1
        ended = run(
            load(self.folder / "w.json"),
            name=f"r{self.count}",
            parameters={"x": x},
            folder=self.state,
            environment={},
            on_event=lambda _event: None,
            **more,
        )
        assert ended.phase == "Succeeded", ended.message
        (node,) = (n for n in journal.load(self.state, ended.name).nodes if n.type == "Pod")
        return node

    @property
    def ran(self) -> int:
        return self.marks.read_text().count("ran")


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def test_a_result_is_found_again_and_says_whose_it_is(runs: Runs) -> None:
    first = runs()
    assert not first.cached
    assert first.memory == "the cache keeps no result of it yet"
    second = runs()
    assert runs.ran == 1
    assert second.cached
    assert second.memory == "the result of run r1 is under the same key"
    assert second.parameters == {"data": "data-1"}
    assert second.artifacts["data"].read_text() == "data-1\n"
    assert second.started == second.finished


def test_what_has_changed_is_named(runs: Runs) -> None:
    runs()
    other = runs("2")
    assert runs.ran == 2
    assert other.memory == "the cache has no result: since run r1 there is a change in parameter x"


def test_the_cache_may_be_left_out_and_is_made_anew(runs: Runs) -> None:
    runs()
    assert runs(no_cache=True).memory == "the cache was not asked"
    assert runs.ran == 2
    assert runs().memory == "the result of run r2 is under the same key"


def test_a_run_has_what_it_took_from_the_cache(runs: Runs) -> None:
    runs()
    taken = runs()
    shutil.rmtree(runs.state / "runs/r1")
    CacheStore(runs.state / "cache").evict(size=0)
    assert taken.artifacts["data"].read_text() == "data-1\n"
    assert "r2.a" in journal.known(runs.state, "r2")
    assert not runs().cached


def test_a_result_that_was_edited_is_made_anew(runs: Runs) -> None:
    runs()
    (kept,) = runs.state.glob("cache/objects/*/*")
    kept.chmod(0o600)
    kept.write_text("data-9\n")
    again = runs()
    assert runs.ran == 2
    assert again.memory == "what run r1 kept is too old, damaged or removed"
    assert runs().cached


def test_what_is_taken_from_another_run_outlives_it(runs: Runs) -> None:
    runs()
    known = moved(journal.known(runs.state, "r1"), "r1", "r2")
    taken = runs(known=known)
    assert runs.ran == 1
    shutil.rmtree(runs.state / "runs/r1")
    assert taken.artifacts["data"].read_text() == "data-1\n"
    assert taken.log is not None
    assert taken.log.is_file()
    assert "r2.a" in journal.known(runs.state, "r2")
