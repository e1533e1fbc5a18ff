"""Foreign manifests, whose paths are absolute: the sandbox, and what docker or podman is asked."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from argosy.engine.failure import EngineError
from argosy.engine.manifests import load
from argosy.engine.nodes import Run
from argosy.engine.run import run
from argosy.engine.runtime import choice, container
from argosy.engine.runtime.launch import Ended, Launch, Runtime
from argosy.engine.runtime.processes import Processes
from argosy.engine.runtime.sandbox import Sandbox
from tests.engine.processes import PATIENCE, gone, wait_for, written


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    inner = Processes(f"sandbox-{os.getpid()}-{tmp_path.name}")
    try:
        made = Sandbox(inner, (tmp_path,))
    except EngineError as error:
        inner.close()
        pytest.skip(str(error))
    yield made
    made.close()


def start(runtime: Runtime, folder: Path, script: str, **more: Any) -> Launch:
    root = folder / "steps" / "a"
    (root / "data/in").mkdir(parents=True, exist_ok=True)
    env = {"PATH": os.environ["PATH"]}
    more = {"folder": root / "data", "placed": ("/data",), "grace": 0.5, **more}
    launch = Launch("a", ("sh", "-c", script), env, log=folder / "log", root=root, **more)
    runtime.start(launch)
    return launch


def end(runtime: Runtime) -> Ended:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if ended := runtime.wait(1):
            return ended[0]
    pytest.fail("it does not end")


def test_a_step_finds_and_leaves_its_files_at_absolute_paths(
    runtime: Runtime, tmp_path: Path
) -> None:
    script = (
        "pwd; ls /data; echo out > /tmp/argosy-sandbox-test; mkdir -p /mnt/new/deep;"
        f" echo 1 > /etc/argosy-sandbox-test; echo shared > {tmp_path}/shared; echo 2 > /data/out;"
        " echo 3 > /argosy-sandbox-test; mkdir /argosy-new; echo 4 > /argosy-new/out"
    )
    launch = start(runtime, tmp_path, script)
    ended = end(runtime)
    assert (ended.code, (tmp_path / "log").read_text()) == (0, "/data\nin\n")
    assert launch.root is not None
    assert (launch.root / "tmp/argosy-sandbox-test").read_text() == "out\n"
    assert (launch.root / "etc/argosy-sandbox-test").read_text() == "1\n"
    assert (launch.root / "data/out").read_text() == "2\n"
    assert (launch.root / "argosy-sandbox-test").read_text() == "3\n"
    assert (launch.root / "argosy-new/out").read_text() == "4\n"
    assert not Path("/argosy-sandbox-test").exists()
    assert not Path("/tmp/argosy-sandbox-test").exists()
    assert not Path("/etc/argosy-sandbox-test").exists()
    assert (tmp_path / "shared").read_text() == "shared\n"
    assert [path.name for path in (tmp_path / "steps").iterdir()] == ["a"]


def test_python_and_its_libraries_are_those_of_the_caller(runtime: Runtime, tmp_path: Path) -> None:
    start(runtime, tmp_path, f"{sys.executable} -c 'import yaml; print(yaml.__name__)'")
    assert (end(runtime).code, (tmp_path / "log").read_text()) == (0, "yaml\n")


def test_a_step_in_a_sandbox_ends_as_any_other(runtime: Runtime, tmp_path: Path) -> None:
    start(runtime, tmp_path, f"setsid sleep 300 & echo $! > {tmp_path}/child; exec sleep 300")
    child = written(tmp_path / "child")
    runtime.stop("a", 0.2)
    ended = end(runtime)
    assert (ended.code, ended.note) == (143, "killed by SIGTERM")
    wait_for(lambda: gone(child))


def test_a_command_that_is_not_there_is_told_in_the_words_of_argo(
    runtime: Runtime, tmp_path: Path
) -> None:
    env = {"PATH": os.environ["PATH"]}
    with pytest.raises(EngineError, match='exec: "nope": executable file not found'):
        runtime.start(
            Launch("a", ("nope",), env, tmp_path, tmp_path / "log", root=tmp_path / "steps")
        )


def test_a_folder_that_no_overlay_takes_is_refused(tmp_path: Path) -> None:
    odd = tmp_path / "a,b:c"
    odd.mkdir()
    if sys.platform != "linux":
        pytest.skip("only Linux has a sandbox")
    with pytest.raises(EngineError, match="takes no folder with"):
        choice.opened("sandbox", "m", odd)


FOREIGN = """
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: w}
spec:
  entrypoint: main
  templates:
  - name: main
    dag:
      tasks:
      - {name: make, template: make}
      - name: take
        template: take
        depends: make
        arguments:
          artifacts: [{name: i, from: "{{tasks.make.outputs.artifacts.o}}"}]
  - name: make
    script:
      image: alpine
      command: [sh]
      source: echo hello > /tmp/hello_world.txt; echo 7 > /tmp/number
    outputs:
      parameters: [{name: p, valueFrom: {path: /tmp/number}}]
      artifacts: [{name: o, path: /tmp/hello_world.txt}]
  - name: take
    inputs:
      artifacts: [{name: i, path: /tmp/message}]
    container: {image: alpine, command: [sh, -c], args: [cat /tmp/message]}
