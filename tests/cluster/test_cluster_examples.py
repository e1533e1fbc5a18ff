"""On a real cluster: every example runs to the end that it promises, node by node as it does here.

Needs what `test_cluster` needs, and may make a volume. They run side by side, a few at once.
"""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from compiler.project import load_project
from compiler.render import render
from tests.cluster import argo_cluster as cluster
from tests.cluster.argo_cluster import IMAGES, NAMESPACE, PYTHON, ROOT, Nodes, Status, kubectl
from tests.cluster.test_cluster import close, decide, edited
from tests.examples.promises import PROMISES, Promise
from tests.examples.stage import execute, logs, nodes
from tests.examples.test_examples import CHAT, TABLES
from tests.scratch import put
from tests.servers import free_port, mlflow, serving

pytestmark = cluster.MARKS
VOLUME = f"argosy-examples-{os.getpid()}"
AT_ONCE = 5


def project(folder: Path, uri: str = "") -> Path:
    """Copy the examples and give them this cluster's namespace, volume and store."""
    for name in ("pipelines", "components"):
        shutil.copytree(ROOT / name, folder / name)
    store = f'\n    mlflow: {{uri: "{uri}"}}' if uri else ""
    edits = {
        "argosy.yaml": {
            "namespace: ml-dev": f"namespace: {NAMESPACE}{store}",
            "cpu: 500m": "cpu: 20m",
        },
        "pipelines/cached/pipeline.yaml": {"maxAge: 7d": f"maxAge: 7d, salt: '{time.time_ns()}'"},
        "pipelines/spot-training/pipeline.yaml": {
            "size: 1Gi": f"size: 1Mi, storageClass: {VOLUME}"
        },
    }
    for file, changes in edits.items():
        content = (ROOT / file).read_bytes()
        assert all(old.encode() in content for old in changes), file
        (folder / file).write_bytes(edited(content, changes))
    return folder


def rendered(source: Path, folder: Path) -> Path:
    """Render for dev, with the images that the cluster has."""
    edits = {f"image: {old}": f"image: {new}" for old, new in IMAGES.items()}
    upstream = rb"image: docker\.io/library/python:\S+"
    ours = f"image: {PYTHON}".encode()
    tree = render(load_project(source), "dev", verified=True)
    return put(folder, ((p, re.sub(upstream, ours, edited(body, edits))) for p, body in tree))


def objects(notices: str) -> list[dict[str, Any]]:
    """Return a secret, a volume, and a pod that makes its folder, to which everybody may write."""
    folder = f"argosy-examples-{NAMESPACE}"
    container = {
        "name": "main",
        "image": PYTHON,
        "securityContext": {"runAsUser": 0},
        "command": ["sh", "-c", f"rm -rf /t/{folder}; mkdir -m 777 /t/{folder}"],
        "volumeMounts": [{"name": "tmp", "mountPath": "/t"}],
    }
    volume = {
        "capacity": {"storage": "1Mi"},
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": VOLUME,
        "hostPath": {"path": f"/tmp/{folder}"},
    }
    pod = {
        "restartPolicy": "Never",
        "volumes": [{"name": "tmp", "hostPath": {"path": "/tmp"}}],
        "containers": [container],
    }
    here = {"namespace": NAMESPACE}
    secret = {"metadata": {"name": "slack-webhook", **here}, "stringData": {"url": notices}}
    return [
        {"apiVersion": "v1", "kind": "Secret", **secret},
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": VOLUME, **here}, "spec": pod},
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": VOLUME},
            "spec": volume,
        },
    ]


@contextmanager
def applied(folder: Path, notices: str) -> Iterator[None]:
    """Make what the runs need, and take it away again."""
    kubectl("apply", "-n", NAMESPACE, "-f", cluster.ACCOUNT)
    kubectl("apply", "-n", NAMESPACE, "-f", str(ROOT / "platform/argosy-jobs.yaml"))
    needed = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects(notices)})
    kubectl("apply", "-f", "-", text=needed)
    try:
        done = "--for=jsonpath={.status.phase}=Succeeded"
        patience = f"--timeout={cluster.PATIENCE:.0f}s"
        kubectl("wait", done, "pod", VOLUME, "-n", NAMESPACE, patience)
        cluster.apply(folder)
        yield
    finally:
        kubectl("delete", "--wait=false", "-f", "-", text=needed, check=False)
        kubectl("delete", "--wait=false", "-R", "-f", str(folder), check=False)


def once(example: str, parameters: Mapping[str, str]) -> Status:
    """Run an example to its end, answer what it asks, and take the run away."""
    name = cluster.named(example)
    cluster.submit(example, name, arguments=cluster.given(parameters))
    try:
        if example == "approval":
            decide(name, "approve")
        return {**cluster.ended(name), "name": name}
    finally:
        cluster.remove(name)


