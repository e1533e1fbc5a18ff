"""On a real cluster: locks, read-only roots, silent schedules and notices, as they are rendered."""

import http.server
import json
import os
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compiler.project import load_project
from compiler.render import render

ROOT = Path(__file__).parents[2]
IMAGE = os.environ.get("ARGOSY_TEST_IMAGE", "localhost/argosy:ci")
STEPS = os.environ.get("ARGOSY_TEST_PYTHON_IMAGE", "localhost/python:3.11")
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not os.environ.get("KUBECONFIG"), reason="KUBECONFIG is not set"),
]
HEAD = """apiVersion: argosy.dev/v1
kind: Pipeline
name: {name}
defaults: {{image: "{image}", hardware: {{cpu: 20m, memory: 64Mi}}}}
"""


def kubectl(*arguments: str, text: str = "") -> str:
    ended = subprocess.run(
        ["kubectl", *arguments], input=text, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture
def namespace() -> Iterator[str]:
    name = f"argosy-test-{uuid.uuid4().hex[:8]}"
    kubectl("create", "namespace", name)
    kubectl("apply", "-n", name, "-f", str(ROOT / "platform" / "argosy-run.yaml"))
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


def apply(folder: Path, namespace: str, **pipelines: str) -> None:
    """Render pipelines for this cluster and apply what they become."""
    for name, text in pipelines.items():
        (folder / "pipelines" / name).mkdir(parents=True)
        head = HEAD.format(name=name, image=STEPS)
        (folder / "pipelines" / name / "pipeline.yaml").write_text(head + text, "utf-8")
    (folder / "argosy.yaml").write_text(
        f"apiVersion: argosy.dev/v1\nkind: Project\nname: t\nimage: {IMAGE}\n"
        f"environments: {{dev: {{namespace: {namespace}}}}}\n"
    )
    for _, content in render(load_project(folder), "dev", verified=True):
        kubectl("apply", "-f", "-", text=content.decode())


def submit(namespace: str, template: str, name: str) -> None:
    body = {"workflowTemplateRef": {"name": template}}
    head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow"}
    workflow = {**head, "metadata": {"name": name, "namespace": namespace}, "spec": body}
    kubectl("create", "-f", "-", text=json.dumps(workflow))


def status(namespace: str, name: str) -> dict[str, Any]:
    found = json.loads(kubectl("get", "workflow", name, "-n", namespace, "-o", "json"))
    return dict(found.get("status", {}))


def until(condition: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.5)


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
    slow = "concurrency: 1\nsteps: {a: {run: sleep 6}}\n"
    apply(tmp_path, namespace, safe=safe + script, one=slow)
    time.sleep(2)
    for template, name in (("safe", "safe-1"), ("one", "one-1"), ("one", "one-2")):
        submit(namespace, template, name)
    waiting = f"Waiting for {namespace}/Mutex/one lock"
    until(lambda: waiting in json.dumps([status(namespace, n) for n in ("one-1", "one-2")]))
    until(lambda: status(namespace, "safe-1").get("phase") == "Succeeded")


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

    until(lambda: "p.on" in started(), 75)
    time.sleep(2)
    assert set(started()) == {"p.on"}


def test_a_run_outlives_the_schedule_that_started_it(tmp_path: Path, namespace: str) -> None:
    """Pruning a CronWorkflow deletes what it owns, in the background, as a sync does."""
    steps = "steps: {a: {run: sleep 5}, b: {needs: [a], run: echo}}\n"
    apply(tmp_path, namespace, p=f'{steps}schedule: {{cron: "0 0 1 1 *"}}\n')
    time.sleep(2)
    submitted = ("argo", "submit", "-n", namespace, "--from", "cronwf/p", "-o", "name")
    ended = subprocess.run(submitted, capture_output=True, text=True, check=True)
    name = ended.stdout.strip()
    until(lambda: status(namespace, name).get("phase") == "Running")
    kubectl("delete", "cronworkflow", "p", "-n", namespace, "--cascade=background")

    def marked() -> str:
        path = "jsonpath={.metadata.deletionTimestamp}"
        return kubectl("get", "workflow", name, "-n", namespace, "-o", path)

    until(marked)
    told = ("get", "events", "-n", namespace, "-o", "jsonpath={.items[*].reason}")
    until(lambda: "WorkflowSucceeded" in kubectl(*told).split(), 120)
    until(lambda: kubectl("get", "workflows", "-n", namespace, "-o", "name") == "", 60)


def test_notices_arrive_and_a_late_run_is_told_of(tmp_path: Path, namespace: str) -> None:
    got: list[dict[str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.HTTPServer(("0.0.0.0", 0), Handler)  # noqa: S104
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://{os.environ.get('ARGOSY_TEST_HOST', '127.0.0.1')}:{server.server_port}/"
    apply(
        tmp_path,
        namespace,
        bad=f"""steps: {{a: {{run: sleep 20; exit 3}}}}
on:
  success: [{{webhook: {{url: "{url}"}}}}]
  failure: [{{webhook: {{url: "{url}"}}}}]
  late: {{after: 1s, do: [{{webhook: {{url: "{url}"}}}}]}}
""",
    )
    time.sleep(2)
    submit(namespace, "bad", "bad-1")
    until(lambda: status(namespace, "bad-1").get("phase") == "Failed", 120)
    server.shutdown()
    server.server_close()
    assert [data["status"] for data in got] == ["Late", "Failed"]
    assert got[1]["failures"] == [{"step": "a", "message": "main: Error (exit code 3)"}]
    nodes = {n["displayName"]: n["phase"] for n in status(namespace, "bad-1")["nodes"].values()}
    assert nodes["late-webhook"] == "Succeeded"
