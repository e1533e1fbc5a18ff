"""The container runtime with a real docker or podman: images, outputs, bounds, no orphans."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from argosy.engine.failure import EngineError
from argosy.engine.runtime import container

IMAGE = os.environ.get("ARGOSY_TEST_PYTHON_IMAGE", "localhost/python:3.11")
HEAD = """apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: w}
spec:
  entrypoint: main
"""
FILES = f"""{HEAD}
  volumes: [{{name: v, emptyDir: {{}}}}]
  templates:
  - name: main
    dag:
      tasks:
      - {{name: make, template: make}}
      - {{name: mounted, template: mounted}}
      - name: take
        template: take
        depends: make && mounted
        arguments:
          parameters:
          - {{name: k, value: "{{{{tasks.mounted.outputs.parameters.kept}}}}"}}
          - {{name: p, value: "{{{{tasks.make.outputs.parameters.p}}}}"}}
          artifacts: [{{name: i, from: "{{{{tasks.make.outputs.artifacts.o}}}}"}}]
  - name: make
    script:
      image: {IMAGE}
      command: [python3]
      env: [{{name: WORD, value: a b}}]
      source: |
        import os, pathlib
        assert not os.path.exists({os.path.realpath(__file__)!r})
        folder = pathlib.Path("/tmp/out")
        folder.mkdir()
        (folder / "file").write_text(os.environ["WORD"])
        pathlib.Path("/number").write_text("7")
    outputs:
      parameters: [{{name: p, valueFrom: {{path: /number}}}}]
      artifacts: [{{name: o, path: /tmp/out}}]
  - name: mounted
    container:
      image: {IMAGE}
      command: [sh, -c]
      args: ["mkdir below; echo kept > below/kept"]
      workingDir: /v
      volumeMounts: [{{name: v, mountPath: /v}}]
    outputs:
      parameters: [{{name: kept, valueFrom: {{path: /v/below/kept}}}}]
  - name: take
    inputs:
      parameters: [{{name: p}}, {{name: k}}]
      artifacts: [{{name: i, path: /data/in}}]
    initContainers:
    - {{name: first, image: {IMAGE}, command: [sh, -c, echo init > /v/x],
       volumeMounts: [{{name: v, mountPath: /v}}]}}
    container:
      image: {IMAGE}
      command: [sh, -c]
      args: ["cat /data/in/file /v/x; echo {{{{inputs.parameters.p}}}} {{{{inputs.parameters.k}}}}"]
      volumeMounts: [{{name: v, mountPath: /v}}]
"""
NETWORK = f"""{HEAD}
  templates:
  - name: main
    dag:
      tasks:
      - {{name: daemon, template: daemon}}
      - name: client
        template: client
        depends: daemon
        arguments: {{parameters: [{{name: ip, value: "{{{{tasks.daemon.ip}}}}"}}]}}
  - name: daemon
    daemon: true
    container:
      image: {IMAGE}
      command: [python3, -m, http.server, "PORT1"]
      readinessProbe: {{httpGet: {{path: /, port: PORT1}}}}
  - name: client
    inputs: {{parameters: [{{name: ip}}]}}
    sidecars:
    - {{name: web, image: {IMAGE}, command: [python3, -m, http.server, "PORT2"]}}
    script:
      image: {IMAGE}
      command: [python3]
      source: |
        import time, urllib.request
        def answers(url):
            for _ in range(150):
                try:
                    return urllib.request.urlopen(url).status == 200
                except OSError:
                    time.sleep(0.2)
        assert answers("http://{{{{inputs.parameters.ip}}}}:PORT1")
        assert answers("http://localhost:PORT2")
"""
ONE = f"""{HEAD}
  templates:
  - name: main
    container: {{image: IMAGE, command: [sh, -c], args: ["COMMAND"]}}