class Stage:
    """What the examples of this module share: their manifests, servers and runs."""

    def __init__(self, folder: Path, world: ExitStack) -> None:
        ports = {name: free_port() for name in ("mlflow", "tables", "chat")}
        self.at = {name: f"http://{cluster.host()}:{port}" for name, port in ports.items()}
        self.chat = folder / "chat"
        table = ("-m", "http.server", str(ports["tables"]), "--directory", str(TABLES))
        reached = ("--host", "0.0.0.0", "--allowed-hosts", "*")  # noqa: S104
        world.enter_context(mlflow(folder / "mlflow", ports["mlflow"], *reached))
        world.enter_context(serving(folder / "tables", ports["tables"], *table))
        world.enter_context(serving(self.chat, ports["chat"], str(CHAT), str(ports["chat"])))
        self.local = rendered(project(folder / "here"), folder / "local")
        self.remote = rendered(project(folder / "there", self.at["mlflow"]), folder / "remote")
        self.runs: dict[str, Future[Status]] = {}

    def parameters(self, example: str) -> dict[str, str]:
        url = f"{self.at['tables']}/iris.csv"
        return {"url": url} if example == "components" else {}


@pytest.fixture(scope="module")
def stage(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Stage]:
    wanted = [getattr(item, "callspec", None) for item in request.session.items]
    names = {spec.params["name"] for spec in wanted if spec and "name" in spec.params}
    with ExitStack() as world:
        made = Stage(tmp_path_factory.mktemp("stage"), world)
        world.enter_context(applied(made.remote, made.at["chat"]))
        pool = world.enter_context(ThreadPoolExecutor(AT_ONCE))
        for name in PROMISES:
            if name in names:
                made.runs[name] = pool.submit(once, name, made.parameters(name))
        yield made


@pytest.mark.parametrize("name", list(PROMISES))
def test_it_ends_there_as_promised_and_as_here(
    name: str, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    promise, local = PROMISES[name], Nodes()
    if not promise.refused:
        monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        monkeypatch.setenv("ARGOSY_NOTICE_URL", stage.at["chat"])
        ended = execute(stage.local / name, tmp_path, stage.parameters(name))
        assert ended.phase == promise.end, logs(ended)
        local = {n: (f.type, f.phase, f.parameters) for n, f in nodes(ended).items()}
    status = stage.runs[name].result()
    there = of_the_cluster(status)
    assert status["phase"] == promise.end, cluster.messages(status)
    check(there, promise)
    if not promise.refused:
        compare(there, local, promise)


def of_the_cluster(status: Status) -> Nodes:
    """Return the nodes without the name of the run, which is '' itself."""
    found = cluster.nodes(status).items()
    return {name.removeprefix(status["name"]).removeprefix("."): node for name, node in found}


def check(there: Nodes, promise: Promise) -> None:
    assert {node: there[node][1] for node in promise.phases} == promise.phases
    for node, outputs in promise.outputs.items():
        found = there[node][2]
        assert close({k: v for k, v in found.items() if k in outputs}, dict(outputs)), found


def compare(there: Nodes, local: Nodes, promise: Promise) -> None:
    kinds = [
        {n: v[:2] for n, v in found.items() if v[0] != "StepGroup" and not attempt(n, found)}
        for found in (there, local)
    ]
    assert kinds[0] == kinds[1]
    for node, (kind, _, outputs) in local.items():
        if kind in ("TaskGroup", "StepGroup") or attempt(node, local):
            continue  # Argo does not store the outputs of groups
        left, right = (
            {k: v for k, v in found.items() if k not in promise.differ}
            for found in (there[node][2], outputs)
        )
        assert close(left, right), (node, left, right)


def attempt(node: str, found: Nodes) -> bool:
    """Whether a node is one of several attempts: how many there were is a matter of the weather."""
    owner, _, number = node.rpartition("(")
    return number[:-1].isdecimal() and found.get(owner, ("",))[0] == "Retry"


def test_the_second_run_takes_what_the_first_has_counted(stage: Stage) -> None:
    if "cached" not in stage.runs:
        pytest.skip("the first run is not among the selected tests")
    first, second = stage.runs["cached"].result(), once("cached", {"top": "2"})
    assert second["phase"] == "Succeeded"
    (hit,) = [n["memoizationStatus"]["hit"] for n in second["nodes"].values()
              if "memoizationStatus" in n]  # fmt: skip
    assert hit
    before, after = of_the_cluster(first), of_the_cluster(second)
    assert after["count"][2]["counted"] == before["count"][2]["counted"]
    assert after["show"][2] == {"top": "seed layer"}


def test_the_chat_has_heard_of_the_failure(stage: Stage) -> None:
    if "failure-notice" not in stage.runs:
        pytest.skip("the run is not among the selected tests")
    status = stage.runs["failure-notice"].result()
    heard = stage.chat.read_text("utf-8")
    assert "*failure-notice failed in dev*" in heard
    assert status["name"] in heard
