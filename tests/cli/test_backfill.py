"""Backfills as a user runs them; the cluster here is a program that keeps objects in a folder."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.cli.flows import validator

if TYPE_CHECKING:
    from tests.cli.conftest import Ended, Shop

KUBECTL = """\
#!{python}
import json, pathlib, sys
store, log = pathlib.Path({store!r}), pathlib.Path({log!r})
words = [w for w in sys.argv[1:] if not w.startswith("--request") and not w.startswith("--context")]
def path(name): return store / name
if words[0] == "create":
    body = json.load(sys.stdin)
    name = body["kind"] + "." + body["metadata"]["name"]
    if path(name).exists():
        sys.exit("Error from server (AlreadyExists): it is there")
    path(name).write_text(json.dumps(body))
    log.open("a").write(name + "\\n")
elif words[-1] == "name":
    if words[1] == "secret":
        sys.exit('Error from server (Forbidden): secrets is forbidden')
    kinds = {{"configmap": "ConfigMap", "serviceaccount": "ServiceAccount"}}
    for name in words[2:words.index("-n")]:
        if path(kinds[words[1]] + "." + name).exists():
            print(words[1] + "/" + name)
elif words[1] == "configmap" and words[0] == "get":
    found = path("ConfigMap." + words[2])
    print(found.read_text() if found.exists() else "")
elif words[1] == "configmap":
    found = path("ConfigMap." + words[2])
    if not found.exists():
        sys.exit("Error from server (NotFound): no such configmap")
    body, patch = json.loads(found.read_text()), json.loads(words[-1])
    data = {{**body.get("data", {{}}), **patch["data"]}}
    body["data"] = {{k: v for k, v in data.items() if v is not None}}
    found.write_text(json.dumps(body))
elif words[0] == "get" and words[1].startswith("workflows."):
    items = [json.loads(p.read_text()) for p in store.glob("Workflow.*")]
    assert sum("status" not in item for item in items) <= 2, "more than --parallel at once"
    print(json.dumps({{"items": items}}))
    for item in items:
        item["status"] = {{"phase": item.get("status", {{}}).get("phase", "Succeeded")}}
        path("Workflow." + item["metadata"]["name"]).write_text(json.dumps(item))
elif words[0] == "get":
    synced = path("WorkflowTemplate." + words[2])
    print("" if path("empty").exists() else synced.read_text() if synced.exists() else "{{}}")
elif words[0] == "patch":
    log.open("a").write("shutdown " + words[2] + "\\n")
