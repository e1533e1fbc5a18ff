"""A real Flux takes what is published to the cluster: all at once, and back by a revert.

One story, told once for all tests of this module, since a schedule fires once a minute. Flux and
the namespace are set up by what `argosy bootstrap flux` writes, and by nothing else. It needs
KUBECONFIG of a cluster with Argo Workflows and Flux's source and kustomize controllers, which reach
this machine at ARGOSY_TEST_HOST.
"""

import json
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import argo_cluster as cluster
from tests.cluster.argo_cluster import PYTHON, call, wait_until
from tests.gitops.servers import Open
from tests.servers import listening

FLUX = "kustomizations.kustomize.toolkit.fluxcd.io"
SOURCE = "gitrepositories.source.toolkit.fluxcd.io"
HOME = "flux-system"
pytestmark = cluster.MARKS
PROJECT = """apiVersion: argosy.dev/v1
kind: Project
name: {name}
environments:
  dev:
    namespace: {namespace}
    gitops: {{repository: "{url}", branch: main, folder: envs/dev}}
"""
SPEC = """apiVersion: argosy.dev/v1
kind: Pipeline
name: {name}
schedule: {{cron: "* * * * *", concurrency: allow}}
defaults: {{image: "{image}", hardware: {{cpu: {cpu}, memory: 64Mi}}}}
steps:
  first:
    run: python model.py > said && sleep {pause}
    outputs: {{said: {{value: said}}}}
  second:
    needs: [first]
    run: python model.py > said
    outputs: {{said: {{value: said}}}}
"""


