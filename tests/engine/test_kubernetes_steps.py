"""Steps that need a cluster: `resource` by kubectl, `http` by a request."""

import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from argosy.engine.manifests import load
from argosy.engine.nodes import Run
from argosy.engine.pods.asking import AskingError, arguments, holds, requirements, shown
from argosy.engine.run import run
from tests.servers import Quiet, listening

# what Argo 3.7.3 answered to the same templates
GONE = (
    'main: Error (exit code 64): no more retries Error from server (NotFound): configmaps "ghost"'
)
REFUSED = "main: Error (exit code 64): failure condition '{data.a gt [4]}' evaluated true"


def executed(folder: Path, templates: list[dict[str, Any]], context: str) -> Run:
    tasks = [
        {"name": t["name"], "template": t["name"], "depends": t.pop("depends", "")}
        for t in templates
    ]
    tasks = [{key: value for key, value in task.items() if value} for task in tasks]
    spec = {
        "entrypoint": "main",
        "templates": [*templates, {"name": "main", "dag": {"tasks": tasks}}],
    }
    manifest = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": "w"},
        "spec": spec,
    }
    (folder / "w.json").write_text(json.dumps(manifest), "utf-8")
    return run(
        load(folder / "w.json"),
        name="r",
        parameters={},
        folder=folder / "state",
        environment={},
        on_event=lambda _event: None,
        kube_context=context,
    )


@pytest.mark.parametrize(
    ("text", "found", "met"),
    [
        ("data.a == 5", {"data": {"a": "5"}}, True),
        ("data.a = 5, data.b != x", {"data": {"a": "5", "b": "y"}}, True),
        ("status.succeeded > 0", {"status": {"succeeded": 1}}, True),
        ("status.succeeded > 1", {"status": {"succeeded": 1}}, False),
        ("status.active < 1", {"status": {}}, False),
        ("status.phase in (Done, Over)", {"status": {"phase": "Over"}}, True),
        ("status.phase notin (Done)", {"status": {}}, True),
        ("status.ready", {"status": {"ready": True}}, True),
        ("!status.ready", {"status": {}}, True),
        ("status.ready == true", {"status": {"ready": True}}, True),
        (
            "status.conditions.0.type == Ready",
            {"status": {"conditions": [{"type": "Ready"}]}},
            True,
        ),
    ],
)
def test_conditions_are_read_as_selectors_of_labels(text: str, found: Any, met: bool) -> None:
    assert all(holds(each, found) for each in requirements(text)) is met


def test_a_requirement_is_shown_as_argo_shows_it() -> None:
    assert [shown(each) for each in requirements("data.a > 4, b in (y, x), c")] == [
        "{data.a gt [4]}",
        "{b in [x y]}",
        "{c exists []}",
    ]
    with pytest.raises(AskingError, match="unable to parse requirement"):
        requirements("a ~ b")


def test_the_arguments_of_kubectl_are_those_of_argos_executor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = ["-f", "manifest.yaml"]
    patch = ["patch", "--type", "merge", "--patch-file", "manifest.yaml", "configmap", "x"]
    assert arguments({"action": "create"}, "kind: A") == ["create", *file, "-o", "json"]
    assert arguments({"action": "delete", "flags": ["pod", "x"]}, "") == [
        *("delete", "--ignore-not-found", "pod", "x", "-o", "name")
    ]
    order = {"action": "patch", "mergeStrategy": "merge", "flags": ["configmap", "x"]}
    assert arguments(order, "data: {}") == [*patch, "-o", "json"]
    assert arguments(order, "kind: A") == [*patch, *file, "-o", "json"]
    with pytest.raises(AskingError, match="Must provide at least one of flags or manifest"):
        arguments({"action": "get"}, "")


class Answer(Quiet):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.send_response(200 if self.path == "/good" else 404)
        self.end_headers()
        self.wfile.write(f"{body} by {self.headers['X-Who']}\n".encode())


@pytest.fixture
def address() -> Iterator[str]:
    with listening(Answer) as port:
        yield f"http://127.0.0.1:{port}"


def test_an_http_step_makes_its_request(address: str, tmp_path: Path) -> None:
    def asks(name: str, path: str, **more: Any) -> dict[str, Any]:
        headers = [{"name": "X-Who", "value": "us"}]
        body = {"url": f"{address}{path}", "method": "POST", "body": "said", "headers": headers}
        return {"name": name, "http": {**body, **more}}

    condition = "response.statusCode == 404 && response.body contains 'said by us'"
    ended = executed(
        tmp_path,
        [
            asks("good", "/good"),
            asks("bad", "/bad"),
            asks("meant", "/bad", successCondition=condition),
            asks("nobody", "/good", successCondition="response.statusCode == 201"),
        ],
        "none",
    )
    nodes = {node.name: node for node in ended.nodes}
    assert nodes["r.good"].phase == "Succeeded"
    assert nodes["r.good"].log is not None
    assert nodes["r.good"].log.read_text("utf-8") == "said by us\n"
    assert nodes["r.meant"].phase == "Succeeded"
    assert nodes["r.bad"].message.endswith("received non-2xx response code: 404")
    assert nodes["r.nobody"].message.endswith(
        "successCondition 'response.statusCode == 201' evaluated false"
    )


@pytest.mark.cluster
@pytest.mark.skipif("KUBECONFIG" not in os.environ, reason="no cluster: KUBECONFIG is not set")
def test_a_resource_step_asks_the_cluster_as_argo_does(tmp_path: Path) -> None:
    import subprocess

    context = subprocess.check_output(["kubectl", "config", "current-context"], text=True).strip()
    name = f"argosy-{uuid.uuid4().hex[:8]}"
    manifest = json.dumps(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name},
            "data": {"a": "5", "b": "two words"},
        }
    )
    lookup = {"action": "get", "flags": ["configmap", name]}

    def value(key: str, **source: str) -> dict[str, Any]:
        return {"name": key, "valueFrom": source}

    make = {"action": "apply", "manifest": manifest, "successCondition": "data.a == 5"}
    values = [
        value("a", jsonPath="{.data.a}"),
        value("b", jqFilter=".data.b"),
        value("c", jsonPath="{.data.none}", default="unused"),
        value("d", jqFilter=".data.none"),
        value("e", jqFilter=".data"),
    ]
    ended = executed(
        tmp_path,
        [
            {"name": "make", "resource": make, "outputs": {"parameters": values}},
            {
                "name": "over",
                "depends": "make",
                "resource": {**lookup, "failureCondition": "data.a > 4"},
            },
            {"name": "gone", "resource": {"action": "get", "flags": ["configmap", "ghost"]}},
            {
                "name": "drop",
                "depends": "over.Failed",
                "resource": {"action": "delete", "flags": ["configmap", name]},
            },
        ],
        context,
    )
    nodes = {node.name: node for node in ended.nodes}
    assert nodes["r.make"].parameters == {
        "a": "5",
        "b": "two words",
        "c": "",
        "d": "null",
        "e": '{"a":"5","b":"two words"}',
    }
    assert (nodes["r.over"].phase, nodes["r.over"].message) == ("Failed", REFUSED)
    assert nodes["r.gone"].message.startswith(GONE)
    assert nodes["r.drop"].phase == "Succeeded"
