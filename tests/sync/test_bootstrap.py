"""`argosy bootstrap`: what an administrator commits, the same each time, never over other files."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from argosy.bootstrap.files import contents
from argosy.bootstrap.network import AddressFailure, rule
from argosy.bootstrap.tenant import Tenant, joined

ROOT = Path(__file__).parents[2]
TENANT = Tenant(
    project="shop",
    environment="prod",
    namespace="ml-prod",
    repository="https://github.com/acme/deployments.git",
    branch="main",
    folder="envs/prod",
    secret="gitops-read",  # noqa: S106 - a name
    mlflow="http://mlflow.mlflow.svc:5000",
    egress=("10.0.0.0/8:9000",),
)
PROJECT = """apiVersion: argosy.dev/v1
kind: Project
name: shop
environments:
  dev: {namespace: ml-dev}
  prod:
    namespace: ml-prod
    gitops: {repository: "%s", branch: main, folder: envs/prod}
  stage:
    namespace: ml-stage
    gitops: {repository: "https://github.com/acme/deployments.git"}
"""


def objects(files: dict[str, bytes]) -> list[dict[str, Any]]:
    return [
        found
        for path, content in files.items()
        if not path.endswith("kustomization.yaml")
        for found in yaml.safe_load_all(content)
    ]


def of(files: dict[str, bytes], kind: str) -> list[dict[str, Any]]:
    return [found for found in objects(files) if found["kind"] == kind]


def test_flux_syncs_with_an_account_that_runs_cannot_take() -> None:
    files = contents("flux", [TENANT])
    (sync,) = of(files, "Kustomization")
    spec = sync["spec"]
    assert (spec["prune"], spec["deletionPolicy"], spec["force"], spec["wait"]) == (
        *(True, "Orphan", False),
        True,
    )
    assert spec["path"] == "./envs/prod"
    assert {check["kind"] for check in spec["healthCheckExprs"]} == {
        *("CronWorkflow", "WorkflowTemplate")
    }
    account = next(
        found
        for found in of(files, "ServiceAccount")
        if found["metadata"]["name"] == spec["serviceAccountName"]
    )
    assert account["metadata"]["namespace"] == sync["metadata"]["namespace"] == "flux-system"
    (source,) = of(files, "GitRepository")
    assert source["spec"]["secretRef"] == {"name": "gitops-read"}


@pytest.mark.parametrize("syncer", ["flux", "argocd"])
def test_the_syncer_may_do_what_it_must_and_no_more(syncer: Any) -> None:
    roles = {
        found["metadata"]["name"]: found["rules"]
        for found in of(contents(syncer, [TENANT]), "Role")
    }
    allowed = {
        (group, kind, verb)
        for rule in roles["argosy-sync"]
        for group in rule["apiGroups"]
        for kind in rule["resources"]
        for verb in rule["verbs"]
    }
    assert {(group, kind) for group, kind, _ in allowed} == {
        ("", "configmaps"),
        ("argoproj.io", "cronworkflows"),
        ("argoproj.io", "workflowtemplates"),
    }
    assert "*" not in {verb for _, _, verb in allowed}
    assert not of(contents(syncer, [TENANT]), "ClusterRole")


def test_argo_cd_cannot_delete_runs_nor_leave_its_project() -> None:
    files = contents("argocd", [TENANT])
    (application,) = of(files, "Application")
    assert "finalizers" not in application["metadata"]
    policy = application["spec"]["syncPolicy"]
    assert policy["automated"] == {"prune": True, "selfHeal": True, "allowEmpty": False}
    assert {"PrunePropagationPolicy=orphan", "ServerSideApply=true"} <= set(policy["syncOptions"])
    assert application["spec"]["ignoreDifferences"][0]["jsonPointers"] == ["/spec/suspend"]
    (project,) = of(files, "AppProject")
    assert project["spec"]["clusterResourceWhitelist"] == []
    assert project["spec"]["destinations"][0]["namespace"] == "ml-prod"
    waves = {
        found["kind"]: int(found["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
        for found in objects(files)
        if found["metadata"]["name"] != "argocd-cm"
    }
    assert waves["Namespace"] < waves["Role"] < waves["AppProject"] < waves["Application"]


def test_several_environments_are_one_application_set_with_a_fixed_project() -> None:
    from compiler.record import replace

    other = replace(TENANT, environment="dev", namespace="ml-dev", folder="envs/dev")
    files = contents("argocd", [TENANT, other])
    assert not of(files, "Application")
    (found,) = of(files, "ApplicationSet")
    spec = found["spec"]
    assert spec["syncPolicy"]["preserveResourcesOnDeletion"] is True
    assert spec["goTemplateOptions"] == ["missingkey=error"]
    assert "{" not in spec["template"]["spec"]["project"]
    assert len(of(files, "AppProject")) == 1


def test_runs_may_what_platform_says() -> None:
    written = [
        {key: value for key, value in found.items() if key != "metadata"}
        for found in objects(contents("flux", [TENANT]))
        if found["metadata"]["name"] == "argosy-run"
    ]
    platform = list(yaml.safe_load_all((ROOT / "platform" / "argosy-run.yaml").read_text("utf-8")))
    for found in platform:
        for subject in found.get("subjects", ()):
            subject["namespace"] = "ml-prod"
        found.pop("metadata")
    assert written == platform


def test_pods_are_restricted_and_reach_what_is_named() -> None:
    files = contents("flux", [TENANT])
    labels = of(files, "Namespace")[0]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"
    assert labels["pod-security.kubernetes.io/warn"] == "restricted"
    policies = {p["metadata"]["name"]: p["spec"] for p in of(files, "NetworkPolicy")}
    assert policies["argosy-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    mlflow, store = policies["argosy-egress"]["egress"]
    assert mlflow["ports"] == [{"protocol": "TCP", "port": 5000}]
    assert store["to"] == [{"ipBlock": {"cidr": "10.0.0.0/8"}}]


def test_an_address_is_a_service_a_range_or_a_port() -> None:
    assert "namespaceSelector" in rule("http://minio.store.svc.cluster.local:9000")["to"][0]
    assert rule("10.1.2.3:80")["to"] == [{"ipBlock": {"cidr": "10.1.2.3/32"}}]
    assert rule("https://github.com/a/b") == {"ports": [{"protocol": "TCP", "port": 443}]}
    for wrong in ("", "host", "host:http", "host:0", "host:99999", "https://", ":80"):
        with pytest.raises(AddressFailure):
            rule(wrong)


def test_long_names_stay_apart() -> None:
    first, second = joined("p" * 60, "dev"), joined("p" * 60, "prod")
    assert first != second
    assert max(len(first), len(second)) <= 53


def argosy(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "argosy", "-C", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def project(folder: Path, repository: str = "git@github.com:acme/deployments.git") -> Path:
    (folder / "pipelines").mkdir()
    (folder / "argosy.yaml").write_text(PROJECT % repository, "utf-8")
    return folder


def test_files_are_written_once_and_never_over_others(tmp_path: Path) -> None:
    place = project(tmp_path)
    words = ("bootstrap", "flux", "--env", "prod", "--out", "cluster")
    assert argosy(place, *words, "--check").returncode == 3
    assert not (place / "cluster").exists()
    assert argosy(place, *words).returncode == 0
    assert argosy(place, *words, "--check").returncode == 0
    flux = place / "cluster" / "prod" / "flux.yaml"
    assert "ssh://git@github.com/acme/deployments.git" in flux.read_text("utf-8")
    flux.write_text("mine\n", "utf-8")
    (place / "cluster" / "prod" / "network.yaml").unlink()
    refused = argosy(place, *words)
    assert refused.returncode == 3
    assert "prod/flux.yaml" in refused.stderr
    assert "--force" in refused.stderr
    assert flux.read_text("utf-8") == "mine\n"
    assert not (place / "cluster" / "prod" / "network.yaml").exists()
    assert argosy(place, *words, "--force").returncode == 0
    assert argosy(place, *words, "--check").returncode == 0


@pytest.mark.parametrize(
    ("repository", "words"),
    [
        ("https://me:hunter2@github.com/acme/x.git", "holds a login"),
        ("https://hunter2@github.com/acme/x.git", "holds a login"),
        ("../deployments.git", "a cluster cannot read"),
    ],
)
def test_what_a_cluster_cannot_read_is_refused(tmp_path: Path, repository: str, words: str) -> None:
    ended = argosy(project(tmp_path, repository), "bootstrap", "argocd", "--env", "prod")
    assert ended.returncode == 2
    assert words in ended.stderr
    assert "hunter2" not in ended.stderr
    assert not (tmp_path / "bootstrap").exists()


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--apiserver=here", "`here` is no range of addresses"),
        ("--egress=there", "`there` is no address"),
        ("--secret=No Name", "`No Name` is no name of a Secret"),
        ("--quota=pods", "`pods` is no NAME=VALUE"),
    ],
)
def test_a_wrong_option_is_said_and_nothing_written(
    tmp_path: Path, option: str, words: str
) -> None:
    ended = argosy(project(tmp_path), "bootstrap", "flux", "--env", "prod", option)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert not (tmp_path / "bootstrap").exists()


def test_an_environment_without_a_repository_is_told(tmp_path: Path) -> None:
    ended = argosy(project(tmp_path), "bootstrap", "flux", "--env", "dev")
    assert ended.returncode == 2
    assert "no `gitops:`" in ended.stderr
