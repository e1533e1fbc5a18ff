"""On a real cluster: what is rendered is accepted, and runs there as it runs here, node by node.

Needs KUBECONFIG of a cluster with Argo Workflows and an artifact store, and in it the two images.
ARGOSY_TEST_IMAGE and ARGOSY_TEST_DIGITS_IMAGE name them, ARGOSY_TEST_NAMESPACE says where to run,
ARGOSY_TEST_HOST is this machine as pods see it (default: where the API server runs).
"""

import contextlib
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from argosy.engine.manifests import load
from argosy.engine.run import run
from compiler.project import load_project
from compiler.render import render

ROOT = Path(__file__).parents[2]
NAMESPACE = os.environ.get("ARGOSY_TEST_NAMESPACE", "default")
IMAGES = {
    "ghcr.io/argosy-dev/argosy:0.1.0": os.environ.get("ARGOSY_TEST_IMAGE", "localhost/argosy:ci"),
    "ghcr.io/argosy-dev/digits:0.1.0": os.environ.get(
        "ARGOSY_TEST_DIGITS_IMAGE", "localhost/digits:ci"
    ),
}
ACCOUNT = (ROOT / "platform" / "argosy-run.yaml").read_text("utf-8")
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("KUBECONFIG"), reason="KUBECONFIG is not set"),
]


def kubectl(*arguments: str, text: str = "", check: bool = True) -> str:
    ended = subprocess.run(
        ["kubectl", *arguments], input=text, capture_output=True, text=True, check=False
    )
    assert not check or ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_every_manifest_is_accepted(environment: str, tmp_path: Path) -> None:
    for path, content in render(load_project(ROOT), environment, verified=True):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    linted = subprocess.run(
        ["argo", "lint", "--offline", "--strict", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr
    kubectl("create", "namespace", f"ml-{environment}", check=False)
    kubectl("apply", "--dry-run=server", "--validate=strict", "-R", "-f", str(tmp_path))


@contextlib.contextmanager
def mlflow_server(folder: Path, port: int) -> Iterator[None]:
    """A real MLflow server that pods can reach, with an empty store."""
    folder.mkdir()
    command = [
        str(Path(sys.executable).parent / "mlflow"),
        "server",
        "--host",
        "0.0.0.0",  # noqa: S104
        "--port",
        str(port),
        "--workers",
        "1",
        "--allowed-hosts",
        "*",
        "--serve-artifacts",
        "--backend-store-uri",
        f"sqlite:///{folder}/db",
        "--artifacts-destination",
        f"{folder}/a",
    ]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2)
                break
            time.sleep(0.3)
        else:
            pytest.fail((folder / "log").read_text("utf-8"))
        yield
    finally:
        os.killpg(server.pid, 15)
        server.wait()


def host() -> str:
    if named := os.environ.get("ARGOSY_TEST_HOST"):
        return named
    path = "jsonpath={.subsets[0].addresses[0].ip}"
    return kubectl("get", "endpoints", "kubernetes", "-n", "default", "-o", path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("0.0.0.0", 0))  # noqa: S104
        return int(probe.getsockname()[1])


Nodes = dict[str, tuple[str, str, dict[str, str]]]


def on_the_cluster(folder: Path, name: str, phase: str = "Succeeded") -> Nodes:
    kubectl("apply", "-n", NAMESPACE, "-f", "-", text=ACCOUNT)
    kubectl("apply", "--server-side", "-R", "-f", str(folder))
    workflow = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"workflowTemplateRef": {"name": name.partition("-")[0]}},
    }
    kubectl("create", "-f", "-", text=json.dumps(workflow))
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        found = json.loads(kubectl("get", "workflow", name, "-n", NAMESPACE, "-o", "json"))
        status: dict[str, Any] = found.get("status", {})
        if status.get("phase") in ("Succeeded", "Failed", "Error"):
            break
        time.sleep(2)
    nodes = status.get("nodes", {}).values()
    messages = [(n["name"], n["phase"], n.get("message")) for n in nodes]
    assert status.get("phase") == phase, messages
    return {
        node["name"]: (
            node["type"],
            node["phase"],
            {
                output["name"]: output["value"]
                for output in node.get("outputs", {}).get("parameters", ())
                if "value" in output  # a step that failed has declared it only
            },
        )
        for node in nodes
    }


