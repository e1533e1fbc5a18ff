"""Thousands of tasks are judged in time that grows with their number, not its square."""

import time
from typing import Any

import pytest

from compiler.manifests import admission, check


def chain(size: int) -> dict[str, Any]:
    """Return a workflow whose tasks each read the one before."""
    tasks = [
        {
            "name": f"t{i}",
            "template": "a",
            "depends": f"t{i - 1}.Succeeded" if i else "",
            "when": f"{{{{tasks.t{i - 1}.status}}}} == Succeeded" if i else "",
            "arguments": {"parameters": [{"name": "p", "value": str(i)}]},
        }
        for i in range(size)
    ]
    leaf = {"image": "a", "command": ["echo", "{{inputs.parameters.p}}"]}
    inputs = {"parameters": [{"name": "p"}]}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": "w"},
        "spec": {
            "entrypoint": "m",
            "templates": [
                {"name": "a", "inputs": inputs, "container": leaf},
                {"name": "m", "dag": {"tasks": tasks}},
            ],
        },
    }


def stairs(size: int) -> dict[str, Any]:
    """Return the same as groups of steps."""
    found = chain(size)
    steps = found["spec"]["templates"][1].pop("dag")["tasks"]
    for step in steps:
        del step["depends"]
        step["when"] = step["when"].replace("tasks.", "steps.")
    found["spec"]["templates"][1]["steps"] = [[step] for step in steps]
    return found


@pytest.mark.parametrize("make", [chain, stairs])
def test_time_grows_with_the_number_of_tasks(make: Any) -> None:
    def taken(size: int) -> float:
        manifest = make(size)
        started = time.process_time()
        assert {f.rule for f in check([manifest])[0]} == {"G16"}
        assert {f.rule for f in admission(manifest, [manifest])} == {"G16"}
        return time.process_time() - started

    taken(50)
    small = taken(400)
    assert taken(4000) < 40 * small
