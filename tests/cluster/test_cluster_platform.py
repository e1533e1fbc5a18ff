"""What `argosy bootstrap` and `platform/` hold is accepted by a real API server, field by field."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.bootstrap.files import contents
from tests.cluster.argo_cluster import MARKS, PATIENCE, kubectl, own_namespace
from tests.sync import argo_cd
from tests.sync.test_bootstrap import TENANT, objects
from tests.sync.test_platform import PLATFORM, build, offline

pytestmark = MARKS


@pytest.fixture(scope="module")
def namespace() -> Iterator[str]:
    with own_namespace("argosy-platform") as name:
        yield name


def known(crd: str) -> bool:
    return bool(kubectl("get", "crd", crd, "--ignore-not-found", "-o", "name"))


def accepted(found: list[dict[str, Any]], namespace: str) -> str:
    """See that the API server takes the objects; they are tried in a namespace that exists."""
    moved = [
        {**item, "metadata": {**item["metadata"], "namespace": namespace}}
        if "namespace" in item["metadata"]
        else item
        for item in found
    ]
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": moved})
    words = ("--server-side", "--dry-run=server", "--validate=strict", "--force-conflicts")
    manager = "--field-manager=argosy-test"
    return kubectl("apply", *words, manager, "-o", "name", "-f", "-", text=listed)


def test_objects_for_flux_are_accepted(namespace: str) -> None:
    if not known("kustomizations.kustomize.toolkit.fluxcd.io"):
        pytest.skip("the cluster has no CRDs of Flux")
    found = objects(contents("flux", [TENANT]))
    assert len(accepted(found, namespace).split()) == len(found)


@pytest.fixture
def argo_cd_crds() -> Iterator[None]:
    """Its CRDs, put into the cluster for as long as they are needed, unless it has them."""
    made = []
    for crd in argo_cd.crds().values():
        name = str(crd["metadata"]["name"])
        if not known(name):
            made.append(name)
            kubectl("create", "-f", "-", text=json.dumps(crd))
        kubectl("wait", "--for=condition=Established", f"--timeout={PATIENCE:.0f}s", "crd", name)
    yield
    for name in made:
        kubectl("delete", "crd", name, "--wait=false")


@pytest.mark.usefixtures("argo_cd_crds")
def test_objects_for_argo_cd_are_accepted(namespace: str) -> None:
    from compiler.record import replace

    tenants = [TENANT, replace(TENANT, environment="dev", namespace="ml-dev", folder="envs/dev")]
    accepted(objects(contents("argocd", [TENANT])), namespace)
    accepted(objects(contents("argocd", tenants)), namespace)


@pytest.mark.parametrize("folder", ["artifact-store", "mlflow"])
def test_servers_of_the_platform_are_accepted(folder: str, namespace: str) -> None:
    accepted(build(PLATFORM / folder), namespace)


def test_settings_of_argo_workflows_are_accepted(tmp_path: Path, namespace: str) -> None:
    found = build(offline(tmp_path) / "argo-workflows")
    ours = ("ConfigMap", "Role", "RoleBinding", "Namespace")
    accepted([item for item in found if item["kind"] in ours], namespace)


def test_rights_of_the_platform_are_accepted(namespace: str) -> None:
    for path in sorted(PLATFORM.glob("*.yaml")):
        found = list(yaml.safe_load_all(path.read_text("utf-8")))
        for item in found:
            item["metadata"]["namespace"] = namespace
            for subject in item.get("subjects", ()):
                subject["namespace"] = namespace
        accepted(found, namespace)


@pytest.mark.skipif(
    not os.environ.get("ARGOSY_TEST_ARGO_MANIFESTS"),
    reason="ARGOSY_TEST_ARGO_MANIFESTS does not name the manifests/ of Argo Workflows 3.7.3",
)
def test_all_of_argo_workflows_is_accepted(tmp_path: Path, namespace: str) -> None:
    """With the released manifests themselves, from a copy of Argo's source."""
    copy, source = offline(tmp_path), Path(os.environ["ARGOSY_TEST_ARGO_MANIFESTS"])
    release = kubectl("kustomize", str(source / "cluster-install"))
    (copy / "argo-workflows" / "release" / "install.yaml").write_text(release, "utf-8")
    for path in (source / "base" / "crds" / "full").glob("argoproj.io_*.yaml"):
        shutil.copy(path, copy / "argo-workflows")
    found = build(copy / "argo-workflows")
    assert sum(item["kind"] == "CustomResourceDefinition" for item in found) == 8
    accepted(found, namespace)
