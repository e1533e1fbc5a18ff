"""On a real cluster: locks, read-only roots, silent schedules and notices, as they are rendered."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import scratch
from tests.cluster import argo_cluster as cluster
from tests.cluster.argo_cluster import IMAGE, PYTHON, kubectl, status, submit, wait_until
from tests.servers import Quiet, listening

pytestmark = cluster.MARKS
HEAD = """apiVersion: argosy.dev/v1
kind: Pipeline
name: {name}
defaults: {{image: "{image}", hardware: {{cpu: 20m, memory: 64Mi}}}}
"""
TELLS = """steps: {a: {run: sleep 20; exit 3}}
on:
  success: [{webhook: {url: "URL"}}]
  failure: [{webhook: {url: "URL"}}]
  late: {after: 1s, do: [{webhook: {url: "URL"}}]}
"""


@pytest.fixture
def namespace() -> Iterator[str]:
    with cluster.own_namespace("argosy-test") as name:
        yield name


def apply(folder: Path, namespace: str, **pipelines: str) -> None:
    """Render pipelines for this cluster and apply what they become."""
    project = (
        f"apiVersion: argosy.dev/v1\nkind: Project\nname: t\nimage: {IMAGE}\n"
        f"environments: {{dev: {{namespace: {namespace}}}}}\n"
    )
    for name, text in pipelines.items():
        scratch.write(folder, HEAD.format(name=name, image=PYTHON) + text, project, name=name)
    cluster.apply(cluster.rendered(folder, folder / "rendered"))


def test_locks_hold_and_a_read_only_root_has_room(tmp_path: Path, namespace: str) -> None:
    script = """steps:
  a:
    python: |
      import os, tempfile
      open("out", "w").write("1")
      open(tempfile.mktemp(), "w").write("x")
      assert (os.getuid(), os.getgid()) == (1000, 2000)
      try:
          open("/var/tmp/x", "w")
      except OSError as error:
          print(error)
      else:
          raise SystemExit("the root file system is writable")
    outputs: {n: {value: out, type: integer}}
"""
    safe = "security: {user: 1000, group: 2000, readOnlyRoot: true}\n"
    slow = "concurrency: 1\nsteps: {a: {run: sleep 60}}\n"
    apply(tmp_path, namespace, safe=safe + script, one=slow)
    for template, name in (("safe", "safe-1"), ("one", "one-1"), ("one", "one-2")):
        submit(template, name, namespace)
    waiting = f"Waiting for {namespace}/Mutex/one lock"

    def seen() -> str:
        return json.dumps([status(name, namespace) for name in ("one-1", "one-2")])

    wait_until(lambda: waiting in seen(), "one waits for the other", seen)
    found = cluster.ended("safe-1", namespace)
    assert found["phase"] == "Succeeded", cluster.messages(found)


def test_a_schedule_is_silent_when_it_says_so(tmp_path: Path, namespace: str) -> None:
    always = "[{days: [mon, tue, wed, thu, fri, sat, sun]}]"
    apply(
        tmp_path,
        namespace,
        p=f"""steps: {{a: {{run: echo}}}}
schedule:
  - {{name: on, cron: "* * * * *", until: 2099-12-31, except: [{{from: 2026-01-01}}]}}
  - {{name: off, cron: "* * * * *", except: {always}}}
  - {{name: over, cron: "* * * * *", until: 2026-01-01}}
""",
    )

    def started() -> list[str]:
        path = "jsonpath={.items[*].metadata.labels.workflows\\.argoproj\\.io/cron-workflow}"
        return kubectl("get", "workflows", "-n", namespace, "-o", path).split()

    wait_until(lambda: "p.on" in started(), "p.on fires", started)
    time.sleep(2)
    assert set(started()) == {"p.on"}


def test_a_run_outlives_the_schedule_that_started_it(tmp_path: Path, namespace: str) -> None:
    """Pruning a CronWorkflow deletes what it owns, in the background, as a sync does."""
    steps = "steps: {a: {run: sleep 15}, b: {needs: [a], run: echo}}\n"
    apply(tmp_path, namespace, p=f'{steps}schedule: {{cron: "0 0 1 1 *"}}\n')
    words = ("-n", namespace, "--from", "cronwf/p", "-o", "name")
    name = cluster.call("argo", "submit", *words).strip()

    def seen() -> object:
        return cluster.get("workflow", name, namespace)

    wait_until(lambda: status(name, namespace).get("phase") == "Running", f"{name} runs", seen)
    kubectl("delete", "cronworkflow", "p", "-n", namespace, "--cascade=background")

    def marked() -> bool:
        metadata = cluster.get("workflow", name, namespace).get("metadata", {})
        return "deletionTimestamp" in metadata

    wait_until(marked, f"{name} is marked as deleted", seen)
    told = ("get", "events", "-n", namespace, "-o", "jsonpath={.items[*].reason}")
    wait_until(lambda: "WorkflowSucceeded" in kubectl(*told).split(), f"{name} succeeds", seen)
    wait_until(lambda: not cluster.get("workflow", name, namespace), f"{name} is gone", seen)


def test_notices_arrive_and_a_late_run_is_told_of(tmp_path: Path, namespace: str) -> None:
    got: list[dict[str, Any]] = []

    class Handler(Quiet):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

    with listening(Handler, "0.0.0.0") as port:  # noqa: S104
        url = f"http://{cluster.host()}:{port}/"
        apply(tmp_path, namespace, bad=TELLS.replace("URL", url))
        submit("bad", "bad-1", namespace)
        found = cluster.ended("bad-1", namespace)
    assert [data["status"] for data in got] == ["Late", "Failed"]
    assert got[1]["failures"] == [{"step": "a", "message": "main: Error (exit code 3)"}]
    nodes = {n["displayName"]: n["phase"] for n in found["nodes"].values()}
    assert nodes["late-webhook"] == "Succeeded"
