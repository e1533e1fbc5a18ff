"""On a real cluster: an equal step is not run again, one that differs in anything is."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import scratch
from tests.cluster import argo_cluster as cluster
from tests.cluster.argo_cluster import IMAGE, NAMESPACE, kubectl

pytestmark = cluster.MARKS
NAME = "cluster-cache"
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


def apply(folder: Path, spec: str) -> None:
    scratch.write(folder, spec, PROJECT, name=NAME)
    cluster.apply(cluster.rendered(folder, folder / "rendered"))


def execute(**parameters: str) -> tuple[bool, str]:
    """Run to the end; return whether `train` was a hit, and the word that came behind it."""
    name = cluster.named(NAME)
    cluster.submit(NAME, name, arguments=cluster.given(parameters))
    found = cluster.ended(name)
    cluster.remove(name)
    assert found["phase"] == "Succeeded", cluster.messages(found)
    nodes = {node["name"].partition(".")[2]: node for node in found["nodes"].values()}
    (word,) = [p["value"] for p in nodes["after"]["outputs"]["parameters"]]
    return nodes["train"]["memoizationStatus"]["hit"], word


def test_only_what_is_equal_is_a_hit(tmp_path: Path) -> None:
    kubectl("apply", "-n", NAMESPACE, "-f", cluster.ACCOUNT)
    spec = SPEC.replace("IMAGE", IMAGE).replace("SALT", str(time.time_ns()))
    apply(tmp_path, spec)
    try:
        assert execute() == (False, "adev")
        changes: tuple[dict[str, str], ...] = ({}, {"word": "b"}, {"rows": "2"})
        with ThreadPoolExecutor() as pool:
            same, word, content = pool.map(lambda given: execute(**given), changes)
        assert same == (True, "adev")
        assert word == (False, "bdev")
        assert content == (False, "adev")
        apply(tmp_path, spec.replace("echo ${params.word}", "echo x${params.word}"))
        assert execute() == (False, "xadev")
    finally:
        kubectl("delete", "workflowtemplate", NAME, "-n", NAMESPACE)