@pytest.fixture(autouse=True)
def python_of_the_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps that run here find the libraries that the image has there."""
    folder = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([folder, os.environ["PATH"]]))


def here(folder: Path, name: str, state: Path, phase: str = "Succeeded") -> Nodes:
    ended = run(
        load(folder),
        name=name,
        parameters={},
        folder=state,
        environment={},
        on_event=lambda _event: None,
    )
    logs = {n.name: n.log.read_text("utf-8") for n in ended.failed() if n.log}
    assert ended.phase == phase, logs
    return {n.name: (n.type, n.phase, n.parameters) for n in ended.nodes}


def close(there: dict[str, str], local: dict[str, str]) -> bool:
    """Equal outputs; metrics may differ in the last digits, as numerical libraries do."""
    if there.keys() != local.keys():
        return False
    for name, text in there.items():
        try:
            if abs(float(text) - float(local[name])) > 0.02:
                return False
        except ValueError:
            if text != local[name]:
                return False
    return True


def test_lists_behave_there_as_here(tmp_path: Path) -> None:
    name, folder = prepared(tmp_path, "lists")
    local = here(folder, name, tmp_path / "state")
    there = once(folder, name, "Succeeded")
    assert ordered(local) == ordered(there)
    assert local[f"{name}.train-svm-0"][1] == "Failed"
    assert local[f"{name}.best"][2]["selected"] == "train-forest-2"
    assert local[f"{name}.compare"][2] == {
        "models": "forest-1=forest\nforest-2=forest\nlogreg-1=logreg\nsvm-0=svm",
        "scores": "[0.1,0.1,0.2]",
    }
    regions = '["e\\"u \\\\ \\u003cé\\u003e","1","true"]'
    places = '["ulm 1","new york 2"]'
    told = f'{regions} [true,true,true]\n{places} ["a b","c"]'
    assert local[f"{name}.told"][2]["out"] == told
    typed = "[0.4, ['us', 'e\"u \\\\ <é>', '1', 'true'], [1, 2], []]"
    assert local[f"{name}.typed"][2]["out"] == typed
    assert local[f"{name}.after-rare"][1] == "Omitted"
    assert local[f"{name}.always"][2] == {"n": "5"}


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_a_person_decides_and_an_object_is_made(tmp_path: Path, decision: str) -> None:
    name, folder = prepared(tmp_path, "shipped")
    kubectl("apply", "-n", NAMESPACE, "-f", "-", text=MAY_SHIP)
    phase = "Succeeded" if decision == "approve" else "Failed"
    with ThreadPoolExecutor() as pool:
        running = pool.submit(once, folder, name, phase)
        decide(name, decision)
        nodes = running.result()
    assert nodes[f"{name}.ask"][1] == phase
    if decision == "reject":
        assert nodes[f"{name}.ship"][1] == nodes[f"{name}.told"][1] == "Omitted"
        return
    expected = 'a: b\nc"d $HOME|$(X) $Y 2 0.7'
    assert nodes[f"{name}.told"][2]["out"] == expected


def decide(name: str, decision: str) -> None:
    """Answer the question of run `name` as soon as it is asked."""
    question, deadline = "displayName=ask-ask", time.monotonic() + 120
    answer = ["--output-parameter", f"decision={decision}", "--node-field-selector", question]
    command = ["argo", "node", "set", name, "-n", NAMESPACE, *answer]
    while subprocess.run(command, capture_output=True, check=False).returncode:
        assert time.monotonic() < deadline
        time.sleep(1)
    resume = ["argo", "resume", name, "-n", NAMESPACE, "--node-field-selector", question]
    subprocess.run(resume, capture_output=True, check=True)


MAY_SHIP = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: argosy-test-ship}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [create, get, list, watch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: argosy-test-ship}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: argosy-test-ship}
subjects: [{kind: ServiceAccount, name: argosy-run}]
"""


def ordered(nodes: Nodes) -> Nodes:
    """Leave out how Argo groups empty steps, and the outputs of groups, which it does not store."""
    return {
        name: (kind, phase, {} if kind == "TaskGroup" else outputs)
        for name, (kind, phase, outputs) in nodes.items()
        if kind != "StepGroup"
    }


