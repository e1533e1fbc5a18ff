"""Drift by a cluster that answers what a real API server answered, and what is made of it."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from argosy.cluster.drift import Drift, drift
from argosy.cluster.kubectl import ClusterFailure, Kubectl
from argosy.cluster.ownership import owned
from argosy.report.drift import Compared, as_json, text
from compiler import emit
from tests import scratch

ROOT = Path(__file__).parents[2]
# kubectl as far as drift needs it: objects come from a file, a dry run lays Git over them
FAKE = """#!{python}
import json, os, sys
words = sys.argv[1:]
live = json.load(open(os.environ["LIVE"]))
said = os.environ.get("SAYS", "")
given = json.loads(sys.stdin.read() or "{{}}").get("items", [])
name = lambda item: (item["kind"], item["metadata"]["name"])
if "apply" in words:
    assert "--dry-run=server" in words and "--server-side" in words
    if said:
        sys.exit(said)
    def over(old, new):
        if isinstance(old, dict) and isinstance(new, dict):
            return {{**old, **{{key: over(old.get(key), new[key]) for key in new}}}}
        return new
    found = [over(next(o for o in live if name(o) == name(item)), item) for item in given]
elif "-l" in words:
    label = words[words.index("-l") + 1].split("=")
    found = [o for o in live if o["metadata"].get("labels", {{}}).get(label[0]) == label[1]]
else:
    found = [o for o in live if name(o) in [name(item) for item in given]]
if "--show-managed-fields" not in words:
    for item in found:
        item["metadata"].pop("managedFields", None)
