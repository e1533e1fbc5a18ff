"""The terms of runs: who gives them, and what Argo gets to read of them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import render, validate
from tests.scratch import PROJECT, SPEC, write

STEPS = "steps: {a: {run: 'true'}}\n"


def project(folder: Path, terms: str = "", settings: str = PROJECT) -> Path:
    return write(folder, SPEC + terms + STEPS, settings)


def spec(folder: Path, terms: str = "", settings: str = PROJECT) -> dict[str, Any]:
    tree = render(load_project(project(folder, terms, settings)), "dev", verified=True)
    found: dict[str, Any] = yaml.safe_load(tree.files["p/workflowtemplate.yaml"])["spec"]
    return found


def test_the_pipeline_says_it_else_the_environment_else_the_project(tmp_path: Path) -> None:
    settings = PROJECT.replace(
        "{namespace: d}", "{namespace: d, security: {user: 20, group: 21}, serviceAccount: bound}"
    )
    settings += "defaults: {security: {user: 30, readOnlyRoot: true}, retention: {success: 2d}}\n"
    found = spec(tmp_path, "security: {user: 10}\nretention: {failure: 1h}\n", settings)
    assert found["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10,
        "runAsGroup": 21,
        "fsGroup": 21,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    container = found["templates"][1]["container"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert {m["mountPath"] for m in container["volumeMounts"]} == {"/work", "/tmp", "/work/.argosy"}
    assert found["ttlStrategy"] == {"secondsAfterSuccess": 172800, "secondsAfterFailure": 3600}
    assert found["serviceAccountName"] == "bound"


@pytest.mark.parametrize(
    ("pods", "strategy"), [("failed", "OnPodSuccess"), ("none", "OnPodCompletion"), ("all", None)]
)
def test_pods_that_stay(pods: str, strategy: str | None, tmp_path: Path) -> None:
    found = spec(tmp_path, f"retention: {{pods: {pods}}}\n")
    assert found.get("podGC", {}).get("strategy") == strategy


@pytest.mark.parametrize(
    ("terms", "locks", "files"),
    [
        ("concurrency: 1\n", {"mutexes": [{"name": "p"}]}, 0),
        ("concurrency: {group: gpu}\n", {"mutexes": [{"name": "gpu"}]}, 0),
        (
            "concurrency: {limit: 3}\n",
            {"semaphores": [{"configMapKeyRef": {"name": "p-concurrency", "key": "p"}}]},
            1,
        ),
        (
            "concurrency: {group: gpu, configMap: limits}\n",
            {"semaphores": [{"configMapKeyRef": {"name": "limits", "key": "gpu"}}]},
            0,
        ),
    ],
)
def test_a_lock_is_a_mutex_or_has_its_limit_in_a_config_map(
    terms: str, locks: dict[str, Any], files: int, tmp_path: Path
) -> None:
    assert spec(tmp_path, terms)["synchronization"] == locks
    found = render(load_project(tmp_path), "dev").files.get("p/concurrency.yaml", b"")
    assert bool(found) == bool(files)
    assert not files or yaml.safe_load(found)["data"] == {"p": "3"}


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (
            "concurrency: {group: gpu, limit: 2}",
            "5:27 the limit of a group is kept where all its pipelines find it",
        ),
        (
            "concurrency: {limit: 2, configMap: c}",
            "5:25 a ConfigMap of its own has no use for one pipeline",
        ),
        ("concurrency: {group: g, configMap: c, limit: 2}", "5:39 the ConfigMap gives the limit"),
    ],
)
def test_a_limit_stands_in_one_place(terms: str, message: str, tmp_path: Path) -> None:
    found = validate(load_project(project(tmp_path, f"{terms}\n")))
    assert [(p.code, f"{p.at.line}:{p.at.column} {p.message}") for p in found] == [
        ("concurrency", message)
    ]


@pytest.mark.parametrize(
    ("terms", "word"),
    [
        ("links: {home: 'javascript:alert(1)'}", "a web address"),
        ("links: {home: 'https://a/{x}'}", "a web address"),
        ("tags: [Not valid]", "a valid name"),
        ("security: {user: 0}", "at least 1"),
        ("retention: {success: 7}", "a text"),
        ("concurrency: 0", "at least 1"),
    ],
)
def test_what_kubernetes_would_refuse_is_refused(terms: str, word: str, tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        render(load_project(project(tmp_path, f"{terms}\n")), "dev")
    assert word in caught.value.problems[0].message
