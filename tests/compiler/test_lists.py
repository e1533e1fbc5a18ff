"""Lists of run time: items with fields of declared types, and how many tasks a matrix may be."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.parameters import mislisted
from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import render
from tests.scratch import PROJECT, SPEC, write

TOWNS = "params: {towns: {type: list, items: {city: string, zone: integer}, default: %s}}\n"


def project(folder: Path, body: str, settings: str = "") -> Path:
    return write(folder, SPEC + body, PROJECT + settings)


def templates(folder: Path, body: str, settings: str = "") -> list[dict[str, Any]]:
    root = load_project(project(folder, body, settings))
    content = render(root, "dev", verified=True).files["p/workflowtemplate.yaml"]
    found: list[dict[str, Any]] = yaml.safe_load(content)["spec"]["templates"]
    return found


def main(folder: Path, body: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = templates(folder, body)[0]["dag"]["tasks"]
    return found


def rejected(folder: Path, body: str, settings: str = "") -> list[str]:
    with pytest.raises(Rejected) as caught:
        render(load_project(project(folder, body, settings)), "dev")
    return [
        f"{p.at.line}:{p.at.column} {p.code}: {p.message} | {p.hint}" for p in caught.value.problems
    ]


def test_fields_of_items_arrive_typed(tmp_path: Path) -> None:
    steps = (
        "steps: {a: {foreach: '${params.towns}', when: each.zone > 1, run: 'echo ${each.city}'}}"
    )
    (task,) = main(tmp_path, TOWNS % "[{city: ulm, zone: 1}]" + steps)
    given = {p["name"]: p["value"] for p in task["arguments"]["parameters"]}
    city = "fromJSON('\"' + item['city'] + '\"')"
    assert given == {"each-city": f"{{{{={city}}}}}", "each-zone": "{{item.zone}}"}
    assert task["when"] == "{{=asFloat(item['zone']) > 1}}"


BROKEN = {
    "a field that no item has": (
        TOWNS % "[]" + "steps: {a: {foreach: '${params.towns}', run: 'echo ${each.town}'}}\n",
        "6:52 unknown-reference: no field of an item is called `town` | known here: city, zone",
    ),
    "an item as a whole": (
        TOWNS % "[]" + "steps: {a: {foreach: '${params.towns}', run: 'echo ${each.value}'}}\n",
        "6:52 unknown-reference: no field of an item is called `value` | known here: city, zone",
    ),
    "an item without a field": (
        TOWNS % "[{city: ulm}]" + "steps: {a: {run: 'true'}}\n",
        '5:77 bad-parameter: {"city":"ulm"} does not have the fields city, zone, as the items of '
        "`towns` are | ",
    ),
    "a field of another type": (
        TOWNS % "[{city: ulm, zone: x}]" + "steps: {a: {run: 'true'}}\n",
        "5:77 bad-parameter: 'x' is no integer, as the items of `towns` are | ",
    ),
    "items of what is no list": (
        "params: {n: {type: integer, items: string, default: 1}}\nsteps: {a: {run: 'true'}}\n",
        "5:36 bad-parameter: `items` is for lists, `n` is a integer | ",
    ),
    "items of an output that is no list": (
        "steps: {a: {run: 'true', outputs: {o: {value: o, items: integer}}}}\n",
        "5:57 bad-output: `items` is for lists, `o` is none | write `type: list`",
    ),
    "a type that there is not": (
        "params: {n: {type: list, items: text, default: [1]}}\nsteps: {a: {run: 'true'}}\n",
        "5:33 bad-value: `text` is not a type of items | string, integer, number or boolean; or a "
        'mapping of such, by field; such as `integer` or `{"city": "string", "zone": "integer"}`',
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_items_that_are_not_as_declared(name: str, tmp_path: Path) -> None:
    body, expected = BROKEN[name]
    assert rejected(tmp_path, body) == [expected]


def test_the_text_of_a_list_is_held_against_its_items() -> None:
    limits = {"items": {"city": "string", "zone": "integer"}}
    assert mislisted(limits, '[{"city": "ulm", "zone": 1}]') == ""
    assert mislisted(limits, "[1]") == "1 does not have the fields city, zone"
    assert mislisted({}, '["a", 1]') == "1 is no string"
    assert mislisted({"items": "number"}, "[1, 1.5]") == ""
    for text in ("x", '{"a": 1}', ""):
        assert mislisted({}, text) == f"`{text}` is no list"


MANY = f"steps: {{a: {{run: 'true', matrix: {{x: {[*range(26)]}, y: {[*range(10)]}}}}}}}\n"


def test_a_project_says_how_many_combinations_are_sensible(tmp_path: Path) -> None:
    (problem,) = rejected(tmp_path, MANY)
    assert problem.startswith("5:9 large-matrix: the matrix has 260 combinations; at most 256")
    dags = [
        t["dag"]["tasks"]
        for t in templates(tmp_path, MANY, "limits: {matrix: 260}\n")
        if "dag" in t
    ]
    assert sum(task["template"] == "a" for tasks in dags for task in tasks) == 260
    few = "steps: {a: {run: 'true', matrix: {x: [1, 2, 3]}}}\n"
    (problem,) = rejected(tmp_path, few, "limits: {matrix: 2}\n")
    assert problem.startswith("5:9 large-matrix: the matrix has 3 combinations; at most 2")


def test_a_reference_in_a_reference_names_nothing(tmp_path: Path) -> None:
    body = (
        "params: {a: {type: string, default: x}}\nsteps: {s: {run: 'echo ${params.${params.a}}'}}\n"
    )
    (problem,) = rejected(tmp_path, body)
    assert problem.startswith("6:24 nested-reference: a reference cannot stand in another")
