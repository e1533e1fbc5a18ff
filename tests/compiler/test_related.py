"""Other places of a problem: what came first, what a patch changes, how a template made a line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from compiler.problems import Problem, Rejected
from compiler.project import load_project
from compiler.render import validate
from tests.scratch import SPEC

PROJECT = """apiVersion: argosy.dev/v1
kind: Project
name: t
environments: {dev: {namespace: d, vars: {models: [gbm, forest]}}}
"""
MODEL = "'${steps.a.outputs.m}'"
Find = Callable[..., list[Problem]]


@pytest.fixture
def find(tmp_path: Path) -> Find:
    def found(spec: str, **files: str) -> list[Problem]:
        folder = tmp_path / "pipelines/p"
        folder.mkdir(parents=True, exist_ok=True)
        (tmp_path / "argosy.yaml").write_text(PROJECT)
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(text)
        (folder / "pipeline.yaml").write_text(SPEC + spec)
        try:
            return list(validate(load_project(tmp_path)))
        except Rejected as rejected:
            return list(rejected.problems)

    return found


def places(problem: Problem) -> list[str]:
    files = [other.at.file.removeprefix("pipelines/p/") for other in problem.places]
    return [
        f"{file}:{other.at.line}:{other.at.column} {other.message}"
        for file, other in zip(files, problem.places)
    ]


PLACES = {
    "a key twice": (
        "owner: a\nowner: b\nsteps: {a: {run: 'true'}}\n",
        "duplicate-key",
        ["pipeline.yaml:5:1 first defined here"],
    ),
    "two kinds": (
        "steps: {a: {run: 'true', python: 'pass'}}\n",
        "step-kind",
        ["pipeline.yaml:5:13 first here"],
    ),
    "tasks of one name": (
        "steps:\n  a: {run: 'true', matrix: {x: [b]}}\n  a-b: {run: 'true'}\n",
        "same-name",
        ["pipeline.yaml:6:3 first here"],
    ),
    "a model twice": (
        f"steps:\n  a: {{run: 'true', outputs: {{m: f}}}}\n"
        f"  b: {{register: {{model: m, from: {MODEL}}}}}\n"
        f"  c: {{register: {{model: m, from: {MODEL}}}}}\n",
        "registered-twice",
        ["pipeline.yaml:7:3 first here"],
    ),
    "a default below its minimum": (
        "params: {n: {type: integer, default: 1, min: 2}}\nsteps: {a: {run: 'true'}}\n",
        "bad-parameter",
        ["pipeline.yaml:5:46 the limit"],
    ),
    "a default of another type": (
        "params: {n: {type: integer, default: x}}\nsteps: {a: {run: 'true'}}\n",
        "bad-parameter",
        ["pipeline.yaml:5:20 the limit"],
    ),
    "a default that is not in the list": (
        "params: {n: {type: string, enum: [a], default: x}}\nsteps: {a: {run: 'true'}}\n",
        "bad-parameter",
        ["pipeline.yaml:5:34 the limit"],
    ),
    "limits that exclude each other": (
        "params: {n: {type: integer, min: 2, max: 1}}\nsteps: {a: {run: 'true'}}\n",
        "bad-parameter",
        ["pipeline.yaml:5:34 the limit"],
    ),
    "a patch": (
        "params: {n: {type: integer, default: 1}}\nsteps: {a: {run: 'true'}}\n"
        "environments: {dev: {params: {n: {default: x}}}}\n",
        "bad-parameter",
        ["pipeline.yaml:5:20 the limit", "pipeline.yaml:5:38 it patches this"],
    ),
    "a turn of a loop": (
        "steps:\n{% for m in vars.models %}\n  {{ m }}: {run: 'true', needs: [{{ m }}]}\n"
        "{% endfor %}\n",
        "unknown-step",
        ["pipeline.yaml:6:1 in iteration 1, m='gbm'"],
    ),
    "a turn of a loop in a loop": (
        "steps:\n{% for m in vars.models %}\n{% for n in [1, 2] %}\n"
        "  {{ m }}-{{ n }}: {run: 'true'{{ ', timeot: 1h' if n == 2 and m == 'forest' }}}\n"
        "{% endfor %}\n{% endfor %}\n",
        "unknown-key",
        [
            "pipeline.yaml:7:1 in iteration 2, n=2",
            "pipeline.yaml:6:1 in iteration 2, m='forest'",
        ],
    ),
    "what is undefined in a turn of a loop": (
        "steps:\n{% for m in vars.models %}\n  {{ m }}: {run: '{{ m if m == 'gbm' else x }}'}\n"
        "{% endfor %}\n",
        "undefined-variable",
        ["pipeline.yaml:6:1 in iteration 2, m='forest'"],
    ),
    "what fails in a turn of a loop": (
        "steps:\n{% for m in [1, 0] %}\n  a{{ m }}: {run: '{{ 1 / m }}'}\n{% endfor %}\n",
        "template",
        ["pipeline.yaml:6:1 in iteration 2, m=0"],
    ),
    "YAML that a loop broke": (
        "steps:\n{% for m in vars.models %}\n  {{ m }}: {run: a{{ ': b' if m == 'forest' }}}\n"
        "{% endfor %}\n",
        "yaml",
        ["pipeline.yaml:6:1 in iteration 2, m='forest'"],
    ),
    "a macro": (
        "{% macro step(name) %}\n  {{ name }}: {rum: 'true'}\n{% endmacro %}\nsteps:\n"
        "  a: {run: 'true'}\n{{ step('b') }}\n",
        "unknown-key",
        ["pipeline.yaml:10:1 in macro `step`, called here"],
    ),
    "behind a loop": (
        "steps:\n{% for m in vars.models %}\n  {{ m }}: {run: 'true'}\n{% else %}\n  x: {run: ''}\n"
        "{% endfor %}\n  b: {rum: 'true'}\n",
        "unknown-key",
        [],
    ),
    "text that a loop gathered": (
        "{% set all %}{% for m in vars.models %}{{ m }}{{ m | length }} {% endfor %}{% endset %}\n"
        "steps: {a: {rum: 'echo {{ all }}{{ all | length }}'}}\n",
        "unknown-key",
        [],
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_problem_names_its_other_places(name: str, find: Find) -> None:
    spec, code, expected = PLACES[name]
    found = next(problem for problem in find(spec) if problem.code == code)
    assert places(found) == expected


def test_every_edge_of_a_circle_is_shown(find: Find) -> None:
    (found,) = find(
        "steps:\n  a: {run: 'true', needs: [b], outputs: {x: f}}\n  b: {run: 'true', needs: [c]}\n"
        "  c: {run: 'true', inputs: {x: '${steps.a.outputs.x}'}}\n"
    )
    assert sorted(places(found)) == [
        "pipeline.yaml:6:3 `a` needs `b`",
        "pipeline.yaml:7:3 `b` needs `c`",
        "pipeline.yaml:8:3 `c` reads an output of `a`",
    ]


def test_an_included_line_names_who_included_it(find: Find) -> None:
    spec = (
        "steps:\n{% for m in vars.models %}\n{% include 'pipelines/p/part.yaml' %}\n{% endfor %}\n"
    )
    (found,) = find(spec, part="  {{ m }}: {ru{{ 'm' if m == 'gbm' else 'n' }}: 'true'}\n")
    assert str(found.at) == "pipelines/p/part.yaml:1:3"
    assert places(found) == [
        "pipeline.yaml:7:1 included here",
        "pipeline.yaml:6:1 in iteration 1, m='gbm'",
    ]


def test_a_macro_of_another_file_names_the_call(find: Find) -> None:
    spec = "{% import 'pipelines/p/part.yaml' as parts %}\nsteps:\n{{ parts.step('b') }}\n"
    macro = "{% macro step(name) %}\n  {{ name }}: {rum: 'true'}\n{% endmacro %}\n"
    (found,) = find(spec, part=macro)
    assert str(found.at) == "pipelines/p/part.yaml:2:16"
    assert places(found) == ["pipeline.yaml:7:1 in macro `step`, called here"]


def test_long_values_are_cut(find: Find) -> None:
    spec = "steps:\n{% for m in ['" + "x" * 99 + "'] %}\n  a: {rum: '{{ m }}'}\n{% endfor %}\n"
    (found,) = find(spec)
    assert places(found) == [f"pipeline.yaml:6:1 in iteration 1, m='{'x' * 39}…"]