"""


@pytest.fixture(autouse=True, scope="module")
def engine() -> str:
    """Return the path of a docker or podman that runs the image."""
    try:
        tool = container.tool()
    except EngineError as error:
        pytest.skip(str(error))
    command = [tool, "run", "--rm", "--pull=never", "--network=host", IMAGE, "true"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"{tool} does not run {IMAGE} (ARGOSY_TEST_PYTHON_IMAGE): {tried.stderr}")
    return tool


def argosy(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "argosy", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def run(folder: Path, manifest: str, *more: str) -> subprocess.CompletedProcess[str]:
    (folder / "m.yaml").write_text(manifest, "utf-8")
    return argosy(folder, "run", "m.yaml", "--runtime", "container", "--name", "r", *more)


def containers(tool: str) -> str:
    command = [tool, "ps", "--all", "--quiet", "--filter", "label=argosy.dev/run"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def log(folder: Path, node: str) -> str:
    return (folder / f".argosy/runs/r/logs/{node}.log").read_text("utf-8")


def test_steps_run_in_their_images_and_pass_files_on(tmp_path: Path, engine: str) -> None:
    ended = run(tmp_path, FILES)
    assert ended.returncode == 0, ended.stderr
    assert log(tmp_path, "r.take").splitlines() == ["a binit", "7 kept"]
    assert {path.owner() for path in (tmp_path / ".argosy").rglob("*")} == {tmp_path.owner()}
    assert containers(engine) == ""


def test_containers_meet_as_those_of_a_pod(tmp_path: Path, engine: str) -> None:
    with socket.create_server(("", 0)) as one, socket.create_server(("", 0)) as two:
        ports = [each.getsockname()[1] for each in (one, two)]
    ended = run(tmp_path, NETWORK.replace("PORT1", str(ports[0])).replace("PORT2", str(ports[1])))
    assert ended.returncode == 0, ended.stderr
    assert containers(engine) == ""


@pytest.mark.parametrize(
    ("image", "command", "said"),
    [
        (IMAGE, "exit 5", "main: Error (exit code 5)"),
        (IMAGE, "exit 125", "main: Error (exit code 125)"),
        (
            "localhost/none:1",
            "true",
            "(exit code 64): no container of localhost/none:1 was",
        ),
    ],
)
def test_how_a_container_failed_is_told(
    image: str, command: str, said: str, tmp_path: Path, engine: str
) -> None:
    ended = run(tmp_path, ONE.replace("IMAGE", image).replace("COMMAND", command))
    assert ended.returncode == 1
    assert said in ended.stderr
    assert containers(engine) == ""


def test_a_container_has_the_memory_that_it_asked_for(tmp_path: Path, engine: str) -> None:
    greedy = ONE.replace("command:", "resources: {limits: {memory: 64Mi}}, command:")
    command = "head -c 1G /dev/zero | tail > /dev/null"
    ended = run(tmp_path, greedy.replace("IMAGE", IMAGE).replace("COMMAND", command))
    assert ended.returncode == 1
    assert "(exit code 137)" in ended.stderr
    assert containers(engine) == ""


def test_containers_end_with_the_engine_and_the_run_goes_on(tmp_path: Path, engine: str) -> None:
    command = "while ! [ -e /go/on ]; do sleep 0.2; done; echo done"
    mounted = ONE.replace("command:", "volumeMounts: [{name: g, mountPath: /go}], command:")
    mounted = mounted.replace(
        "  templates:",
        "  volumes: [{name: g, persistentVolumeClaim: {claimName: g}}]\n  templates:",
    )
    (tmp_path / "m.yaml").write_text(mounted.replace("IMAGE", IMAGE).replace("COMMAND", command))
    words = ("-m", "argosy", "run", "m.yaml", "--runtime", "container", "--name", "r")
    started = subprocess.Popen([sys.executable, *words], cwd=tmp_path, stderr=subprocess.DEVNULL)
    until(lambda: containers(engine) != "")
    started.send_signal(signal.SIGKILL)
    started.wait()
    until(lambda: containers(engine) == "")
    (tmp_path / ".argosy/claims/g/on").write_text("")
    ended = argosy(tmp_path, "resume", "r")
    assert ended.returncode == 0, ended.stderr
    assert log(tmp_path, "r") == "done\n"
    assert containers(engine) == ""


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
