"""The cost of a run is what its manifests ask for, by the prices of the project; nobody guesses."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from argosy.report.cost import ASSUMES
from argosy.report.plan import text
from argosy.report.plan_json import as_json
from argosy.report.plan_markdown import markdown
from compiler.cost import Estimate, Prices, Tariff
from compiler.problems import Rejected
from compiler.project import Project, load_project
from compiler.record import replace
from compiler.render import render
from gitops.plan import Plan, Review, plan

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PROJECT = """apiVersion: argosy.dev/v1
kind: Project
name: t
hardware:
  small: {cpu: 500m, memory: 2Gi}
  gpu: {cpu: 4, memory: 16Gi, gpu: {type: L4}}
spot: {nodeSelector: {life: spot}}
prices: {currency: EUR, cpu: 0.1, memory: 0.01, gpu: {L4: 1, 1g.5gb: 0.3}, spot: 0.5}
environments:
  dev: {namespace: d}
  prod: {namespace: p, prices: {currency: USD, gpu: {default: 5}}}
"""
SPEC = """apiVersion: argosy.dev/v1
kind: Pipeline
name: p
defaults: {image: "img:1", hardware: small, timeout: 30m}
"""


def written(folder: Path, steps: str, project: str = PROJECT) -> Project:
    (folder / "pipelines" / "p").mkdir(parents=True, exist_ok=True)
    (folder / "argosy.yaml").write_text(project, "utf-8")
    (folder / "pipelines/p/pipeline.yaml").write_text(SPEC + steps, "utf-8")
    return load_project(folder)


def planned(project: Project, before: dict[str, bytes] | None, environment: str = "dev") -> Plan:
    files = render(project, environment).files
    tariff = project.tariff(project.environment(environment))
    return plan(before, files, environment=environment, now=NOW, tariff=tariff)


def line(found: Plan) -> str:
    (cost,) = [line for line in text(found).splitlines() if line.startswith("        cost: ")]
    return cost.removeprefix("        cost: ")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        # 0.5 cores and 2 GiB for half an hour: (0.05 + 0.02) / 2
        ("{a: {run: x}}", "up to 0.04 EUR a run"),
        # four of them
        ("{a: {run: x, matrix: {m: [1, 2, 3, 4]}}}", "up to 0.14 EUR a run"),
        # 4 cores, 16 GiB and a GPU: 1.56 an hour
        ("{a: {run: x, hardware: gpu, timeout: 2h}}", "up to 3.12 EUR a run"),
        (
            "{a: {run: x, hardware: gpu, timeout: 2h, retries: 2}}",
            "up to 3.12 EUR a run, 9.36 with every retry",
        ),
        # all on spot nodes; then the first attempt only
        (
            "{a: {run: x, hardware: {extends: gpu, spot: true}, timeout: 2h, retries: 1}}",
            "up to 1.56 EUR a run, 3.12 with every retry",
        ),
        (
            "{a: {run: x, hardware: {extends: gpu, spot: {attempts: 1}}, timeout: 2h, retries: 2}}",
            "up to 1.56 EUR a run, 7.80 with every retry",
        ),
        ("{a: {run: x, hardware: {gpu: {mig: 1g.5gb, count: 2}}}}", "up to 0.30 EUR a run"),
        (
            "{a: {run: x, hardware: {gpu: {type: H100}}}}",
            "up to 0.00 EUR a run; not in it: GPU H100, which has no price",
        ),
        (
            "{a: {run: x, hardware: {tpu: {type: v5, topology: 2x2}}}}",
            "up to 0.00 EUR a run; not in it: TPU v5, which has no price",
        ),
        ("{a: {run: x, hardware: {memory: 1Mi}}}", "up to less than 0.01 EUR a run"),
        (
            "{a: {resource: {manifest: {apiVersion: v1, kind: Pod}}}}",
            "up to 0.00 EUR a run; not in it: what `a` makes",
        ),
        (
            "{a: {run: x, foreach: '${params.l}'}}\nparams: {l: {type: list, default: [b]}}",
            "up to 0.04 EUR a run; not in it: all but one of the items of `a`, which a run finds "
            "out",
        ),
        # a handler is a step too
        ("{a: {run: x}}\non: {exit: [{name: h, run: y}]}", "up to 0.07 EUR a run"),
        # the run may not last longer than that
        (
            "{a: {run: x, hardware: gpu, timeout: 2h, retries: 2}}\ntimeout: 3h",
            "up to 3.12 EUR a run, 4.68 with every retry",
        ),
        # every day at two
        (
            '{a: {run: x, hardware: gpu, timeout: 1h}}\nschedule: "0 2 * * *"',
            "up to 1.56 EUR a run; 46.80 EUR in 30 days (30 runs)",
        ),
    ],
)
def test_a_run_costs(steps: str, expected: str, tmp_path: Path) -> None:
    assert line(planned(written(tmp_path, f"steps: {steps}\n"), None)) == expected


def test_a_step_without_a_timeout_has_no_bound(tmp_path: Path) -> None:
    project = written(tmp_path, "steps: {a: {run: x}}\n")
    spec = tmp_path / "pipelines/p/pipeline.yaml"
    spec.write_text(spec.read_text("utf-8").replace(", timeout: 30m", ""), "utf-8")
    alone, found = spec.read_text("utf-8"), line(planned(project, None))
    assert found == "up to 0.00 EUR a run; not in it: `a`, which has no timeout"
    several = {
        1: "`a`, which has",
        3: "`a`, `s1` and `s2`, which have",
        9: "`s2` and 6 more, which have",
    }
    for number, words in several.items():
        steps = ", ".join(f"s{n}: {{run: x}}" for n in range(1, number))
        spec.write_text(alone.replace("{a: {run: x}", f"{{a: {{run: x}}, {steps}"), "utf-8")
        assert f"{words} no timeout" in line(planned(project, None))
    spec.write_text(alone + "timeout: 2h\n", "utf-8")
    assert line(planned(project, None)) == "up to 0.14 EUR a run"


def test_an_environment_has_prices_of_its_own(tmp_path: Path) -> None:
    project = written(tmp_path, "steps: {a: {run: x, hardware: {gpu: {type: H100}}}}\n")
    assert line(planned(project, None, "prod")) == "up to 2.50 USD a run"
    assert project.environment("prod").prices == Prices(
        "USD", 0.1, 0.01, {"L4": 1, "1g.5gb": 0.3, "default": 5}, spot=0.5
    )


def test_a_change_says_what_it_was(tmp_path: Path) -> None:
    project = written(tmp_path, "steps: {a: {run: x, hardware: gpu}}\nschedule: '0 2 * * 1'\n")
    before = dict(render(project, "dev").files)
    project = written(tmp_path, "steps: {a: {run: x, hardware: gpu, timeout: 2h}}\n")
    found = planned(project, before)
    assert line(found) == "up to 0.78 → 3.12 EUR a run; 3.12 → 0.00 EUR in 30 days (0 runs)"
    assert ASSUMES in text(found)
    assert "cost: up to 0.78 → 3.12 EUR a run" in markdown(
        Review("t", "", False, "", "0", (found,))
    )
    assert ASSUMES in markdown(Review("t", "", False, "", "0", (found,)))
    data = valid(found)
    assert data["pipelines"][0]["cost"]["before"] == {
        "run": 0.78,
        "most": 0.78,
        "runs": 4,
        "gaps": [],
    }
    gone = plan(before, {}, environment="dev", now=NOW, tariff=tariff(project))
    assert line(gone) == "no more up to 0.78 EUR a run"
    assert valid(gone)["pipelines"][0]["cost"]["after"] is None


def valid(found: Plan) -> Any:
    data = json.loads(as_json(Review("t", "", False, "", "0", (found,))))
    schema = json.loads((ROOT / "schemas/plan.schema.json").read_text("utf-8"))
    jsonschema_rs.Draft202012Validator(schema).validate(data)
    return data["environments"][0]


def tariff(project: Project) -> Tariff:
    found = project.tariff(project.environment("dev"))
    assert found
    return found


def test_without_prices_nothing_is_said(tmp_path: Path) -> None:
    lines = [line for line in PROJECT.splitlines(keepends=True) if "prices" not in line]
    project = written(tmp_path, "steps: {a: {run: x}}\n", "".join(lines))
    found = planned(project, None)
    assert "cost" not in text(found)
    assert valid(found)["pipelines"][0]["cost"] is None


def test_prices_name_their_currency(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        written(tmp_path, "steps: {a: {run: x}}\n", PROJECT.replace("currency: EUR, ", ""))
    assert caught.value.problems[0].message == "`prices` has no `currency`"


def test_what_others_wrote_is_walked_too(tmp_path: Path) -> None:
    leaf = {"name": "leaf", "timeout": "1h", "script": {"resources": {"requests": {"cpu": "2"}}}}
    group = {"name": "group", "steps": [[{"name": "x", "template": "leaf", "withItems": [1, 2]}]]}
    tasks = [{"name": "g", "template": "group"}, {"name": "o", "templateRef": {"name": "w"}}]
    main = {"name": "main", "dag": {"tasks": tasks}}
    manifest = {"spec": {"entrypoint": "main", "templates": [main, group, leaf]}}
    found = tariff(written(tmp_path, "steps: {a: {run: x}}\n")).estimate(manifest)
    assert found == Estimate(0.4, 0.4, ("what `o` calls",))
    before = planned(written(tmp_path, "steps: {a: {run: x}}\n"), None)
    files = {"p/workflowtemplate.yaml": b"kind: WorkflowTemplate\nspec: [1]\n"}
    after = planned(load_project(tmp_path), files)
    (pipeline,) = after.pipelines
    assert pipeline.cost
    assert pipeline.cost.before is None
    assert before.pipelines[0].cost == replace(pipeline.cost, before=None)
