"""Components, from the spec to the end of a local run: what reaches their programs, unchanged."""

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.conftest import Execute

SHOW = """apiVersion: argosy.dev/v1
kind: Component
name: show
params:
  text: {type: string}
  n: {type: integer, default: 7}
  items: {type: list, default: [x]}
inputs: {file: {type: artifact}, rate: {type: number, optional: true}}
outputs: {out: {value: out}}
env: {AGAIN: "<${params.text}>"}
"""
AWKWARD = """a 'b' "c" * ; `d` \\ é $HOME ${x} $5"""


CALL = """params: {{text: {{type: string}}}}
steps:
  make: {{run: "echo 2 > n; echo hello > f", outputs: {{n: {{value: n, type: integer}}, f: f}}}}
  show:
    uses: show
    matrix: {{m: [q, r]}}
    inputs: {{file: "${{steps.make.outputs.f}}"{more}}}
    with: {{text: "${{params.text}}-${{matrix.m}}-${{steps.make.outputs.n}}", items: [a, b]}}
"""
BODIES = {
    "run": """run: |
  printf '%s|%s|%s|%s|%s' ${params.text} ${params.n} "$(cat ${inputs.file})" \\
    "${inputs.rate}" "$AGAIN" > out
""",
    "command": """command:
- sh
- -c
- 'printf "%s|%s|%s|%s|%s" "$1" "$2" "$(cat "$3")" "$4" "$AGAIN" > out'
- sh
- ${params.text}
- ${params.n}
- ${inputs.file}
- "${inputs.rate}"
""",
    "python": """python: |
  import os
  words = open(inputs.file).read().strip()
  assert params.n + 1 == 8 and params["items"] == ["a", "b"] and run.name == "r"
  assert "matrix" not in os.environ and not matrix
  text = "|".join([params.text, str(params.n), words, str(inputs.rate), os.environ["AGAIN"]])
  open("out", "w").write(text)
""",
}


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("wired", [False, True])
def test_every_kind_finds_its_values(kind: str, wired: bool, execute: "Execute") -> None:
    more = ', rate: "${steps.make.outputs.n}"' if wired else ""
    components = {"components/show.yaml": SHOW + BODIES[kind]}
    found = execute(CALL.format(more=more), components, text=AWKWARD)
    for value in "qr":
        phase, outputs, log = found[f"show-{value}"]
        rate = ("2.0" if kind == "python" else "2") if wired else ""
        text = f"{AWKWARD}-{value}-2"
        assert (phase, outputs["out"]) == ("Succeeded", f"{text}|7|hello|{rate}|<{text}>"), log


def test_the_files_beside_a_component_travel_with_it(execute: "Execute") -> None:
    component = (
        "apiVersion: argosy.dev/v1\nkind: Component\nname: tell\nopen: true\n"
        "run: sh components/tell/tell.sh && cat inputs/f\n"
    )
    spec = """steps:
  make: {run: "echo hello > f", outputs: {f: f}}
  a: {uses: tell, inputs: {f: "${steps.make.outputs.f}"}, outputs: {told: {value: told}}}
"""
    components = {"components/tell.yaml": component, "components/tell/tell.sh": "echo yes > told\n"}
    phase, outputs, log = execute(spec, components)["a"]
    assert (phase, outputs) == ("Succeeded", {"told": "yes"}), log
    assert "hello" in log


def test_a_handler_tells_how_the_run_ended(execute: "Execute") -> None:
    component = (
        "apiVersion: argosy.dev/v1\nkind: Component\nname: tell\nparams: {text: {type: string}}\n"
        "python: print(params.text)\n"
    )
    spec = """steps: {a: {run: exit 3}}
on: {failure: [{name: sorry, uses: tell, with: {text: "${run.name}: ${run.status}"}}]}
"""
    found = execute(spec, {"components/tell.yaml": component})
    (log,) = (log for name, (_, _, log) in found.items() if name.endswith("sorry"))
    assert log == "r: Failed\n"


def test_values_are_json_where_they_are_lists(execute: "Execute") -> None:
    component = SHOW.replace("inputs: {file: {type: artifact}, ", "inputs: {")
    spec = "steps: {a: {uses: show, with: {text: x, items: ['é', '\"']}}}\n"
    body = "run: printf %s ${params.items} > out\n"
    _, outputs, _ = execute(spec, {"components/show.yaml": component + body})["a"]
    assert json.loads(outputs["out"]) == ["é", '"']
