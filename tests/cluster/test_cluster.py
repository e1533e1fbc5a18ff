"""On a real cluster: what is rendered is accepted, and runs there as it runs here, node by node.

Needs a cluster with Argo Workflows and an artifact store, and in it the two images.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from argosy.engine.manifests import load
from argosy.engine.run import run
from compiler.project import load_project
from compiler.render import render
from tests.cluster import argo_cluster as cluster
from tests.cluster.argo_cluster import IMAGES, NAMESPACE, ROOT, Nodes, kubectl
from tests.scratch import put
from tests.servers import free_port, serving

pytestmark = cluster.MARKS


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_every_manifest_is_accepted(environment: str, tmp_path: Path) -> None:
    folder = cluster.rendered(ROOT, tmp_path, environment)
    cluster.lint(folder)
    kubectl("create", "namespace", f"ml-{environment}", check=False)
    kubectl("apply", "--dry-run=server", "--validate=strict", "-R", "-f", str(folder))


def on_the_cluster(folder: Path, name: str, phase: str = "Succeeded") -> Nodes:
    """Run rendered files to the end that is expected, take the run away, return its nodes."""
    kubectl("apply", "-n", NAMESPACE, "-f", cluster.ACCOUNT)
    cluster.apply(folder)
    cluster.submit(name.partition("-")[0], name)
    try:
        found = cluster.ended(name)
    finally:
        cluster.remove(name)
    assert found["phase"] == phase, cluster.messages(found)
    return cluster.nodes(found)


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
    there = on_the_cluster(folder, name, "Succeeded")
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
        running = pool.submit(on_the_cluster, folder, name, phase)
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
    question = ["--node-field-selector", "displayName=ask-ask"]
    answer = ["--output-parameter", f"decision={decision}", *question]

    def taken(*words: str) -> bool:
        """Whether argo did it: the question may not be there, or somebody else write to the run."""
        command = ["argo", *words, "-n", NAMESPACE]
        return not subprocess.run(command, capture_output=True, check=False).returncode

    def seen() -> object:
        return cluster.messages(cluster.status(name))

    cluster.wait_until(lambda: taken("node", "set", name, *answer), f"{name} asks", seen)
    cluster.wait_until(lambda: taken("resume", name, *question), f"{name} goes on", seen)


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
    return cluster.named(pipeline), cluster.rendered(project, folder / "rendered")


def test_every_feature_behaves_there_as_here(tmp_path: Path) -> None:
    name, folder = prepared(tmp_path, "features")
    local = here(folder, name, tmp_path / "state", "Failed")
    there = on_the_cluster(folder, name, "Failed")
    assert local == there
    assert local[f"{name}.omitted"][1] == "Omitted"
    assert local[f"{name}.inline-1-big"][2]["out"] == "2 big 5.0 True dev"
    expected = "$$ $(E) 2.5|$HOME $(ARGOSY_RUN) $$ 7|argv"
    assert local[f"{name}.argv"][2]["out"] == expected


def golden(folder: Path, pipeline: str) -> Path:
    """Render a golden pipeline for this cluster: its images, its namespace."""
    edits = {"namespace: ml-dev": f"namespace: {NAMESPACE}", **IMAGES}
    tree = render(load_project(ROOT / "tests/compiler/golden"), "dev", [pipeline], verified=True)
    return put(folder, ((path, edited(content, edits)) for path, content in tree))


def edited(content: bytes, edits: Mapping[str, str]) -> bytes:
    text = content.decode()
    for old, new in edits.items():
        text = text.replace(old, new)
    return text.encode()


def test_a_call_behaves_there_as_here(tmp_path: Path) -> None:
    folder = golden(tmp_path / "rendered", "calls")
    name = cluster.named("calls")
    local = here(folder, name, tmp_path / "state")
    assert ordered(local) == ordered(on_the_cluster(folder, name, "Succeeded"))
    assert local[f"{name}.doubtful"][1] == "Failed"
    assert local[f"{name}.report"][1] == "Succeeded"


def test_components_behave_there_as_here(tmp_path: Path) -> None:
    port, digest = free_port(), hashlib.sha256(b"a,b\n1,2\n\n").hexdigest()
    (tmp_path / "served").mkdir()
    (tmp_path / "served/x.csv").write_bytes(b"a,b\n1,2\n\n")
    shutil.copytree(ROOT / "tests/specs/components", tmp_path / "project/components")
    given = {"ADDRESS": f"http://{cluster.host()}:{port}", "SHA256": digest}
    name, folder = prepared(tmp_path, "fetched", given)
    command = ("-m", "http.server", str(port), "--directory", str(tmp_path / "served"))
    with serving(tmp_path / "log", port, *command):
        local = here(folder, name, tmp_path / "state")
        there = on_the_cluster(folder, name, "Succeeded")
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
    name = cluster.named("wide")
    local = here(folder, name, tmp_path / "state")
    assert ordered(local) == ordered(on_the_cluster(folder, name, "Succeeded"))
    assert local[f"{name}.told"][2]["all"].startswith('[10,20,30,40] ["us","asia"] 4')
