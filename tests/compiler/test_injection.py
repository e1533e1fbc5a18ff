"""No value becomes code of Argo, neither alone nor with what stands beside it."""

from pathlib import Path

import pytest

from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import render
from tests.scratch import PROJECT, write

SPEC = """apiVersion: argosy.dev/v1
kind: Pipeline
name: p
defaults: {image: "img:1"}
params: {a: {type: string, default: x}, n: {type: integer, default: 1}}
"""


def found(folder: Path, spec: str, head: str = SPEC) -> list[str]:
    write(folder, head + spec)
    try:
        render(load_project(folder), "dev", verified=True)
    except Rejected as rejected:
        return [f"{p.at.line}:{p.at.column} {p.code}" for p in rejected.problems]
    return []


# Argo replaces `{{…}}` in several passes: what two values make together is read in the next one
MADE = {
    "an argument of two values": "steps: {s: {command: [echo, '${params.a}${params.a}']}}\n",
    "an argument after a brace": "steps: {s: {command: [echo, '{${params.a}']}}\n",
    "a variable": "steps: {s: {run: 'true', env: {X: '${run.name}${params.a}'}}}\n",
    "a message": "steps: {s: {approval: {message: 'ship {${params.n}}'}}}\n",
    "an object": "steps: {s: {resource: {manifest: {kind: A, apiVersion: v1,"
    " a: '{${run.uid}'}}}}\n",
    "a notice": "steps: {s: {run: 'true'}}\n"
    "on: {failure: [{slack: {secret: s, key: k, text: '${params.a}${run.name}'}}]}\n",
    "a component": "steps: {s: {uses: argosy/slack@1, with: {text: '{${params.a}'}}}\n",
}


@pytest.mark.parametrize("what", MADE)
def test_values_do_not_make_a_tag_of_argo_together(what: str, tmp_path: Path) -> None:
    problems = found(tmp_path, MADE[what])
    assert [problem.split()[1] for problem in problems] == ["braces"]


KEPT = {
    "numbers side by side": "steps: {s: {command: [echo, '${params.n}${params.n}']}}\n",
    "something between them": 'steps: {s: {command: [echo, \'{"a": "${params.a}"}\']}}\n',
    "a script": "steps: {s: {run: 'echo {${params.a}${params.a}} {% raw %}{{x}}{% endraw %}'}}\n",
}


@pytest.mark.parametrize("what", KEPT)
def test_what_cannot_make_one_may_stand(what: str, tmp_path: Path) -> None:
    assert found(tmp_path, KEPT[what]) == []


FIXED = {
    "a matrix": ("steps: {s: {run: x, matrix: {m: [a, '${params.a}']}}}\n", "6:37 braces"),
    "an item": ("steps: {s: {run: x, foreach: [{m: '${run.name}'}]}}\n", "6:35 braces"),
    "a schedule": (
        "schedule: {cron: '@daily', params: {a: '${run.name}'}}\nsteps: {s: {run: x}}\n",
        "6:40 bad-parameter",
    ),
}


@pytest.mark.parametrize("what", FIXED)
def test_what_is_fixed_holds_no_reference(what: str, tmp_path: Path) -> None:
    spec, expected = FIXED[what]
    assert found(tmp_path, spec) == [expected]


def test_a_default_and_an_allowed_value_hold_no_reference(tmp_path: Path) -> None:
    head = SPEC.replace("default: x", "default: '${run.name}', enum: [a, '${run.name}']")
    places = found(tmp_path, "steps: {s: {run: 'true'}}\n", head)
    assert places == ["5:37 bad-parameter", "5:62 bad-parameter"]


def test_a_reference_of_a_script_is_shown_where_it_stands(tmp_path: Path) -> None:
    """Braces before it moved the place."""
    places = found(tmp_path, "steps: {s: {run: 'x {% raw %}{{{% endraw %} ${params.b}'}}\n")
    assert places == ["6:45 unknown-reference"]


def manifest(folder: Path, spec: str) -> str:
    write(folder, SPEC + spec)
    tree = render(load_project(folder), "dev", verified=True)
    return tree.files["p/workflowtemplate.yaml"].decode()


def test_two_values_do_not_share_a_variable(tmp_path: Path) -> None:
    """The second would have been the value of the first."""
    spec = (
        "steps:\n  a: {run: x, outputs: {b__c: {value: f}}}\n"
        "  a--b: {run: x, outputs: {c: {value: f}}}\n"
        "  s: {run: 'echo ${steps.a.outputs.b__c} ${steps.a--b.outputs.c}'}\n"
    )
    assert found(tmp_path, spec) == ["9:3 same-name"]


def test_a_text_of_an_object_is_never_taken_for_a_place_of_a_value(tmp_path: Path) -> None:
    written = manifest(
        tmp_path,
        "steps: {s: {resource: {manifest: {apiVersion: v1, kind: ConfigMap, "
        "metadata: {generateName: a-}, data: {x: argosy-value-0-, y: '${run.name}'}}}}}\n",
    )
    assert "x: argosy-value-0-\n" in written
    assert written.count("toJson(workflow.name)") == 1


def test_no_literal_ends_the_expression_it_stands_in(tmp_path: Path) -> None:
    written = manifest(
        tmp_path,
        """steps:
  z: {run: x, when: "run.source != '1'"}
  a: {run: x, outputs: {n: {value: f}}}
  b: {run: x, inputs: {n: {from: "${steps.a.outputs.n}", default: "}}"}}}
  c: {run: x, when: "params.a != '}}' and params.a != '{' '{=1'"}
  d:
    resource:
      manifest: {apiVersion: v1, kind: ConfigMap, data: {x: '{"a": {"b": "${run.name}"}}'}}
""",
    )
    assert r"?? '}\u007d'}}" in written.replace("\\\\", "\\")
    assert r"{\u007b=1" in written.replace("\\\\", "\\")


@pytest.mark.parametrize(
    "default", ["{% raw %}{{=1}}{% endraw %}", "$(HOME)", "a$$b", "${run.name}"]
)
def test_the_default_of_an_input_is_fixed(default: str, tmp_path: Path) -> None:
    spec = (
        "steps:\n  a: {run: x, outputs: {n: {value: f}}}\n  b:\n    run: x\n"
        f"    inputs: {{n: {{from: '${{steps.a.outputs.n}}', default: \"{default}\"}}}}\n"
    )
    assert [problem.split()[1] for problem in found(tmp_path, spec)] == ["bad-input"]


@pytest.mark.parametrize("literal", ["99999999999999999999", r"'\ud800'"])
def test_a_condition_holds_only_what_argo_can_read(literal: str, tmp_path: Path) -> None:
    name = "params.n" if literal[0] == "9" else "params.a"
    spec = f"steps:\n  s:\n    run: x\n    when: {name} == {literal}\n"
    assert found(tmp_path, spec) == [f"9:{11 + len(name) + 4} expression"]


@pytest.mark.parametrize("mark", ["{{=1}}", "$(HF_TOKEN)", "${run.name}", " "])
def test_the_address_of_mlflow_is_rendered_as_it_stands(mark: str, tmp_path: Path) -> None:
    (tmp_path / "argosy.yaml").write_text(
        PROJECT.replace("namespace: d", f"namespace: d, mlflow: {{uri: 'http://m/{mark}x'}}")
    )
    with pytest.raises(Rejected, match="1 problems") as caught:
        load_project(tmp_path)
    assert caught.value.problems[0].code == "bad-value"
