"""`argosy doctor` and a real cluster: a namespace, an account and its rights, each missing once."""

import uuid
from collections.abc import Iterator

import pytest

from argosy.cluster.kubectl import Kubectl
from argosy.doctor import kubernetes
from tests.cluster.argo_cluster import ACCOUNT, MARKS, PATIENCE, kubectl

pytestmark = MARKS
POWERLESS = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: argosy-run}
rules: [{apiGroups: [argoproj.io], resources: [workflowtaskresults], verbs: [create]}]
"""


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy cluster may need longer than a person would wait."""
    monkeypatch.setattr(kubernetes, "_KUBECTL", Kubectl(patience=PATIENCE))


@pytest.fixture
def namespace() -> Iterator[str]:
    name = f"doctor-{uuid.uuid4().hex[:6]}"
    yield name
    kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false")


def test_a_cluster_is_seen_with_its_objects_and_its_clock() -> None:
    found = list(kubernetes.reach())
    assert [one.state for one in found] == ["fine", "fine", "fine"], found
    assert "Kubernetes v" in found[0].message


def test_what_a_run_needs_is_missed_until_it_is_there(namespace: str) -> None:
    def asked() -> tuple[str, str]:
        (found,) = kubernetes.accounts(namespace, ["argosy-run"])
        return found.state, found.message

    assert asked() == ("wrong", f"there is no namespace {namespace}")
    kubectl("create", "namespace", namespace)
    assert "no service account argosy-run" in asked()[1]
    kubectl("apply", "-n", namespace, "-f", ACCOUNT)
    assert asked()[0] == "fine"
    kubectl("apply", "-n", namespace, "-f", "-", text=POWERLESS)
    assert asked() == ("wrong", "argosy-run may not patch workflowtaskresults: "
                       "every step ends in Error")  # fmt: skip
