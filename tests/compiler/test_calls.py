"""Pipelines that call each other: what is refused, and what their caller's object holds."""

from pathlib import Path

import pytest
import yaml

from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import render
from tests.scratch import PROJECT

GOLDEN = Path(__file__).parent / "golden"
HEAD = """apiVersion: argosy.dev/v1
kind: Pipeline
name: NAME
defaults: {image: "img:1"}
"""
CALLED = """params:
  rows: {type: integer, min: 1}
  share: {type: number, default: 0.5}
  region: {type: string, default: us, enum: [us, eu]}
  parts: {type: list, items: integer, default: [1]}
steps:
  a:
    run: echo 1 > n
    outputs: {n: {value: n, type: integer}, file: n}
  b: {when: steps.a.outputs.n > 3, run: echo 1 > n, outputs: {n: {value: n}, file: n}}
outputs: {n: "${steps.a.outputs.n}", file: "${steps.a.outputs.file}"}
"""


def write(folder: Path, **specs: str) -> Path:
    (folder / "argosy.yaml").write_text(PROJECT, "utf-8")
    for name, body in specs.items():
        place = folder / "pipelines" / name
        place.mkdir(parents=True)
        (place / "pipeline.yaml").write_text(HEAD.replace("NAME", name) + body, "utf-8")
    return folder


def refused(folder: Path, **specs: str) -> list[str]:
    with pytest.raises(Rejected) as caught:
        render(load_project(write(folder, **specs)), "dev", ["p"])
    return [
        f"{p.at.file.split('/')[1]} {p.at.line}:{p.at.column} {p.code}: {p.message} | {p.hint}"
        for p in caught.value.problems
    ]


def call(given: str) -> str:
    first = "steps:\n  first: {run: echo 1 > n, outputs: {n: {value: n}, file: n}}\n"
    return first + f"  c: {{pipeline: q, with: {{{given}}}}}\n"