"""
RUNS = [f"Workflow.hello-jan-2026010{day}" for day in range(1, 6)]


class Cluster:
    """A cluster as far as a backfill sees one: what it holds, and what was created in it."""

    def __init__(self, shop: "Shop", folder: Path) -> None:
        self.shop, self.store, self.log = shop, folder / "store", folder / "log"
        self.store.mkdir()
        self.log.touch()
        program = folder / "bin" / "kubectl"
        program.parent.mkdir()
        text = KUBECTL.format(python=sys.executable, store=str(self.store), log=str(self.log))
        program.write_text(text, "utf-8")
        program.chmod(0o755)
        self.path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"

    def argosy(self, *words: str) -> "Ended":
        return self.shop.argosy(*words, PATH=self.path)

    def created(self) -> list[str]:
        return [n for n in self.log.read_text("utf-8").split("\n") if n.startswith("Workflow.")]


@pytest.fixture
def cluster(shop: "Shop", tmp_path: Path) -> Cluster:
    """Return a cluster, and a committed backfill of five days in a project."""
    words = "--env dev --from 2026-01-01 --to 2026-01-06 --every 1d --id jan --start-param who"
    ended = shop.argosy("backfill", "hello", *words.split(), "--parallel", "2")
    assert ended.status == 0, ended.err
    assert "5 runs, 2 at a time" in ended.out
    shop.commit()
    return Cluster(shop, tmp_path)


def test_each_interval_runs_once_whatever_befell_the_submitter(cluster: Cluster) -> None:
    # one that was killed after it had created the first run, and before it noted anything
    shown = cluster.argosy("backfill", "show", "jan").out
    first = shown.split("---\n")[1]
    body = subprocess.run(
        [sys.executable, "-c", "import sys,yaml,json;print(json.dumps(yaml.safe_load(sys.stdin)))"],
        input=first, capture_output=True, text=True, check=True,
    )  # fmt: skip
    subprocess.run(["kubectl", "create", "-f", "-"], input=body.stdout, text=True, check=True,
                   env={**os.environ, "PATH": cluster.path})  # fmt: skip
    ended = cluster.argosy("backfill", "run", "jan")
    assert ended.status == 0, ended.err
    assert "jan: 5 Succeeded" in ended.out
    assert sorted(cluster.created()) == RUNS
    assert cluster.argosy("backfill", "run", "jan").status == 0
    assert sorted(cluster.created()) == RUNS


def test_a_run_that_was_cleaned_up_is_not_run_again(cluster: Cluster) -> None:
    assert cluster.argosy("backfill", "run", "jan").status == 0
    for path in cluster.store.glob("Workflow.*"):
        path.unlink()
    ended = cluster.argosy("backfill", "status", "jan")
    assert "jan: 5 Succeeded" in ended.out
    assert cluster.argosy("backfill", "run", "jan").status == 0
    assert sorted(cluster.created()) == RUNS


def test_what_nobody_saw_end_is_not_run_again_either(cluster: Cluster) -> None:
    assert cluster.argosy("backfill", "run", "jan").status == 0
    note = cluster.store / "ConfigMap.argosy-backfill-hello-jan"
    note.write_text(note.read_text("utf-8").replace("Succeeded", "Gone"), "utf-8")
    for path in cluster.store.glob("Workflow.*"):
        path.unlink()
    ended = cluster.argosy("backfill", "run", "jan")
    assert "jan: 5 Gone" in ended.out
    assert sorted(cluster.created()) == RUNS


def test_a_backfill_is_stopped_and_goes_on(cluster: Cluster) -> None:
    assert "nothing more starts" in cluster.argosy("backfill", "stop", "jan").out
    assert "jan: 5 to come (stopped)" in cluster.argosy("backfill", "status", "jan").out
    assert cluster.argosy("backfill", "run", "jan").status == 0
    assert "(stopped)" not in cluster.argosy("backfill", "status", "jan").out


def test_a_backfill_is_told_to_programs(cluster: Cluster) -> None:
    def told(*words: str) -> dict[str, Any]:
        ended = cluster.argosy("backfill", *words, "jan", "--json")
        assert ended.status == 0, ended.err
        found: dict[str, Any] = json.loads(ended.out)
        validator("backfilled").validate(found)
        return found

    assert told("stop")["stopped"] is True
    assert {run["phase"] for run in told("status")["runs"]} == {""}
    done = told("run")
    assert (done["pipeline"], done["namespace"], done["stopped"]) == ("hello", "ml-dev", False)
    assert [run["phase"] for run in done["runs"]] == ["Succeeded"] * 5
    assert done["runs"][0]["start"] == "2026-01-01T00:00:00+00:00"


def test_what_nobody_reviewed_does_not_run(cluster: Cluster) -> None:
    cluster.shop.edit("parallel: 2", "parallel: 9", cluster.shop.root / "backfills/hello/jan.yaml")
    ended = cluster.argosy("backfill", "run", "jan")
    assert ended.status == 2
    assert "is not as it was committed" in ended.err
    assert cluster.created() == []


def test_a_pipeline_that_is_not_synced_does_not_run(cluster: Cluster) -> None:
    (cluster.store / "empty").touch()
    ended = cluster.argosy("backfill", "run", "jan")
    assert ended.status == 4
    assert "WorkflowTemplate `hello` is missing" in ended.err
    assert "argosy publish --env dev" in ended.err
    assert cluster.created() == []


def sync(cluster: Cluster) -> dict[str, Path]:
    """Publish, put what is published into the cluster, and return its files by kind."""
    ended = cluster.argosy("publish", "--env", "dev")
    assert ended.status == 0, ended.err
    names = [line[2:] for line in ended.out.splitlines() if line.startswith(("+ ", "~ "))]
    found: dict[str, Path] = {}
    for name in names:
        text = cluster.shop.git("-C", ".argosy/gitops.git", "show", f"main:{name}")
        body = yaml.safe_load(text)
        found[body["kind"]] = cluster.store / f"{body['kind']}.{body['metadata']['name']}"
        found[body["kind"]].write_text(json.dumps(body), "utf-8")
    return found


def test_what_the_runs_need_is_looked_for_before_the_first_is_submitted(cluster: Cluster) -> None:
    cluster.shop.edit("repeat:\n", "repeat:\n    secrets: {TOKEN: {secret: shop, key: token}}\n")
    cluster.shop.commit()
    files = sync(cluster)
    files["ConfigMap"].unlink()
    ended = cluster.argosy("backfill", "run", "jan")
    assert ended.status == 4
    code = files["ConfigMap"].name.partition(".")[2]
    assert f"ConfigMap `{code}` is missing; ServiceAccount `argosy-run` is missing" in ended.err
    assert "--wait 10m" in ended.err
    assert "Secret `" not in ended.err, "what may not be looked at is not called missing"
    assert cluster.created() == []
    files["ConfigMap"].touch()
    (cluster.store / "ServiceAccount.argosy-run").touch()
    assert cluster.argosy("backfill", "run", "jan").status == 0
    assert len(cluster.created()) == 5


def test_a_version_that_the_sync_has_not_brought_yet_is_waited_for(cluster: Cluster) -> None:
    (cluster.store / "ServiceAccount.argosy-run").touch()
    before = sync(cluster)
    cluster.shop.edit("echo again", "echo more")
    cluster.shop.commit()
    old = before["WorkflowTemplate"].read_text("utf-8")
    sync(cluster)
    new = before["WorkflowTemplate"].read_text("utf-8")
    before["WorkflowTemplate"].write_text(old, "utf-8")
    ended = cluster.argosy("backfill", "run", "jan")
    assert ended.status == 4
    assert "`hello` is another version than the published one" in ended.err
    later = before["WorkflowTemplate"].with_name("later")
    later.write_text(new, "utf-8")
    script = f"argosy backfill run jan --wait 5m & sleep 1; mv {later} {before['WorkflowTemplate']}"
    ended = cluster.shop.shell(f"export PATH={cluster.path}; {script}; wait $!")
    assert ended.status == 0, ended.err
    assert "jan: 5 Succeeded" in ended.out


def test_a_backfill_changes_nothing_that_is_rendered(shop: "Shop") -> None:
    before = shop.argosy("render", "--env", "dev", "-o", "-").out
    words = "--env dev --from 2026-01 --to 2026-03 --every 1mo --start-param who"
    assert shop.argosy("backfill", "hello", *words.split()).status == 0
    assert shop.argosy("render", "--env", "dev", "-o", "-").out == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--from 2026-01-01 --to 2026-01-06 --every 1d", "which parameter takes the start"),
        ("--from 2026-01-01 --to 2026-01-06 --every 1d --start-param tag", "does not match"),
        ("--from 2026-01-01 --to 2026-01-06 --every 1d --start-param no", "no such parameter"),
        ("--from 2026-01-01 --to 2026-01-06 --every 1y --start-param who", "`1y`"),
        ("--from 2026-01-31 --to 2026-05-01 --every 1mo --start-param who", "first day"),
        ("--from 2026-01-01 --to 2026-01-06 --every 1d --start-param who --id ../x", "`../x`"),
        ("--to 2026-01-06 --every 1d --start-param who", "which intervals?"),
        ("--from 2026-01-01 --to 2026-01-06 --every 1d --start-param who -p who=x", "`who`"),
        ("--from 2026-01-01 --to 2026-01-06 --every 1d --start-param who -p tag={{x}}", "{{"),
    ],
)
def test_a_mistake_writes_nothing(shop: "Shop", words: str, said: str) -> None:
    ended = shop.argosy("backfill", "hello", "--env", "dev", *words.split())
    assert ended.status == 2
    assert said in ended.err
    assert "backfills/" not in ended.err, "a file that is not there has no lines"
    assert not (shop.root / "backfills").exists()