"""


def foreign(folder: Path, kind: choice.Kind, manifest: str = FOREIGN) -> Run:
    (folder / "m.yaml").write_text(manifest)
    return run(
        load(folder / "m.yaml"),
        parameters={},
        folder=folder / "state",
        environment={},
        on_event=lambda _event: None,
        runtime=kind,
    )


def test_a_manifest_of_argos_examples_runs_as_it_is(runtime: Runtime, tmp_path: Path) -> None:
    assert isinstance(runtime, Sandbox)
    ended = foreign(tmp_path, "sandbox")
    assert ended.phase == "Succeeded"
    nodes = {node.display_name: node for node in ended.nodes}
    assert nodes["make"].parameters == {"p": "7"}
    log = nodes["take"].log
    assert log is not None
    assert log.read_text() == "hello\n"
    assert not Path("/tmp/hello_world.txt").exists()


SHARED = """
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: w}
spec:
  entrypoint: main
  volumes: [{name: kept, persistentVolumeClaim: {claimName: kept}}]
  templates:
  - name: main
    volumes: [{name: v, emptyDir: {}}]
    initContainers:
    - name: first
      image: i
      command: [sh, -c, echo init > /mnt/v/x]
      volumeMounts: [{name: v, mountPath: /mnt/v}]
    script:
      image: i
      command: [sh]
      source: |
        cat /shared/x
        echo 1 >> /kept/count
        echo progress > $ARGO_PROGRESS_FILE
      volumeMounts: [{name: v, mountPath: /shared}, {name: kept, mountPath: /kept}]
"""


def test_volumes_are_shared_in_a_sandbox_and_outlive_it(runtime: Runtime, tmp_path: Path) -> None:
    assert isinstance(runtime, Sandbox)
    for _ in range(2):
        ended = foreign(tmp_path, "sandbox", SHARED)
        assert ended.phase == "Succeeded", ended.nodes
        log = ended.nodes[0].log
        assert log is not None
        assert log.read_text() == "init\n"
    assert (tmp_path / "state/claims/kept/count").read_text() == "1\n1\n"


def test_a_runtime_that_is_not_there_is_a_plain_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EngineError, match="there is no runtime `vm`"):
        choice.opened("vm", "m", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="docker is not installed; podman is not installed"):
        choice.opened("container", "m", tmp_path)


RECORDER = """#!/bin/sh
printf '%s\\n' "$@" >> "{folder}/asked"
echo == >> "{folder}/asked"
[ "$1" = run ] && echo "V is $V" && exit 3
[ "$1" = ps ] && echo left
exit 0
"""


def test_a_container_is_asked_for_with_its_files_variables_and_bounds(tmp_path: Path) -> None:
    """The command line that docker or podman gets: a script stands for them here."""
    fake = tmp_path / "docker"
    fake.write_text(RECORDER.format(folder=tmp_path))
    fake.chmod(0o755)
    runtime = container.Containers("mark", str(fake))
    root = tmp_path / "steps/a"
    (root / "work").mkdir(parents=True)
    launch = Launch(
        "a",
        ("python", "-c", "pass"),
        {"V": "secret", "PATH": "/bin"},
        root / "work",
        tmp_path / "log",
        root=root,
        image="img:1",
        placed=("/work", "/none"),
        binds=((tmp_path / "claim", "/claim"),),
        taken=("/tmp/out",),
        memory=1 << 20,
        pids=9,
    )
    runtime.start(launch)
    assert end(runtime).code == 3
    runtime.close()
    assert (tmp_path / "log").read_text() == "V is secret\n"
    asked = [text.split() for text in (tmp_path / "asked").read_text().split("==\n")]
    assert asked.pop(0) == ["info", "--format", "{{json", ".}}"]
    ran = " ".join(asked[0])
    you = f"--user {os.getuid()}:{os.getgid()}"
    assert ran.startswith(f"run --name argosy-mark-1 {you} --label argosy.dev/run=mark --init")
    assert f"--volume {root}/work:/work --volume {tmp_path}/claim:/claim" in ran
    assert "--env V --env PATH=/bin --workdir /work --memory 1048576 --pids-limit 9" in ran
    assert ran.endswith("--entrypoint python img:1 -c pass")
    assert asked[1] == ["cp", "argosy-mark-1:/tmp/out", f"{root}/tmp/out"]
    assert asked[2] == ["rm", "-f", "argosy-mark-1"]
    assert asked[3:5] == [
        ["ps", "-aq", "--filter", "label=argosy.dev/run=mark"],
        ["rm", "-f", "left"],
    ]


@pytest.mark.parametrize(
    ("information", "expected"),
    [
        ('{"SecurityOptions":["name=seccomp"]}', "1000:100"),
        ('{"SecurityOptions":["name=rootless"]}', "0:0"),
        ('{"host": {"arch": "amd64"}}', "0:0"),
    ],
)
def test_files_that_a_container_writes_are_yours(information: str, expected: str) -> None:
    """Docker by a daemon of root, docker without root, podman."""
    assert container.user(information, "1000:100") == expected