BROKEN = {
    "a pipeline that does not exist": (
        "steps: {c: {pipeline: qq}}\n",
        ["p 5:23 unknown-pipeline: no pipeline `qq` | did you mean `q`?"],
    ),
    "itself": (
        "steps: {c: {pipeline: p}}\n",
        ["p 5:23 call-cycle: pipelines call each other: p → p | remove one of these calls"],
    ),
    "a parameter that is not given": (
        "steps: {c: {pipeline: q}}\n",
        [
            "p 5:23 missing-argument: parameter `rows` of pipeline `q` is not given"
            " | add `with: {rows: …}`, of type integer"
        ],
    ),
    "a parameter that it does not have": (
        call("rows: 1, regoin: us"),
        [
            "p 7:36 unknown-argument: pipeline `q` has no parameter `regoin`"
            " | did you mean `region`?"
        ],
    ),
    "values that do not fit": (
        call("rows: 0, share: x, region: uk, parts: [a]"),
        [
            "p 7:33 wrong-argument: 0 is less than the minimum 1 | ",
            "p 7:43 wrong-argument: 'x' is no number | ",
            "p 7:54 wrong-argument: `uk` is not allowed | did you mean `us`?",
            "p 7:65 wrong-argument: 'a' is no integer, as the items of `parts` are | ",
        ],
    ),
    "a reference of another type": (
        call("rows: '${steps.first.outputs.n}'"),
        [
            "p 7:33 wrong-argument: `rows` is of type integer, "
            "${steps.first.outputs.n} of type string | "
        ],
    ),
    "a text around a reference": (
        call("rows: '1${run.name}', region: '$(x)${run.name}'"),
        [
            "p 7:33 wrong-argument: `rows` is of type integer, 1${run.name} of type string | ",
            "p 7:57 wrong-argument: `$(` in a value would be changed on the way"
            " | pass it in a file",
        ],
    ),
    "a file": (
        call("rows: 1, region: '${steps.first.outputs.file}'"),
        [
            "p 7:45 undeclared-input: ${steps.first.outputs.file} is a file, it must arrive as an "
            'input | declare it: `inputs: {file: "${steps.first.outputs.file}"}`, then write '
            "${inputs.file}"
        ],
    ),
    "an output that it does not have": (
        "steps:\n  c: {pipeline: q, with: {rows: 1}}\n  d: {run: 'echo ${steps.c.outputs.m}'}\n",
        ["p 7:18 unknown-reference: step `c` has no output `m` | known here: file, n"],
    ),
    "fields without effect": (
        "steps:\n  c: {pipeline: q, with: {rows: 1}, retries: 2, hardware: {cpu: 1}}\n"
        "  d: {run: 'true', with: {rows: 1}}\n",
        [
            "p 6:37 no-effect: `retries` has no effect on a step of kind `pipeline` | remove it",
            "p 6:49 no-effect: `hardware` has no effect on a step of kind `pipeline` | remove it",
            "p 7:20 no-effect: `with` has no effect on a step of kind `run`"
            " | name a component: `uses: …`",
        ],
    ),
    "an output that is none": (
        "steps: {a: {run: 'true'}}\noutputs: {x: some text, y: '${steps.a.outputs.n}'}\n",
        [
            "p 6:14 bad-output: an output is one output of one step"
            ' | write "${steps.STEP.outputs.NAME}"',
            "p 6:29 unknown-reference: step `a` has no output `n` | it has none",
        ],
    ),
    "an output that is many files, a default that does not fit": (
        "steps:\n  a: {matrix: {m: [1, 2]}, run: 'true', outputs: {f: f, n: {value: n}}}\n"
        "  b: {run: 'true', outputs: {n: {value: n, type: integer}}}\n"
        "outputs:\n  x: ${steps.a.outputs.f}\n  y: {from: '${steps.a.outputs.n}', default: 1}\n"
        "  z: {from: '${steps.b.outputs.n}', default: x}\n",
        [
            "p 9:6 bad-output: `a` puts out many files | gather them in a step",
            "p 10:13 bad-output: only a single value can have a default"
            " | gather it in a step that always runs",
            "p 11:13 bad-output: 'x' is no integer | ",
        ],
    ),
    "an output that may not be there": (
        CALLED.replace("steps.a.outputs.n}", "steps.b.outputs.n}").replace(
            "a.outputs.file}", "b.outputs.file}"
        ),
        [
            "p 15:14 doubtful-output: output `n` may not be there: `b` may not have run"
            " | write {from: …, default: …}: what stands in for `n`",
            "p 15:44 doubtful-output: output `file` may not be there: `b` may not have run"
            " | add a step that always runs and puts out a file in either case",
        ],
    ),
    "a template of the same name": (
        "steps: {q--a: {run: 'true'}, c: {pipeline: q, with: {rows: 1}}}\n",
        [
            "p 3:1 same-name: `a` of pipeline `q` collides with step `q--a` | rename one of them",
        ],
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_call_that_cannot_be(name: str, tmp_path: Path) -> None:
    spec, expected = BROKEN[name]
    assert refused(tmp_path, p=spec, q=CALLED) == expected


def test_a_circle_of_calls_is_shown_whole(tmp_path: Path) -> None:
    found = refused(
        tmp_path,
        p="steps: {c: {pipeline: q}}\n",
        q="steps: {c: {pipeline: r}}\n",
        r="steps: {c: {pipeline: q}}\n",
    )
    assert found == [
        "r 5:23 call-cycle: pipelines call each other: q → r → q | remove one of these calls"
    ]


def test_mistakes_of_a_called_pipeline_are_shown_in_its_own_file(tmp_path: Path) -> None:
    found = refused(tmp_path, p="steps: {c: {pipeline: q}}\n", q="steps: {a: {run: '${x.y}'}}\n")
    assert [line.split(":")[0] for line in found] == ["q 5"]


def test_the_code_of_each_pipeline_is_an_object_of_its_caller() -> None:
    files = render(load_project(GOLDEN), "dev").files
    names = {
        path: yaml.safe_load(content)["metadata"]["name"]
        for path, content in files.items()
        if "/configmap" in path
    }
    assert {"calls/configmap.yaml", "calls/configmap-score.yaml"} <= names.keys()
    assert len(set(names.values())) == len(names)


def test_a_called_pipeline_reads_what_its_caller_gives() -> None:
    text = render(load_project(GOLDEN), "dev").files["calls/workflowtemplate.yaml"].decode()
    called = text[text.index("- name: score--main") :]
    assert "workflow.parameters.r" not in called
    assert text.count("name: score--count\n") == 1


def test_a_secret_of_a_called_pipeline_is_shown_there_and_accepted_there(tmp_path: Path) -> None:
    key = "AKIA" + "QYLPMN5HFIQR7XYA"
    called = f"steps: {{a: {{run: echo {key}}}}}\n"
    found = refused(tmp_path, p="steps: {c: {pipeline: q}}\n", q=called)
    assert [line.split(": ")[0] for line in found] == ["q 5:23 secret"]
    spec = tmp_path / "pipelines" / "q" / "pipeline.yaml"
    accepted = f"notSecret: [{{text: {key}, reason: of the documentation}}]\n"
    spec.write_text(spec.read_text("utf-8") + accepted, "utf-8")
    assert render(load_project(tmp_path), "dev")
