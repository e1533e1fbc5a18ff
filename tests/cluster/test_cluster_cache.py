"""On a real cluster: an equal step is not run again, one that differs in anything is."""

import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from compiler.project import load_project
from compiler.render import render

NAMESPACE = os.environ.get("ARGOSY_TEST_NAMESPACE", "default")
IMAGE = os.environ.get("ARGOSY_TEST_IMAGE", "localhost/argosy:ci")
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("KUBECONFIG"), reason="KUBECONFIG is not set"),
]
PROJECT = f"""apiVersion: argosy.dev/v1
kind: Project
name: t
environments: {{dev: {{namespace: {NAMESPACE}}}}}
"""
# what is behind the cached step shows that a hit lets a run go on; the salt is new each time
SPEC = """apiVersion: argosy.dev/v1
kind: Pipeline
name: cluster-cache
params: {rows: {type: integer, default: 1}, word: {type: string, default: a}}
defaults: {image: "IMAGE", hardware: {cpu: 20m, memory: 64Mi}, retries: {limit: 1, backoff: 1s}}
steps:
  ingest:
    run: mkdir raw; echo ${params.rows} > raw/rows; ln -s rows raw/link
    outputs: {raw: raw/}
  train:
    cache: {maxAge: 1h, salt: "SALT"}
    inputs: {raw: "${steps.ingest.outputs.raw}"}
    run: cat ${inputs.raw}/link; echo ${params.word}${run.env} > out; date +%s%N > at
    outputs: {out: out, at: {value: at}}
  after:
    inputs: {out: "${steps.train.outputs.out}"}
    run: cat ${inputs.out} > word
    outputs: {word: {value: word}}
"""


def run(*arguments: str, text: str = "") -> str:
    ended = subprocess.run(arguments, input=text, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def apply(folder: Path, spec: str) -> None:
    place = folder / "pipelines" / "cluster-cache"
    place.mkdir(parents=True, exist_ok=True)
    (folder / "argosy.yaml").write_text(PROJECT, "utf-8")
    (place / "pipeline.yaml").write_text(spec, "utf-8")
    for _, content in render(load_project(folder), "dev", verified=True):
        run(
            "kubectl",
            "apply",
            "--server-side",
            "--force-conflicts",
            "-f",
            "-",
            text=content.decode(),
        )
    time.sleep(2)  # a run created in the second of its template may not find it


def execute(*parameters: str) -> tuple[bool, str]:
    """Run to the end; return whether `train` was a hit, and the word that came behind it."""
    given = [word for parameter in parameters for word in ("-p", parameter)]
    source = ("--from", "workflowtemplate/cluster-cache")
    name = run("argo", "submit", "-n", NAMESPACE, *source, "-o", "name", *given).strip()
    deadline, status = time.monotonic() + 300, dict[str, Any]()
    while status.get("phase") not in ("Succeeded", "Failed", "Error"):
        assert time.monotonic() < deadline, status
        time.sleep(1)
        found = json.loads(run("kubectl", "get", "workflow", name, "-n", NAMESPACE, "-o", "json"))
        status = found.get("status", {})
    run("kubectl", "delete", "workflow", name, "-n", NAMESPACE, "--wait=false")
    nodes = {node["name"].partition(".")[2]: node for node in status["nodes"].values()}
    assert status["phase"] == "Succeeded", nodes
    (word,) = [p["value"] for p in nodes["after"]["outputs"]["parameters"]]
    return nodes["train"]["memoizationStatus"]["hit"], word


def test_only_what_is_equal_is_a_hit(tmp_path: Path) -> None:
    account = Path(__file__).parents[2] / "platform" / "argosy-run.yaml"
    run("kubectl", "apply", "-n", NAMESPACE, "-f", str(account))
    spec = SPEC.replace("IMAGE", IMAGE).replace("SALT", str(time.time_ns()))
    apply(tmp_path, spec)
    try:
        assert execute() == (False, "adev")
        with ThreadPoolExecutor() as pool:
            same, word, content = pool.map(lambda p: execute(*p), [(), ("word=b",), ("rows=2",)])
        assert same == (True, "adev")
        assert word == (False, "bdev")
        assert content == (False, "adev")
        apply(tmp_path, spec.replace("echo ${params.word}", "echo x${params.word}"))
        assert execute() == (False, "xadev")
    finally:
        run("kubectl", "delete", "workflowtemplate", "cluster-cache", "-n", NAMESPACE)
