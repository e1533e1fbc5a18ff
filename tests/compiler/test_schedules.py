"""Schedules: what they become, what is wrong with them, and what clocks do to them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.matrix import shortened
from compiler.project import load_project
from compiler.render import render, validate
from tests.scratch import write

SPEC = """apiVersion: argosy.dev/v1
kind: Pipeline
name: p
defaults: {image: "i:1"}
steps: {a: {run: echo}}
params:
  region: {type: string, enum: [us, eu], default: us}
  day: {type: integer}
"""


def project(folder: Path, schedule: str) -> Path:
    return write(folder, SPEC + schedule)


def crons(folder: Path, schedule: str) -> dict[str, dict[str, Any]]:
    """The CronWorkflows by file name, each as its name and its spec."""
    tree = render(load_project(project(folder, schedule)), "dev", verified=True)
    found = {
        path.removeprefix("p/"): yaml.safe_load(content)
        for path, content in tree.files.items()
        if "cronworkflow" in path
    }
    return {
        path: {"name": cron["metadata"]["name"], **cron["spec"]} for path, cron in found.items()
    }


def shown(folder: Path, schedule: str) -> list[str]:
    return [
        f"{p.at.line}:{p.at.column} {p.code}: {p.message}"
        for p in validate(load_project(project(folder, schedule)))
    ]


def test_one_schedule_with_all_that_holds_of_its_runs(tmp_path: Path) -> None:
    found = crons(
        tmp_path,
        """schedule:
  cron: ["0 6 * * *", "@weekly"]
  timezone: Europe/Zurich
  concurrency: replace
  deadline: 1h
  suspend: true
  until: 2027-03-31
  except:
    - {from: 2026-12-20, to: 2027-01-02}
    - {from: 2027-02-10}
    - {days: [sun, sat]}
    - {days: [fri], from: "18:00", to: "22:30"}
  params: {day: 3}
""",
    )
    cron = found["cronworkflow.yaml"]
    local = "now().In(timezone('Europe/Zurich'))"
    assert cron["name"] == "p"
    assert cron["schedules"] == ["0 6 * * *", "@weekly"]
    assert cron["suspend"] is True
    assert cron["startingDeadlineSeconds"] == 3600
    assert cron["concurrencyPolicy"] == "Replace"
    assert cron["when"] == (
        "{{= now() < date('2027-04-01', '2006-01-02', 'Europe/Zurich')"
        " && !(now() >= date('2026-12-20', '2006-01-02', 'Europe/Zurich')"
        " && now() < date('2027-01-03', '2006-01-02', 'Europe/Zurich'))"
        " && !(now() >= date('2027-02-10', '2006-01-02', 'Europe/Zurich')"
        " && now() < date('2027-02-11', '2006-01-02', 'Europe/Zurich'))"
        f" && !({local}.Weekday().String() in ['Saturday', 'Sunday']"
        f" && {local}.Format('15:04') >= '00:00' && {local}.Format('15:04') < '24:00')"
        f" && !({local}.Weekday().String() in ['Friday']"
        f" && {local}.Format('15:04') >= '18:00' && {local}.Format('15:04') < '22:30') }}}}"
    )
    values = {p["name"]: p["value"] for p in cron["workflowSpec"]["arguments"]["parameters"]}
    assert values == {"region": "us", "day": "3", "argosy-source": ""}


def test_each_of_several_schedules_is_an_object_of_its_own(tmp_path: Path) -> None:
    long = "a-very-long-name-of-a-schedule-of-ours-42"[:40]
    found = crons(
        tmp_path,
        f"""schedule:
  - {{name: eu, cron: "@daily", params: {{region: eu, day: 1}}}}
  - {{name: {long}, cron: "@hourly", params: {{day: 2}}}}
""",
    )
    names = {path: cron["name"] for path, cron in found.items()}
    assert names["cronworkflow-eu.yaml"] == "p.eu"
    assert all(len(name) <= 52 for name in names.values())
    values = [
        {p["name"]: p["value"] for p in cron["workflowSpec"]["arguments"]["parameters"]}
        for cron in found.values()
    ]
    assert {(v["region"], v["day"]) for v in values} == {("eu", "1"), ("us", "2")}


def test_a_long_name_is_cut_and_stays_a_name() -> None:
    name = shortened(f"{'p' * 40}.{'n' * 40}", 52)
    assert len(name) == 52
    assert name.startswith(f"{'p' * 40}.nn-")


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (
            'schedule: {cron: "0 0 30 2 *", params: {day: 1}}\n',
            "9:18 bad-cron: schedule `0 0 30 2 *`: there is no such day",
        ),
        (
            'schedule: [{name: a, cron: "@daily"}, {name: b, cron: "@daily", params: {day: 1}}]\n',
            "8:3 no-default: `day` has no default, but the pipeline is scheduled",
        ),
        (
            "schedule: [{name: a, cron: '@daily', params: &p {day: 1}},"
            " {name: a, cron: '@weekly', params: *p}]\n",
            "9:60 same-name: two schedules have the same name",
        ),
        (
            "schedule: {cron: '@daily', params: {day: 1, regin: eu}}\n",
            "9:45 bad-parameter: no parameter `regin`",
        ),
        (
            "schedule: {cron: '@daily', params: {day: 1, region: asia}}\n",
            "9:53 bad-parameter: `asia` is not allowed",
        ),
        (
            "schedule: {cron: '@daily', params: {day: 1}, until: 2027-02-30}\n",
            "9:53 bad-day: there is no day `2027-02-30`",
        ),
        (
            "schedule: {cron: '@daily', params: {day: 1},"
            " except: [{from: 2027-02-03, to: 2027-02-01}]}\n",
            "9:55 bad-day: it ends before it begins",
        ),
        (
            "schedule: {cron: '@daily', params: {day: 1},"
            " except: [{days: [mon], from: 2027-02-03}]}\n",
            "9:55 bad-day: `from` and `to` are times where `days` are given",
        ),
        (
            "schedule: {cron: '@daily', params: {day: 1}, except: [{from: '18:00'}]}\n",
            "9:55 bad-day: there is no day `18:00`",
        ),
        (
            "schedule: {cron: '30 2 * 3 *', params: {day: 1}, timezone: Europe/Zurich}\n",
            "9:18 clock-change: 02:30 does not exist in Europe/Zurich on the last Sunday of March:"
            " nothing starts then",
        ),
        (
            "schedule: {cron: '45 1 * 11 *', params: {day: 1}, timezone: America/New_York}\n",
            "9:18 clock-change: 01:45 comes twice in America/New_York on the first Sunday of"
            " November: two runs start then",
        ),
    ],
)
def test_a_mistake_is_found_where_it_stands(schedule: str, expected: str, tmp_path: Path) -> None:
    assert shown(tmp_path, schedule) == [expected]


@pytest.mark.parametrize(
    "line", ["*/15 * * * *", "0 * * * *", "30 2 * * 1", "30 4 * * *", "30 2 29 2 *"]
)
def test_what_no_change_of_the_clock_touches_is_no_news(line: str, tmp_path: Path) -> None:
    schedule = f"schedule: {{cron: '{line}', params: {{day: 1}}, timezone: Europe/Zurich}}\n"
    assert shown(tmp_path, schedule) == []


def test_a_name_is_missing_where_there_are_several(tmp_path: Path) -> None:
    found = shown(tmp_path, "schedule: [{cron: '@daily', params: {day: 1}}]\n")
    assert found == ["9:12 missing-key: item 1 of `schedule` has no `name`"]
