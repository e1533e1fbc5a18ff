"""`argosy report`: where it is written, what it says when there is nothing to tell."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema_rs
import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

SCHEMA = Path(__file__).parents[2] / "schemas" / "report.schema.json"


@pytest.fixture
def ran(shop: "Shop") -> "Shop":
    """The shop after a run that failed, with an MLflow that does not answer."""
    shop.edit("{namespace: ml-dev}", '{namespace: ml-dev, mlflow: {uri: "http://[::1]:9"}}',
              shop.root / "argosy.yaml")  # fmt: skip
    shop.edit("echo again", "echo it broke; exit 3")
    assert shop.argosy("run", "hello", "--env", "dev", "--name", "first").status == 1
    return shop


def test_the_newest_run_is_told_where_its_folder_is(ran: "Shop") -> None:
    ended = ran.argosy("report")
    assert (ended.status, ended.out) == (0, ".argosy/runs/first/report.html\n")
    text = (ran.root / ended.out.strip()).read_text("utf-8")
    for part in ("it broke", "ended with exit code 3", "1 step failed", "repeat", "Critical path"):
        assert part in text
    assert "world" in text


def test_a_file_stdout_or_json(ran: "Shop") -> None:
    assert ran.argosy("report", "first", "-o", "there.html").out == "there.html\n"
    shown = ran.argosy("report", "first", "-o", "-").out
    assert shown.startswith("<!doctype html>")
    ended = ran.argosy("report", "first", "--json")
    data = json.loads(ended.out)
    jsonschema_rs.validate(json.loads(SCHEMA.read_text("utf-8")), data)
    steps = {step["label"]: step for step in data["steps"]}
    assert list(steps) == ["greet", "repeat"]
    assert steps["greet"]["outputs"] == {"said": "world"}
    assert steps["repeat"]["phase"] == "Failed"
    assert steps["repeat"]["asked"]["cpu"] == 0.1
    assert steps["repeat"]["used"]["memory"] > 100_000


def test_the_environment_and_its_prices_are_those_of_the_start(ran: "Shop") -> None:
    project = ran.root / "argosy.yaml"
    ran.edit("name: shop\n", "name: shop\nprices: {currency: EUR, cpu: 36}\n", project)
    ran.edit("echo it broke; exit 3", "echo fine")
    assert ran.argosy("run", "hello", "--env", "dev", "--name", "second").status == 0
    ran.edit("cpu: 36", "cpu: 9999", project)
    data = json.loads(ran.argosy("report", "second", "--json").out)
    assert data["environment"] == "dev"
    assert data["costs"]["currency"] == "EUR"
    took = sum(a["finished"] - a["started"] for step in data["steps"] for a in step["attempts"])
    assert data["costs"]["run"] == pytest.approx(took * 36 * 0.1 / 3600, rel=1e-3)
    assert data["parameters"]["who"] == "world"
    assert json.loads(ran.argosy("report", "first", "--json").out)["costs"] is None


def test_what_cannot_be_told_or_written(ran: "Shop") -> None:
    typo = ran.argosy("report", "frist")
    assert (typo.status, typo.out) == (2, "")
    assert "did you mean `first`?" in typo.err
    for target in ("no/such/folder.html", "."):
        ended = ran.argosy("report", "-o", target)
        assert ended.status != 0
        assert "Traceback" not in ended.err
    (ran.root / ".argosy/runs/first/run.db").write_bytes(b"garbage" * 1000)
    damaged = ran.argosy("report", "first")
    assert damaged.status not in (0, 70)
    assert "Traceback" not in damaged.err


def test_without_runs(shop: "Shop") -> None:
    ended = shop.argosy("report")
    assert ended.status == 2
    assert "no runs yet" in ended.err


STEPS = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: st}
spec:
  entrypoint: main
  onExit: say
  templates:
  - name: main
    steps:
    - - {name: a, template: say}
    - - {name: b, template: say, withItems: [x.1, "y(2)"]}
      - {name: c, template: say, when: "1 == 2"}
    - - {name: d, template: inner}
  - name: inner
    dag: {tasks: [{name: one, template: say}, {name: two, template: flaky, depends: one}]}
  - name: flaky
    retryStrategy: {limit: 2}
    container: {image: "a:1", command: [sh, -c, "test {{retries}} -ge 1"]}
  - name: say
    container: {image: "a:1", command: [sh, -c, "echo said"]}
"""


def test_steps_that_nobody_compiled_are_told_too(shop: "Shop") -> None:
    (shop.root / "w.yaml").write_text(STEPS, "utf-8")
    assert shop.argosy("run", "w.yaml", "--name", "st").status == 0
    ended = shop.argosy("report", "st", "--json")
    assert ended.status == 0, ended
    data = json.loads(ended.out)
    steps = {step["name"]: step for step in data["steps"]}
    assert set(steps) == {
        "st[0].a", "st[1].b(0:x.1)", "st[1].b(1:y2)", "st[1].c", "st[2].d.one", "st[2].d.two",
        "st.onExit",
    }  # fmt: skip
    assert [one["phase"] for one in steps["st[2].d.two"]["attempts"]] == ["Failed", "Succeeded"]
    assert steps["st[1].c"]["reason"].startswith("its condition was false")
    arrows = {(arrow["source"], arrow["target"]) for arrow in data["graph"]["arrows"]}
    assert {("st[0].a", "st[1].c"), ("st[2].d.one", "st[2].d.two")} <= arrows
    assert ("st[2].d.two", "st.onExit") in arrows
    assert steps["st.onExit"]["critical"]
