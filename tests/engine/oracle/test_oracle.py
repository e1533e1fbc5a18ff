"""Argo manifests on this machine come to what the real controller has answered, node by node.

`manifests/NAME.yaml` is one semantic each, `answers/NAME.json` what a cluster said (`record.py`
asks it), `differences.yaml` what is known to differ: an entry that no longer does fails too.
"""

import contextlib
import json
import multiprocessing
import os
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.oracle.execution import Ended, execute
from tests.engine.oracle.outcome import Outcome, differing, order
from tests.engine.oracle.record import ANSWERS, HERE, MANIFESTS, names

AT_ONCE = 4
DIFFERENCES = yaml.safe_load((HERE / "differences.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest) -> Iterator[dict[str, "Future[Ended]"]]:
    """Run what the selected tests need, a few side by side: most only wait."""
    wanted = [getattr(item, "callspec", None) for item in request.session.items]
    selected = {spec.params["name"] for spec in wanted if spec and "name" in spec.params}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        spawned = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(AT_ONCE, mp_context=spawned) as pool:
            yield {name: pool.submit(execute, name) for name in names() if name in selected}


@pytest.mark.parametrize("name", names())
def test_it_ends_here_as_the_controller_says(
    name: str, runs: Mapping[str, "Future[Ended]"]
) -> None:
    there: Outcome = json.loads((ANSWERS / f"{name}.json").read_text("utf-8"))
    here, times = runs[name].result()
    found = {(node, field): (left, right) for node, field, left, right in differing(there, here)}
    for first, then in order(there):
        with contextlib.suppress(KeyError):
            if times[first][1] > times[then][0]:
                found[then, "order"] = (f"after {first}", "before its end")
    known = DIFFERENCES.get(name, [])
    unknown = {k: v for k, v in found.items() if not any(_covers(entry, k) for entry in known)}
    assert not unknown, _shown(unknown)
    gone = [entry for entry in known if not any(_covers(entry, key) for key in found)]
    assert not gone, "these differ no longer, take them out of differences.yaml"


def _covers(entry: Mapping[str, str], key: tuple[str, str]) -> bool:
    node, field = key
    return entry.get("node", node) == node and entry.get("field", field) == field


def _shown(found: Mapping[tuple[str, str], tuple[Any, Any]]) -> str:
    lines = [
        f"{node or 'the run'}: {field}: there {left!r}, here {right!r}"
        for (node, field), (left, right) in found.items()
    ]
    return "\n" + "\n".join(lines)


def test_every_manifest_has_an_answer_and_its_own_name() -> None:
    assert {file.stem for file in ANSWERS.glob("*.json")} == set(names())
    assert DIFFERENCES.keys() <= set(names())
    for name in names():
        documents = list(yaml.safe_load_all((MANIFESTS / f"{name}.yaml").read_text("utf-8")))
        assert name in [document["metadata"]["name"] for document in documents]
