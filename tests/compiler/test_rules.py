"""Each rule: the smallest spec that breaks it, and the code, place and words of its problem."""

import re
from pathlib import Path

import pytest

from compiler import argo
from compiler.hardware import Nodes
from compiler.problems import Problem, Rejected
from compiler.project import load_project
from compiler.render import compile_pipeline, render
from compiler.verify import verify
from tests.scratch import PROJECT, SPEC, write

ROOT = Path(__file__).parents[2]
STEP = "steps: {a: {run: 'true'}}\n"
SELECTED = """steps:
  train:
    matrix: {m: [x, y]}
    run: 'true'
    outputs: {model: m, auc: {value: v, type: number}}
  best: {select: {from: train, by: auc, mode: max}}
"""
REGISTER = "{{register: {{model: {model}, from: '${{steps.best.outputs.model}}'{more}}}}}\n"


def rejected(folder: Path, spec: str, project: str = PROJECT) -> tuple[Problem, ...]:
    write(folder, spec, project)
    with pytest.raises(Rejected) as caught:
        render(load_project(folder), "dev", verified=True)
    return caught.value.problems


def shown(problem: Problem) -> str:
    return f"{problem.at.line}:{problem.at.column} {problem.code}: {problem.message}"


BROKEN = {
    "a default of another type": (
        SPEC + "params: {n: {type: integer, default: 'x'}}\n" + STEP,
        "5:38 bad-parameter: 'x' is no integer",
    ),
    "a default below its minimum": (
        SPEC + "params: {n: {type: integer, default: 1, min: 2}}\n" + STEP,
        "5:38 bad-parameter: 1 is less than the minimum 2",
    ),
    "a default above its maximum": (
        SPEC + "params: {n: {type: number, default: 3, max: 2}}\n" + STEP,
        "5:37 bad-parameter: 3 is more than the maximum 2",
    ),
    "a default that is not in the list": (
        SPEC + "params: {n: {type: string, default: c, enum: [a, b]}}\n" + STEP,
        "5:37 bad-parameter: `c` is not allowed",
    ),
    "a default that does not match": (
        SPEC + "params: {n: {type: string, default: c, pattern: '[0-9]+'}}\n" + STEP,
        "5:37 bad-parameter: `c` does not match [0-9]+",
    ),
    "a minimum of a text": (
        SPEC + "params: {n: {type: string, default: c, min: 2}}\n" + STEP,
        "5:45 bad-parameter: `min` is for numbers, `n` is a string",
    ),
    "a minimum above the maximum": (
        SPEC + "params: {n: {type: integer, min: 2, max: 1}}\n" + STEP,
        "5:42 bad-parameter: no value is at least 2 and at most 1",
    ),
    "a pattern that is none": (
        SPEC + "params: {n: {type: string, default: c, pattern: '['}}\n" + STEP,
        "5:49 bad-parameter: `[` is no regular expression: unterminated character set",
    ),
    "a value of a list of another type": (
        SPEC + "params: {n: {type: string, enum: [a, 1]}}\n" + STEP,
        "5:38 bad-parameter: 1 is no string",
    ),
    "braces in a value": (
        SPEC + "steps: {a: {command: [echo, '{{ \"{{\" }}x']}}\n",
        "5:1 braces: `{{` cannot stand in a value",
    ),
    "no image": (
        SPEC.replace('defaults: {image: "img:1"}\n', "") + STEP,
        "4:9 no-image: step `a` has no image",
    ),
    "a reference in Python": (
        SPEC
        + "params: {n: {type: integer, default: 1}}\nsteps: {a: {python: 'x = ${params.n}'}}\n",
        "6:26 reference-in-python: references are not replaced in `python:`",
    ),
    "an input that is text": (
        SPEC + "steps: {a: {run: 'true', inputs: {x: some text}}}\n",
        "5:38 bad-input: an input is one output of one step",
    ),
    "a cron line": (
        SPEC + "schedule: '* * * *'\n" + STEP,
        "5:11 bad-cron: schedule `* * * *`: it has 4 fields",
    ),
    "a time zone": (
        SPEC + "schedule: {cron: '@daily', timezone: Mars/Base}\n" + STEP,
        "5:38 bad-timezone: no time zone `Mars/Base`",
    ),
    "a scheduled parameter without a value": (
        SPEC + "schedule: '@daily'\nparams: {n: {type: integer}}\n" + STEP,
        "6:10 no-default: `n` has no default, but the pipeline is scheduled",
    ),
    "a matrix of many": (
        SPEC + f"steps: {{a: {{run: 'true', matrix: {{x: {[*range(26)]}, y: {[*range(10)]}}}}}}}\n",
        "5:9 large-matrix: the matrix has 260 combinations; at most 256",
    ),
    "a matrix value that would change": (
        SPEC + "steps: {a: {run: 'true', matrix: {x: ['a=b']}}}\n",
        "5:39 bad-matrix: `=` in `a=b` would be changed on the way",
    ),
    "a matrix and a list": (
        SPEC + "steps: {a: {run: 'true', matrix: {x: [b]}, foreach: [c]}}\n",
        "5:44 no-effect: a step has a `matrix` or a `foreach`, not both",
    ),
    "an approval with an environment": (
        SPEC + "steps: {a: {approval: {message: m}, env: {A: 1}}}\n",
        "5:37 no-effect: `env` has no effect on a step of kind `approval`",
    ),
    "a JSONPath of a script": (
        SPEC + "steps: {a: {run: 'true', outputs: {o: {jsonPath: '{.a}'}}}}\n",
        "5:39 bad-output: an output of a `run` step has a `value`",
    ),
    "a label of the pod that is none": (
        SPEC + "steps: {a: {run: 'true', pod: {metadata: {labels: {'a b': c}}}}}\n",
        "5:52 bad-name: `a b` is not the key of a label",
    ),
    "a label of the pod with a value that is none": (
        SPEC + "steps: {a: {run: 'true', pod: {metadata: {labels: {a: 'b c'}}}}}\n",
        "5:55 bad-value: `b c` is not the value of a label",
    ),
    "a reference in a field of the pod": (
        SPEC + "steps: {a: {run: 'true', pod: {spec: {hostname: '${run.name}'}}}}\n",
        "5:49 braces: this is fixed when it is rendered",
    ),
    "a reference in a condition of an object": (
        SPEC + "steps: {a: {resource: {manifest: {apiVersion: v1, kind: Pod}, success: 'x > "
        "${params.n}'}}}\n",
        "5:72 braces: this is fixed when it is rendered",
    ),
    "a reference to who decides": (
        SPEC + "steps: {a: {approval: {message: m, approvers: ['${run.name}']}}}\n",
        "5:48 braces: this is fixed when it is rendered",
    ),
    "a file of an object": (
        SPEC + "steps: {a: {resource: {manifest: {apiVersion: v1, kind: Pod}}, outputs: {o: f}}}\n",
        "5:77 bad-output: an output of a `resource` step has a `jsonPath`",
    ),
    "items of several shapes": (
        SPEC + "steps: {a: {run: 'true', foreach: [b, {c: d}]}}\n",
        "5:39 bad-matrix: items are all values, or all mappings",
    ),
    "items of several keys": (
        SPEC + "steps: {a: {run: 'true', foreach: [{c: d}, {e: f}]}}\n",
        "5:44 bad-matrix: every item has the keys c",
    ),
    "a list that is none": (
        SPEC + "params: {n: {type: integer, default: 1}}\n"
        "steps: {a: {run: 'true', foreach: '${params.n}'}}\n",
        "6:35 bad-matrix: `foreach` needs a list",
    ),
    "files of a list that is known at run time": (
        SPEC + "params: {n: {type: list, default: [a]}}\nsteps:\n"
        "  a: {run: 'true', foreach: '${params.n}', outputs: {o: f}}\n"
        "  b: {run: 'true', inputs: {o: '${steps.a.outputs.o}'}}\n",
        "8:32 bad-input: the files of `a` are as many as its items at run time",
    ),
    "half a combination": (
        SPEC + "steps: {a: {run: 'true', matrix: {x: [b], y: [c], include: [{x: d}]}}}\n",
        "5:61 bad-matrix: a combination names x, y, all of them",
    ),
    "a combination of an unknown axis": (
        SPEC + "steps: {a: {run: 'true', matrix: {x: [b], exclude: [{z: d}]}}}\n",
        "5:57 bad-matrix: the matrix has no axis `z`",
    ),
    "no combination": (
        SPEC + "steps: {a: {run: 'true', matrix: {x: [b], exclude: [{x: b}]}}}\n",
        "5:52 bad-matrix: no combination is left",
    ),
    "an input that is itself": (
        SPEC + "steps: {a: {run: 'echo ${inputs.o}', inputs: {o: '${inputs.o}'}}}\n",
        "5:50 bad-input: an input is one output of one step",
    ),
    "a default of a file": (
        SPEC + "steps:\n  a: {run: 'true', outputs: {o: f}}\n"
        "  b: {run: 'true', inputs: {o: {from: '${steps.a.outputs.o}', default: 1}}}\n",
        "7:72 bad-input: the default of a file cannot be given",
    ),
    "a default of another type for an input": (
        SPEC + "steps:\n  a: {run: 'true', outputs: {o: {value: f, type: integer}}}\n"
        "  b: {run: 'true', inputs: {o: {from: '${steps.a.outputs.o}', default: x}}}\n",
        "7:72 bad-input: 'x' is no integer",
    ),
    "an item of another type": (
        SPEC + "params: {n: {type: list, default: [a, 1]}}\n" + STEP,
        "5:35 bad-parameter: 1 is no string, as the items of `n` are",
    ),
    "a model of many": (
        SPEC + SELECTED + "  r: {register: {model: m, from: '${steps.train.outputs.model}'}}\n",
        "11:34 register: step `train` puts out many models",
    ),
    "a condition on a list": (
        SPEC + SELECTED + "  r: {run: 'true', when: steps.train.outputs.auc > 1}\n",
        "11:26 expression: `steps.train.outputs.auc` is a list, which no condition can be about",
    ),
    "a field of an item that is none": (
        SPEC + "steps: {a: {run: 'echo ${each.x}', foreach: [{city: d}]}}\n",
        "5:24 unknown-reference: no field of an item is called `x`",
    ),
    "two tasks of one name": (
        SPEC + "steps:\n  a: {run: 'true', matrix: {x: [b]}}\n  a-b: {run: 'true'}\n",
        "7:3 same-name: `a-b` of step `a-b` is also a task of step `a`",
    ),
    "a step of a name that breaks its edges": (
        SPEC + "steps: {not: {run: 'true'}}\n",
        "5:9 reserved-name: `not` is a word of Argo's expressions",
    ),
    "a step of our name": (
        SPEC + "steps: {main: {run: 'true'}}\n",
        "5:9 reserved-name: `main` is a name of Argosy's own",
    ),
    "a variable of our name": (
        SPEC + "steps: {a: {run: 'true', env: {ARGOSY_X: 1}}}\n",
        "5:9 reserved-name: variable `ARGOSY_X` is a name of Argosy's own",
    ),
    "a variable that is also a secret": (
        SPEC + "steps: {a: {run: 'true', env: {X: 1}, secrets: {X: {secret: s, key: k}}}}\n",
        "5:9 reserved-name: variable `X` is set twice",
    ),
    "a credential in the environment": (
        SPEC + f"steps: {{a: {{run: 'true', env: {{K: AKIA{'A' * 16}}}}}}}\n",
        "5:35 secret: this looks like a key of AWS",
    ),
    "a credential in the environment of a handler": (
        SPEC + STEP + f"on: {{failure: [{{name: h, run: 'true', env: {{K: AKIA{'A' * 16}}}}}]}}\n",
        "6:48 secret: this looks like a key of AWS",
    ),
    "two registrations of one model": (
        SPEC
        + SELECTED
        + "  one: "
        + REGISTER.format(model="m", more="")
        + "  two: "
        + REGISTER.format(model="m", more=""),
        "12:3 registered-twice: model `m` is registered by `one` already",
    ),
    "a gate on no metric": (
        SPEC + SELECTED + "  one: " + REGISTER.format(model="m", more=', gates: ["acu > 1"]'),
        "11:76 unknown-metric: no metric is called `acu`",
    ),
    "an environment that the project does not have": (
        SPEC + STEP + "environments: {pord: {owner: me}}\n",
        "6:16 unknown-environment: no environment `pord`",
    ),
    "more than Argo can store": (
        SPEC + "steps: {a: {command: [echo, %s]}}\n" % ("x" * 490_000),
        "3:1 too-large: workflowtemplate.yaml has 491,",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_rule_finds(name: str, tmp_path: Path) -> None:
    spec, expected = BROKEN[name]
    found = rejected(tmp_path, spec)
    assert [shown(problem)[: len(expected)] for problem in found] == [expected]


def test_files_that_cannot_travel(tmp_path: Path) -> None:
    folder = tmp_path / "pipelines" / "p"
    folder.mkdir(parents=True)
    (folder / "a b.txt").write_text("x")
    (folder / "c").mkdir()
    (folder / "c" / "d").write_text("x")
    (folder / "c__d").write_text("x")
    (folder / "key.txt").write_text(f"first\nkey = AKIA{'B' * 16}\n")
    assert [f"{p.at} {p.code}" for p in rejected(tmp_path, SPEC + STEP)] == [
        "pipelines/p/a b.txt:1:1 file-name",
        "pipelines/p/c__d:1:1 file-name",
        "pipelines/p/key.txt:2:7 secret",
    ]
    (folder / "large").write_bytes(b"\0" * 600_000)
    assert "code-too-large" in {p.code for p in rejected(tmp_path, SPEC + STEP)}


def test_names_of_the_project(tmp_path: Path) -> None:
    rejected(tmp_path, SPEC.replace("name: p", "name: q") + STEP)
    project = load_project(tmp_path)
    for arguments in (("prod", ()), ("dev", ("x",))):
        with pytest.raises(Rejected) as caught:
            render(project, *arguments)
        assert {p.code for p in caught.value.problems} <= {
            "unknown-environment",
            "unknown-pipeline",
        }
    (tmp_path / "argosy.yaml").write_text(PROJECT + "pipelines: elsewhere\n")
    with pytest.raises(Rejected) as caught:
        load_project(tmp_path)
    assert [p.code for p in caught.value.problems] == ["unreadable"]


def test_the_type_of_a_matrix_is_that_of_its_values(tmp_path: Path) -> None:
    spec = (
        SPEC
        + "steps: {a: {python: 'print(matrix)', matrix: {x: ['1', '2']}, when: matrix.x == '1'}}\n"
    )
    rejected(tmp_path, spec.replace("== '1'", "== 1"))
    (tmp_path / "pipelines/p/pipeline.yaml").write_text(spec)
    text = render(load_project(tmp_path), "dev").files["p/workflowtemplate.yaml"].decode()
    assert "{{='1' == '1'}}" in text
    assert "matrix.x=string" in text


def test_what_hera_reads_otherwise_is_no_argo(tmp_path: Path) -> None:
    spec = tmp_path / "pipelines/p/pipeline.yaml"
    spec.parent.mkdir(parents=True)
    spec.write_text(SPEC + STEP)
    (tmp_path / "argosy.yaml").write_text(PROJECT)
    compiled = compile_pipeline(load_project(tmp_path), "p", "dev")
    manifest = argo.manifests(compiled.pipeline, Nodes())["workflowtemplate.yaml"]
    assert verify(manifest) == []
    manifest["spec"]["imagee"] = "x"
    assert verify(manifest) == ["spec.imagee: unknown field"]
    manifest["spec"]["arguments"]["parameters"][0]["value"] = 5
    assert [line.split(":")[0] for line in verify(manifest)] == [
        "spec.arguments.parameters[0].value"
    ]


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    spec = tmp_path / "pipelines/p/pipeline.yaml"
    rejected(tmp_path, SPEC.replace("name: p", "name: q") + STEP)
    spec.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(Rejected) as caught:
        render(load_project(tmp_path), "dev")
    assert shown(caught.value.problems[0]) == "2:4 not-utf-8: byte 0xff is not UTF-8"


def test_no_code_goes_without_a_test() -> None:
    source = "\n".join(path.read_text("utf-8") for path in (ROOT / "compiler").rglob("*.py"))
    codes = set(re.findall(r'(?:Problem|_report|_refused)\(\s*"([a-z0-9-]+)"', source))
    tests = "\n".join(p.read_text("utf-8") for p in (ROOT / "tests").rglob("*.py"))
    without = {code for code in codes if not re.search(rf"\b{code}\b", tests)}
    assert without == {"not" + "-argo"}  # what Hera refuses: no spec is known that makes it
