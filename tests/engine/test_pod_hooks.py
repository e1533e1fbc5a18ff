"""What runs when a container has started, and the names of hosts that a manifest gives."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from argosy.engine.failure import EngineError
from argosy.engine.manifests import load
from argosy.engine.nodes import Node, Run
from argosy.engine.pods.group import Group, Outcome
from argosy.engine.pods.pod import prepare
from argosy.engine.pods.world import World
from argosy.engine.run import run
from argosy.engine.runtime.container import options
from argosy.engine.runtime.processes import Processes
from argosy.engine.runtime.sandbox import Sandbox
from tests.engine.groups import outcome_of
from tests.engine.oracle.record import MANIFESTS


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Processes]:
    begun = Processes(f"hooks-{os.getpid()}-{tmp_path.name}")
    yield begun
    begun.close()


def world(tmp_path: Path, runtime: str = "process", **more: Any) -> World:
    folder = tmp_path / "runs" / "r"
    folder.mkdir(parents=True)
    return World("u", folder, tmp_path / "secrets", {}, {}, {}, {}, "r", runtime=runtime, **more)


def ended(tmp_path: Path, runtime: Processes, container: Mapping[str, Any]) -> Outcome:
    template = {"container": {"command": ["sh", "-c"], **container}}
    launches = prepare(world(tmp_path), Node("r.a", "t", "Pod"), template, {}, {})
    return outcome_of(Group(launches, template), runtime)


def hook(*words: str) -> dict[str, Any]:
    return {"lifecycle": {"postStart": {"exec": {"command": list(words)}}}}


def test_a_hook_runs_beside_its_container_in_its_folder_with_its_variables(
    tmp_path: Path, runtime: Processes
) -> None:
    script = "until [ -e told ]; do sleep 0.05; done; [ $(cat told) = word ]"
    told = hook("sh", "-c", "printf $W > half; mv half told")
    container = {"args": [script], "env": [{"name": "W", "value": "word"}], **told}
    outcome = ended(tmp_path, runtime, {**container, "workingDir": "/work"})
    assert (outcome.phase, outcome.code) == ("Succeeded", 0)


def test_a_hook_ends_with_its_container(tmp_path: Path, runtime: Processes) -> None:
    outcome = ended(tmp_path, runtime, {"args": ["exit 0"], **hook("sleep", "600")})
    assert outcome.phase == "Succeeded"


@pytest.mark.parametrize("words", [("sh", "-c", "exit 3"), ("no-such-program",)])
def test_a_container_whose_hook_fails_is_stopped_and_says_so(
    words: tuple[str, ...], tmp_path: Path, runtime: Processes
) -> None:
    outcome = ended(tmp_path, runtime, {"args": ["exec sleep 600"], **hook(*words)})
    assert outcome.phase == "Failed"
    assert "PostStartHook failed" in outcome.message
    assert "on a cluster the run would hang" in outcome.message


def test_what_a_hook_writes_is_in_a_log_of_its_own(tmp_path: Path, runtime: Processes) -> None:
    script = {"args": ["until [ -e said ]; do sleep 0.05; done"]}
    ended(tmp_path, runtime, {**script, **hook("sh", "-c", "echo hello; touch said")})
    log = tmp_path / "runs/r/logs/r.a.main.postStart.log"
    assert log.read_text("utf-8") == "hello\n"


def executed(tmp_path: Path, runtime: Any) -> Run:
    return run(
        load(MANIFESTS / "host-aliases.yaml"),
        parameters={},
        folder=tmp_path,
        environment={},
        runtime=runtime,
        on_event=lambda _event: None,
    )


def test_a_sandbox_knows_the_names_of_hosts_that_a_manifest_gives(tmp_path: Path) -> None:
    begun = Processes(f"hosts-{os.getpid()}")
    try:
        Sandbox(begun, (tmp_path,))
    except EngineError as error:
        pytest.skip(str(error))
    finally:
        begun.close()
    done = executed(tmp_path, "sandbox")
    assert done.phase == "Succeeded", [node.message for node in done.nodes]
    seen = {n.name.rpartition(".")[2]: n.parameters.get("seen", "").split() for n in done.nodes}
    assert seen["whole"] == ["10.1.2.3", "whole.test"]
    assert seen["own"][0] == "10.1.2.4"
    assert "other.test" in seen["own"]
    assert seen["own"][-2:] == ["10.1.2.3", "whole.test"]


def test_a_container_is_given_them_as_options(tmp_path: Path) -> None:
    aliases = ({"ip": "10.1.2.3", "hostnames": ["whole.test"]},)
    here = world(tmp_path, "container", hosts=aliases)
    own = {"hostAliases": [{"ip": "10.1.2.4", "hostnames": ["own.test"]}]}
    template = {"container": {"image": "i", "command": ["true"]}, **own}
    [launch] = prepare(here, Node("r.a", "t", "Pod"), template, {}, {})
    words = list(options(launch, launch.root or tmp_path, "l"))
    given = [words[index + 1] for index, word in enumerate(words) if word == "--add-host"]
    assert given == ["own.test:10.1.2.4", "whole.test:10.1.2.3"]