print(json.dumps({{"kind": "List", "items": found}}))
"""


def schedule(name: str = "churn", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "CronWorkflow",
        "metadata": {
            "name": name,
            "namespace": "ml",
            "labels": {"argosy.dev/env": "dev", "argosy.dev/pipeline": name},
        },
        "spec": {"schedules": ["0 2 * * *"], **spec},
    }


def code(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name,
            "namespace": "ml",
            "labels": {"argosy.dev/env": "dev", "argosy.dev/pipeline": "churn"},
            "annotations": {"kustomize.toolkit.fluxcd.io/prune": "disabled"},
        },
        "immutable": True,
        "data": {"a.py": name},
    }


def by(item: dict[str, Any], manager: str, fields: dict[str, Any]) -> dict[str, Any]:
    entry = {"manager": manager, "time": "2026-11-25T10:00:00Z", "fieldsV1": fields}
    item["metadata"].setdefault("managedFields", []).append(entry)
    return item


Compare = Callable[..., Drift]


@pytest.fixture
def compare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compare:
    program = tmp_path / "bin" / "kubectl"
    program.parent.mkdir()
    program.write_text(FAKE.format(python=sys.executable), "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setenv("LIVE", str(tmp_path / "live.json"))

    def compared(git: list[dict[str, Any]], live: list[dict[str, Any]], says: str = "") -> Drift:
        (tmp_path / "live.json").write_text(json.dumps(live), "utf-8")
        monkeypatch.setenv("SAYS", says)
        files = {
            f"{item['metadata']['name']}/{item['kind'].lower()}.yaml": emit.emit(item, "head")
            for item in git
        }
        return drift(Kubectl(), "dev", "ml", files)

    return compared


def shown(found: Drift) -> str:
    return text(Compared("dev", "ml", "repo", "c" * 40, "kind"), found)


def test_equal_is_no_drift(compare: Compare) -> None:
    live = by(schedule(), "kustomize-controller", {"f:spec": {"f:schedules": {}}})
    live["status"] = {"active": []}
    live["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"] = "dev"
    found = compare([schedule()], [live])
    assert (found.deviations, found.equal) == ((), 1)
    assert "no drift: 1 object as in Git" in shown(found)


def test_an_edit_is_told_with_its_field_and_who_made_it(compare: Compare) -> None:
    live = by(schedule(schedules=["9 9 * * *"]), "kubectl-edit", {"f:spec": {"f:schedules": {}}})
    found = compare([schedule()], [live])
    line = "spec.schedules[0]  0 2 * * * → 9 9 * * *  by kubectl-edit, 2026-11-25 10:00:00 UTC"
    assert line in shown(found)
    assert [each.state for each in found.deviations] == ["changed"]


def test_a_live_pause_is_told_apart_from_edits(compare: Compare) -> None:
    live = by(schedule(suspend=True), "argo", {"f:spec": {"f:suspend": {}}})
    found = compare([schedule()], [live])
    assert [each.state for each in found.deviations] == ["paused"]
    assert "CronWorkflow churn  paused live, not in Git  by argo" in shown(found)
    live["spec"]["schedules"] = ["9 9 * * *"]
    found = compare([schedule()], [live])
    assert [each.state for each in found.deviations] == ["changed", "paused"]
    assert "1 of 1 object not as Git has it" in shown(found)


def test_a_pause_in_git_that_is_lifted_live_is_an_edit(compare: Compare) -> None:
    live = by(schedule(suspend=False), "argo", {"f:spec": {"f:suspend": {}}})
    (found,) = compare([schedule(suspend=True)], [live]).deviations
    assert (found.state, found.edits[0].path) == ("changed", "spec.suspend")


def test_a_schedule_that_was_resumed_live_is_as_in_git(compare: Compare) -> None:
    live = by(schedule(suspend=False), "argo", {"f:spec": {"f:suspend": {}}})
    assert compare([schedule()], [live]).deviations == ()


def test_what_others_added_is_told_though_a_sync_leaves_it(compare: Compare) -> None:
    fields = {"f:spec": {"f:timezone": {}}, "f:metadata": {"f:labels": {"f:team": {}}}}
    live = by(schedule(timezone="UTC"), "kubectl-patch", fields)
    live["metadata"]["labels"]["team"] = "x"
    (found,) = compare([schedule()], [live]).deviations
    assert {edit.path for edit in found.edits} == {"spec.timezone", "metadata.labels.team"}


def test_missing_and_extra_objects_and_code_that_is_kept(compare: Compare) -> None:
    found = compare([schedule(), code("new")], [schedule("old"), code("new"), code("older")])
    states = {each.name: each.state for each in found.deviations}
    assert states == {"churn": "missing", "old": "extra"}
    assert (found.equal, found.kept) == (1, 1)


def test_an_object_of_another_namespace_is_told_with_it(compare: Compare) -> None:
    there = schedule()
    there["metadata"]["namespace"] = "former"
    words = shown(compare([there], [schedule()]))
    assert f"- CronWorkflow former/{there['metadata']['name']}  missing" in words
    assert f"+ CronWorkflow {there['metadata']['name']}  extra" in words


def test_an_object_of_another_sync_in_the_namespace_is_not_extra(compare: Compare) -> None:
    ours, theirs = schedule(), schedule("theirs")
    for item, name in ((ours, "a"), (theirs, "b")):
        item["metadata"]["labels"]["kustomize.toolkit.fluxcd.io/name"] = name
    assert compare([schedule()], [ours, theirs]).deviations == ()


def test_what_tools_note_on_an_object_is_no_drift(compare: Compare) -> None:
    git, live = schedule(), schedule()
    notes = {"cronworkflows.argoproj.io/last-used-schedule": "* * * * *"}
    live["metadata"]["annotations"] = notes
    assert compare([git], [live]).deviations == ()
    git["metadata"]["annotations"] = {"argocd.argoproj.io/sync-options": "Prune=false"}
    assert [each.state for each in compare([git], [live]).deviations] == ["changed"]


def test_an_object_whose_labels_were_taken_off_is_changed(compare: Compare) -> None:
    live = schedule()
    live["metadata"]["labels"] = {}
    (found,) = compare([schedule()], [live]).deviations
    assert found.state == "changed"


def test_what_the_cluster_would_refuse_is_said_in_its_words(compare: Compare) -> None:
    words = "Error from server (Invalid): ConfigMap is invalid: data: field is immutable"
    (found,) = compare([code("a")], [code("a")], words).deviations
    assert (found.state, found.words) == ("refused", words.removeprefix("Error from server "))


def test_what_one_may_not_compare_is_unknown_and_never_equal(compare: Compare) -> None:
    found = compare([code("a")], [code("a")], "Error from server (Forbidden): cannot patch")
    assert [each.state for each in found.deviations] == ["unknown"]
    assert found.unknown
    assert found.equal == 0


@pytest.mark.usefixtures("compare")
def test_a_file_that_is_no_object_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "live.json").write_text("[]", "utf-8")
    found = drift(Kubectl(), "dev", "ml", {"churn/odd.yaml": b"- 1\n", "argosy.lock": b"{}"})
    assert [(each.state, each.name) for each in found.deviations] == [("unknown", "odd.yaml")]


def test_a_cluster_that_goes_away_is_a_failure(compare: Compare) -> None:
    with pytest.raises(ClusterFailure, match="refused"):
        compare([code("a")], [code("a")], "The connection to the server was refused")


def test_json_follows_its_schema(compare: Compare) -> None:
    live = by(schedule(suspend=True), "argo", {"f:spec": {"f:suspend": {}}})
    found = compare([schedule(), code("new")], [live])
    document = json.loads(as_json(Compared("dev", "ml", "r", "c", "k"), found))
    schema = json.loads((ROOT / "schemas" / "drift.schema.json").read_text("utf-8"))
    jsonschema_rs.validator_for(schema).validate(document)
    assert document["drift"] is True


def test_owned_fields_are_spelled_as_plans_spell_them() -> None:
    fields: dict[str, Any] = {
        "f:spec": {"f:templates": {'k:{"name":"main"}': {".": {}, "f:image": {}}}}
    }
    item = by(schedule(), "kubectl", fields)
    assert [found.path for found in owned(item)] == ["spec.templates[main].image"]


def argosy(folder: Path, *words: str, **env: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "argosy", "-C", str(folder), *words]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, **env}
    )


def test_without_a_cluster_nothing_is_called_equal(tmp_path: Path) -> None:
    project = scratch.write(tmp_path, f"{scratch.SPEC}steps: {{a: {{run: 'true'}}}}\n")
    before = argosy(project, "drift", "dev")
    assert before.returncode == 2
    assert "nothing was published of dev yet" in before.stderr
    git = ["git", "-C", str(project), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "a"]):
        subprocess.run([*git, *words], check=True)
    assert argosy(project, "publish", "--env", "dev").returncode == 0
    config = tmp_path / "kubeconfig"
    config.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
        "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:9'}}]\n"
        "contexts: [{name: c, context: {cluster: c, user: ''}}]\n",
        "utf-8",
    )
    ended = argosy(project, "drift", "dev", "--exit-code", KUBECONFIG=str(config))
    assert ended.returncode == 4
    assert ended.stdout == ""
    assert "kubectl" in ended.stderr