def prepared(
    folder: Path, pipeline: str, given: Mapping[str, str] | None = None
) -> tuple[str, Path]:
    """Render a spec for this cluster; return the name of a run and the rendered folder."""
    spec = (ROOT / "tests" / "specs" / f"{pipeline}.yaml").read_text("utf-8")
    project = folder / "project"
    (project / f"pipelines/{pipeline}").mkdir(parents=True)
    shutil.copy(ROOT / "argosy.yaml", project)
    text = (project / "argosy.yaml").read_text("utf-8")
    text = text.replace("namespace: ml-dev", f"namespace: {NAMESPACE}")
    for old, new in {**IMAGES, **(given or {})}.items():
        spec, text = spec.replace(old, new), text.replace(old, new)
    (project / "argosy.yaml").write_text(text, "utf-8")
    (project / f"pipelines/{pipeline}/pipeline.yaml").write_text(spec, "utf-8")
    for path, content in render(load_project(project), "dev", verified=True):
        (folder / "rendered" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "rendered" / path).write_bytes(content)
    return f"{pipeline}-{os.getpid()}-{int(time.time()) % 100000}", folder / "rendered"


def once(folder: Path, name: str, phase: str) -> Nodes:
    try:
        return on_the_cluster(folder, name, phase)
    finally:
        kubectl("delete", "workflow", name, "-n", NAMESPACE, "--ignore-not-found", check=False)


def test_every_feature_behaves_there_as_here(tmp_path: Path) -> None:
    name, folder = prepared(tmp_path, "features")
    local = here(folder, name, tmp_path / "state", "Failed")
    there = once(folder, name, "Failed")
    assert local == there
    assert local[f"{name}.omitted"][1] == "Omitted"
    assert local[f"{name}.inline-1-big"][2]["out"] == "2 big 5.0 True dev"
    expected = "$$ $(E) 2.5|$HOME $(ARGOSY_RUN) $$ 7|argv"
    assert local[f"{name}.argv"][2]["out"] == expected


def golden(folder: Path, pipeline: str) -> Path:
    """Render a golden pipeline for this cluster: its images, its namespace."""
    root = ROOT / "tests" / "compiler" / "golden"
    for path, content in render(load_project(root), "dev", [pipeline], verified=True):
        text = content.decode().replace("namespace: ml-dev", f"namespace: {NAMESPACE}")
        for old, new in IMAGES.items():
            text = text.replace(old, new)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def test_a_call_behaves_there_as_here(tmp_path: Path) -> None:
    folder = golden(tmp_path / "rendered", "calls")
    name = f"calls-{os.getpid()}-{int(time.time()) % 100000}"
    local = here(folder, name, tmp_path / "state")
    assert ordered(local) == ordered(once(folder, name, "Succeeded"))
    assert local[f"{name}.doubtful"][1] == "Failed"
    assert local[f"{name}.report"][1] == "Succeeded"


@contextlib.contextmanager
def file_server(folder: Path, port: int) -> Iterator[None]:
    """A server of the files of `folder` that pods can reach."""
    command = [sys.executable, "-m", "http.server", str(port), "--directory", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        server.terminate()
        server.wait()


def test_components_behave_there_as_here(tmp_path: Path) -> None:
    port, digest = free_port(), hashlib.sha256(b"a,b\n1,2\n\n").hexdigest()
    (tmp_path / "served").mkdir()
    (tmp_path / "served/x.csv").write_bytes(b"a,b\n1,2\n\n")
    shutil.copytree(ROOT / "tests/specs/components", tmp_path / "project/components")
    given = {"ADDRESS": f"http://{host()}:{port}", "SHA256": digest}
    name, folder = prepared(tmp_path, "fetched", given)
    with file_server(tmp_path / "served", port):
        local = here(folder, name, tmp_path / "state")
        there = once(folder, name, "Succeeded")
    waited = [nodes[f"{name}.wait"][2].pop("waited") for nodes in (local, there)]
    assert all(int(seconds) < 30 for seconds in waited)
    assert ordered(local) == ordered(there)
    assert local[f"{name}.fetch"][2] == {"size": "9"}
    assert local[f"{name}.other"][1] == "Failed"
    assert [local[f"{name}.count-{least}"][2]["total"] for least in (1, 3)] == ["2", "2"]
    text = """a 'b' "c" * ; `d` \\ é $HOME ${x}"""
    assert local[f"{name}.count-1"][2]["said"] == f'{text} ["a","b c"] <{text}|>'
    assert local[f"{name}.typed"][2]["out"] == repr([[2, 2], text, 0.5, 9.0, "dev", 0])


def test_a_bound_and_parts_behave_there_as_here(tmp_path: Path) -> None:
    folder = golden(tmp_path / "rendered", "wide")
    name = f"wide-{os.getpid()}-{int(time.time()) % 100000}"
    local = here(folder, name, tmp_path / "state")
    assert ordered(local) == ordered(once(folder, name, "Succeeded"))
    assert local[f"{name}.told"][2]["all"].startswith('[10,20,30,40] ["us","asia"] 4')