@dataclass
class Story:
    """A project, its GitOps repository, and the namespace that Flux keeps equal to it."""

    root: Path
    bare: Path
    namespace: str
    name: str

    def argosy(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        command = (str(Path(sys.executable).parent / "argosy"), *words)
        ended = subprocess.run(command, capture_output=True, text=True, cwd=self.root, check=False)
        assert ended.returncode in codes, f"{words}: {ended.stdout}{ended.stderr}"
        return ended.stdout

    def reconcile(self, kind: str) -> None:
        """Have Flux look at once, which it would do by itself after a while."""
        asked = f"reconcile.fluxcd.io/requestedAt={time.time()}"
        call("kubectl", "annotate", "--overwrite", kind, self.name, "-n", HOME, asked)

    def write(self, name: str, *, says: str, cpu: str, pause: int = 0) -> None:
        folder = self.root / "pipelines" / name
        folder.mkdir(parents=True, exist_ok=True)
        text = SPEC.format(name=name, image=PYTHON, cpu=cpu, pause=pause)
        (folder / "pipeline.yaml").write_text(text, "utf-8")
        (folder / "model.py").write_text(f"print('code {says}')\n", "utf-8")

    def publish(self, subject: str) -> str:
        """Commit the project, publish it, wait until Flux has applied it; return the commit."""
        call("git", "add", "-A", at=self.root)
        call("git", "commit", "--quiet", "--allow-empty", "-m", subject, at=self.root)
        self.argosy("publish", "--env", "dev", "--allow-removal")
        self.reconcile(SOURCE)
        commit = call("git", "rev-parse", "main", at=self.bare).strip()
        wait_until(lambda: self.synced().endswith(commit), f"Flux has applied {commit}", self.told)
        return commit

    def synced(self) -> str:
        found = self.flux().get("status", {})
        return str(found.get("lastAppliedRevision", ""))

    def told(self) -> str:
        return json.dumps(self.flux().get("status", {}).get("conditions", []))

    def flux(self, kind: str = FLUX) -> dict[str, Any]:
        return cluster.get(kind, self.name, HOME)

    def get(self, kind: str, name: str) -> dict[str, Any]:
        """Return an object of the namespace, nothing if there is none."""
        return cluster.get(kind, name, self.namespace)

    def every(self, kind: str) -> list[dict[str, Any]]:
        found = json.loads(call("kubectl", "get", kind, "-n", self.namespace, "-o", "json"))
        return [dict(item) for item in found["items"]]

    def started(self, name: str, since: set[str]) -> str:
        """Return the run that the schedule of pipeline `name` has started since."""
        label = "workflows.argoproj.io/cron-workflow"
        fresh = [
            item["metadata"]["name"]
            for item in self.every("workflow")
            if item["metadata"].get("labels", {}).get(label) == name
            and item["metadata"]["name"] not in since
        ]
        return min(fresh, default="")

    def next_run(self, name: str) -> str:
        known = {item["metadata"]["name"] for item in self.every("workflow")}
        return wait_until(lambda: self.started(name, known), f"{name} fires")

    def ended(self, run: str) -> str:
        return str(cluster.ended(run, self.namespace)["phase"])

    def pods(self, run: str) -> list[dict[str, Any]]:
        return cluster.pods(run, self.namespace)

    def code_and_cpu(self, run: str) -> list[tuple[str, str]]:
        """Return what each step of a run printed, and the cpu that its pod asked for, in order."""
        cpu = [
            next(c for c in pod["spec"]["containers"] if c["name"] == "main")["resources"]
            for pod in self.pods(run)
        ]
        said = printed(self.get("workflow", run))
        return list(zip(said, (found["requests"]["cpu"] for found in cpu), strict=True))

    def told_of(self, run: str) -> set[str]:
        """Return the reasons of the events of a run, which outlive its object."""
        path = "jsonpath={.items[*].reason}"
        words = ("-n", self.namespace, "--field-selector", f"involvedObject.name={run}", "-o", path)
        return set(call("kubectl", "get", "events", *words).split())

    def objects(self) -> dict[str, Any]:
        """Return what Flux has put here, without what the API server and controllers write."""
        return {
            f"{kind}/{item['metadata']['name']}": {
                **{key: item[key] for key in ("spec", "data", "immutable") if key in item},
                "annotations": item["metadata"].get("annotations", {}),
                "labels": item["metadata"]["labels"],
            }
            for kind in ("workflowtemplate", "cronworkflow", "configmap")
            for item in self.every(kind)
            if "argosy.dev/pipeline" in item["metadata"].get("labels", {})
        }


def _flux() -> bool:
    return not subprocess.run(["kubectl", "get", "crd", FLUX], capture_output=True).returncode


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    if not _flux():
        pytest.skip("the cluster has no Flux (source-controller and kustomize-controller)")
    folder = tmp_path_factory.mktemp("sync")
    here = type("Here", (Open,), {"root": folder})
    with listening(here, "0.0.0.0") as port:  # noqa: S104
        story = _begun(folder, f"http://{cluster.host()}:{port}/gitops.git")
        objects = call("kubectl", "kustomize", "bootstrap/dev", at=story.root)
        call("kubectl", "apply", "--server-side", "--validate=strict", "-f", "-", text=objects)
        try:
            if not _answers(story):
                pytest.skip("Flux's CRDs are there, and no source-controller works")
            yield story
        finally:
            for kind in (FLUX, SOURCE, "serviceaccount"):
                call("kubectl", "delete", kind, story.name, "-n", HOME)
            call("kubectl", "delete", "workflows", "--all", "-n", story.namespace)
            call("kubectl", "delete", "namespace", story.namespace, "--wait=false")
            shutil.rmtree(story.root)


def _begun(folder: Path, url: str) -> Story:
    """Make a project whose GitOps repository is at `url`, and what an administrator commits."""
    root, bare = folder / "project", folder / "gitops.git"
    root.mkdir()
    call("git", "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    call("git", "config", "http.receivepack", "true", at=bare)
    mark = uuid.uuid4().hex[:8]
    story = Story(root, bare, f"argosy-sync-{mark}", f"sync-{mark}-dev")
    call("git", "init", "--quiet", "--initial-branch=main", str(root))
    for name, value in (("user.name", "Ada"), ("user.email", "ada@example.com")):
        call("git", "config", name, value, at=root)
    text = PROJECT.format(name=f"sync-{mark}", namespace=story.namespace, url=url)
    (root / "argosy.yaml").write_text(text, "utf-8")
    (root / ".gitignore").write_text(".argosy/\nbootstrap/\n", "utf-8")
    (root / "pipelines").mkdir()
    story.argosy("bootstrap", "flux", "--env", "dev")
    return story


def _answers(story: Story) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if story.flux(SOURCE).get("status", {}).get("conditions"):
            return True
        time.sleep(0.5)
    return False


def test_what_is_published_fires_comes_back_by_a_revert_and_is_pruned(story: Story) -> None:
    story.write("train", says="one", cpu="20m")
    story.write("other", says="other", cpu="20m")
    first = story.publish("first")
    # a schedule that came in one commit with its template and code fires at its first time
    one = story.next_run("train")
    before, folder = story.objects(), _folder(story, first)
    assert story.ended(one) == "Succeeded"
    assert story.code_and_cpu(one) == [("code one", "20m")] * 2

    story.write("train", says="two", cpu="30m", pause=30)
    story.publish("second")
    two = story.next_run("train")
    wait_until(lambda: story.pods(two), "its first pod is there")
    call("git", "revert", "--no-edit", "HEAD", at=story.root)
    third = story.publish("after the revert")
    assert _folder(story, third) == folder
    assert _without_code(story.objects(), before) == before
    # the run that was under way mounts its own code for its second step, on its own hardware
    assert story.ended(two) == "Succeeded"
    assert story.code_and_cpu(two) == [("code two", "30m")] * 2
    three = story.next_run("train")
    assert story.ended(three) == "Succeeded"
    assert story.code_and_cpu(three) == [("code one", "20m")] * 2


def printed(workflow: dict[str, Any]) -> list[str]:
    nodes = (node for node in workflow["status"]["nodes"].values() if node["type"] == "Pod")
    said = ((node["startedAt"], node["outputs"]["parameters"][0]["value"]) for node in nodes)
    return [words for _, words in sorted(said)]


def _folder(story: Story, commit: str) -> str:
    return call("git", "rev-parse", f"{commit}:envs/dev", at=story.bare).strip()


def _without_code(now: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Leave out code that only a run under way still needs: it is not pruned."""
    return {k: v for k, v in now.items() if k in before or not k.startswith("configmap/")}


def test_a_removed_pipeline_is_pruned_and_its_run_goes_on(story: Story) -> None:
    story.write("other", says="other", cpu="20m")
    story.write("train", says="last", cpu="20m", pause=20)
    story.publish("slow again")
    run = story.next_run("train")
    wait_until(lambda: story.pods(run), "its first pod is there")
    shutil.rmtree(story.root / "pipelines" / "train")
    story.publish("without train")
    wait_until(lambda: not story.get("cronworkflow", "train"), "the schedule is gone")
    wait_until(lambda: not story.get("workflowtemplate", "train"), "the template is gone")
    assert story.get("cronworkflow", "other")
    # its second step starts after that, and still mounts its code; then the run is let go
    wait_until(lambda: "WorkflowSucceeded" in story.told_of(run), f"{run} succeeds")
    wait_until(lambda: not story.get("workflow", run), f"{run} is gone")


def states(story: Story, code: int) -> dict[str, str]:
    """Return the state of each object that drifted, by name, and see the exit code."""
    written = story.argosy("drift", "dev", "--json", "--exit-code", codes=(code,))
    found = json.loads(written)["objects"]
    return {f"{item['kind'].split('.')[0]}/{item['name']}": item["state"] for item in found}


def test_an_edit_in_the_cluster_is_shown_and_undone(story: Story) -> None:
    story.write("other", says="other", cpu="20m")
    story.publish("one pipeline")
    assert states(story, 0) == {}
    known = story.get("cronworkflow", "other")["spec"]
    patch = json.dumps({"spec": {"schedules": ["1 1 1 1 *"]}})
    words = ("-n", story.namespace, "--type", "merge", "-p", patch)
    call("kubectl", "patch", "cronworkflow", "other", *words)
    assert states(story, 3) == {"CronWorkflow/other": "changed"}
    shown = story.argosy("drift", "dev")
    assert "spec.schedules[0]  * * * * * → 1 1 1 1 *  by kubectl-patch" in shown
    story.reconcile(FLUX)
    wait_until(lambda: story.get("cronworkflow", "other")["spec"] == known, "Flux has undone it")
    assert states(story, 0) == {}


def test_a_live_pause_outlives_a_sync_and_is_told_apart_from_edits(story: Story) -> None:
    story.write("other", says="other", cpu="20m")
    story.publish("one pipeline")
    call("argo", "cron", "suspend", "other", "-n", story.namespace)
    assert states(story, 3) == {"CronWorkflow/other": "paused"}
    story.write("other", says="another", cpu="20m")
    story.publish("while it is paused")
    assert story.get("cronworkflow", "other")["spec"]["suspend"] is True
    assert states(story, 3) == {"CronWorkflow/other": "paused"}
    call("argo", "cron", "resume", "other", "-n", story.namespace)


def test_objects_that_are_missing_or_more_are_shown(story: Story) -> None:
    story.write("other", says="other", cpu="20m")
    story.publish("one pipeline")
    found = story.get("workflowtemplate", "other")
    call("kubectl", "delete", "workflowtemplate", "other", "-n", story.namespace)
    labels = {"argosy.dev/env": "dev", "argosy.dev/pipeline": "mine"}
    metadata = {"name": "mine", "namespace": story.namespace, "labels": labels}
    stranger = {**found, "metadata": metadata}
    call("kubectl", "create", "-f", "-", text=json.dumps(stranger))
    shown = states(story, 3)
    assert shown == {"WorkflowTemplate/other": "missing", "WorkflowTemplate/mine": "extra"}
    call("kubectl", "delete", "workflowtemplate", "mine", "-n", story.namespace)
    story.reconcile(FLUX)
    wait_until(lambda: story.get("workflowtemplate", "other"), "Flux has brought it back")


def test_the_syncer_has_the_rights_that_it_needs_and_no_others(story: Story) -> None:
    account = f"--as=system:serviceaccount:{HOME}:{story.name}"

    def may(verb: str, kind: str, namespace: str = story.namespace) -> bool:
        words = ("kubectl", "auth", "can-i", verb, kind, "-n", namespace, account)
        return subprocess.run(words, capture_output=True, text=True).stdout.strip() == "yes"

    for kind in ("configmaps", "cronworkflows", "workflowtemplates"):
        assert may("patch", kind)
        assert not may("patch", kind, "default")
    for kind in ("secrets", "pods", "workflows", "serviceaccounts", "rolebindings"):
        assert not may("get", kind)
        assert not may("create", kind)
