"""`platform/` builds without a network, holds to the strictest pods, and lets clients in."""

import contextlib
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from argosy.bootstrap.files import contents
from tests.patience import wait_until
from tests.servers import free_port
from tests.sync import argo_cd
from tests.sync.test_bootstrap import TENANT, objects

ROOT = Path(__file__).parents[2]
PLATFORM = ROOT / "platform"
RELEASE = """apiVersion: apps/v1
kind: Deployment
metadata: {name: workflow-controller}
spec:
  template:
    spec: {containers: [{name: workflow-controller, image: released}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: workflow-controller-configmap}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: workflows.argoproj.io, labels: {size: minimal}}
"""
FULL = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {name}, labels: {{size: full}}}}
"""
needs_kubectl = pytest.mark.skipif(not shutil.which("kubectl"), reason="there is no kubectl")


def build(folder: Path) -> list[dict[str, Any]]:
    command = ["kubectl", "kustomize", str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return list(yaml.safe_load_all(ended.stdout))


def offline(tmp_path: Path) -> Path:
    """Return a copy of `platform` in which what comes from the network is a file."""
    copy = tmp_path / "platform"
    shutil.copytree(PLATFORM, copy)
    for path in copy.rglob("kustomization.yaml"):
        body = yaml.safe_load(path.read_text("utf-8"))
        for index, resource in enumerate(body["resources"]):
            if resource.startswith("https://"):
                name = resource.rpartition("/")[2]
                crd = ".".join(reversed(name.removesuffix(".yaml").split("_")))
                text = RELEASE if name == "install.yaml" else FULL.format(name=crd)
                (path.parent / name).write_text(text, "utf-8")
                body["resources"][index] = name
        path.write_text(yaml.safe_dump(body), "utf-8")
    return copy


@needs_kubectl
@pytest.mark.parametrize("folder", ["argo-workflows", "bucket"])
def test_argo_workflows_comes_with_full_crds_and_its_settings(tmp_path: Path, folder: str) -> None:
    found = build(offline(tmp_path) / folder)
    crds = [item for item in found if item["kind"] == "CustomResourceDefinition"]
    assert len(crds) == 8
    assert {item["metadata"]["labels"]["size"] for item in crds} == {"full"}
    (settings,) = [item for item in found if item["kind"] == "ConfigMap"]
    executor = yaml.safe_load(settings["data"]["executor"])
    assert executor["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    store = yaml.safe_load(settings["data"]["artifactRepository"])["s3"]
    assert ("accessKeySecret" in store) == (folder == "argo-workflows")


def test_what_comes_from_the_network_is_pinned_to_one_version() -> None:
    addresses = [
        resource
        for path in PLATFORM.rglob("kustomization.yaml")
        for resource in yaml.safe_load(path.read_text("utf-8")).get("resources", ())
        if "://" in resource
    ]
    assert len(addresses) == 9
    assert all("/v3.7.3/" in address for address in addresses)


@needs_kubectl
@pytest.mark.parametrize("folder", ["artifact-store", "mlflow"])
def test_servers_hold_to_the_strictest_pods_and_to_no_secret(folder: str) -> None:
    found = build(PLATFORM / folder)
    assert "Secret" not in {item["kind"] for item in found}
    (deployment,) = [item for item in found if item["kind"] == "Deployment"]
    pod = deployment["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    for container in (*pod["containers"], *pod.get("initContainers", ())):
        security = container["securityContext"]
        assert security["allowPrivilegeEscalation"] is False
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert not container["image"].endswith(":latest")
        assert container["resources"]["requests"]


@contextlib.contextmanager
def mlflow(folder: Path, port: int) -> Iterator[str]:
    """The server of `platform/mlflow`, by its own arguments but for the places."""
    server = next(
        item
        for item in yaml.safe_load_all((PLATFORM / "mlflow" / "server.yaml").read_text("utf-8"))
        if item["kind"] == "Deployment"
    )["spec"]["template"]["spec"]["containers"][0]
    changed = {"--host": "127.0.0.1", "--port": str(port)}
    words = [str(Path(sys.executable).parent / "mlflow"), *server["command"][1:]]
    for argument in server["args"]:
        name, sign, value = argument.partition("=")
        words.append(name + sign + changed.get(name, value).replace("/data", str(folder)))
    env = {each["name"]: each["value"] for each in server["env"]}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            words, stdout=log, stderr=log, env={**os.environ, **env}, start_new_session=True
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def status(url: str, host: str) -> int:
    """Return what a read of the API answers to a client that calls the server `host`."""
    address = f"{url}/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default"
    try:
        request = urllib.request.Request(address, headers={"Host": host})
        return int(urllib.request.urlopen(request, timeout=20).status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_mlflow_lets_in_who_calls_it_by_the_names_of_its_service(tmp_path: Path) -> None:
    with mlflow(tmp_path, free_port()) as url:
        said = tmp_path / "log"
        wait_until(lambda: status(url, "localhost"), "it answers", said.read_text, pause=0.5)
        for host in ("mlflow.mlflow.svc:5000", "mlflow.mlflow.svc.cluster.local:5000", "mlflow"):
            assert status(url, host) == 200, host
        assert status(url, "evil.example.com") == 403


def test_objects_of_argo_cd_hold_to_its_crds() -> None:
    from compiler.record import replace

    known = argo_cd.crds()
    one = contents("argocd", [TENANT])
    several = contents("argocd", [TENANT, replace(TENANT, environment="dev", namespace="ml-dev")])
    found = [item for item in (*objects(one), *objects(several)) if item["kind"] in known]
    assert {item["kind"] for item in found} == {"Application", "ApplicationSet", "AppProject"}
    for item in found:
        validator = jsonschema_rs.validator_for(argo_cd.schema(known[item["kind"]]))
        assert [error.message for error in validator.iter_errors(item)] == []
    found[0]["spec"]["nonsense"] = 1
    validator = jsonschema_rs.validator_for(argo_cd.schema(known[found[0]["kind"]]))
    assert not validator.is_valid(found[0])
