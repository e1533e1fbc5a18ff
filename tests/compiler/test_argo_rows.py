"""Every way in which real Argo rejects, or lets pass what then fails, as a spec would meet it.

A row of the table is the smallest spec that would lead to V01–V70, G01–G20 or N01–N11, and what we
say instead; where a spec cannot say it, the reason. What Argo answers to manifests that nobody here
wrote is in tests/argo.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import render
from tests.scratch import SPEC as HEAD
from tests.scratch import write

EXPECTED = Path(__file__).parent / "expected"
STEP = "steps: {a: {run: 'true'}}\n"
LATER = (
    "steps: {a: {run: 'echo ${steps.b.outputs.x}'}, "
    "b: {needs: [a], run: 'true', outputs: {x: {value: x}}}}\n"
)


def step(body: str) -> str:
    return f"steps: {{a: {{{body}}}}}\n"


Row = tuple[str, str, str]
ROWS: tuple[Row, ...] = (
    ("V01", step("run: 'true', imagee: x"), "5:26 unknown-key: unknown key `imagee` in `a`"),
    (
        "V01",
        step("run: 'true', image: [x]"),
        "5:33 wrong-type: `image` is a list; it must be a text",
    ),
    (
        "V01",
        step("run: 'true', hardware: {cpu: 1x}"),
        "5:42 bad-value: `1x` is not a number of cores",
    ),
    ("V02", f"name: {'a' * 64}\n", "3:7 bad-name: `name` is longer than 40 characters"),
    ("V03", f"name: {'a' * 53}\n", "3:7 bad-name: `name` is longer than 40 characters"),
    ("V04", "schedule: {cron: []}\n" + STEP, "5:18 bad-value: `cron` is an empty list"),
    ("V05", "schedule: '* * * *'\n" + STEP, "bad-cron: schedule `* * * *`: it has 4 fields"),
    (
        "V06",
        "schedule: {cron: '@daily', timezone: Mars/Base}\n" + STEP,
        "bad-timezone: no time zone `Mars/Base`",
    ),
    (
        "V07",
        "schedule: {cron: '@daily', concurrency: never}\n" + STEP,
        "5:41 bad-value: `concurrency` cannot be `never`",
    ),
    ("V11", step("uses: ghost"), "5:19 unknown-component: no component `ghost`"),
    (
        "V14",
        "steps: {train_model: {run: 'true'}}\n",
        "5:9 bad-name: `train_model` is not a valid name",
    ),
    (
        "V14",
        "steps: {a: {run: 'true'}, a: {run: 'true'}}\n",
        "5:27 duplicate-key: `a` occurs twice",
    ),
    (
        "V15",
        "params: {lr.max: {type: number, default: 1}}\n" + STEP,
        "5:10 bad-name: `lr.max` is not a valid name",
    ),
    ("V17", step("timeout: 5m"), "5:9 step-kind: step `a` does nothing"),
    ("V18", step("run: 'true', command: [x]"), "5:26 step-kind: step `a` has `run` and `command`"),
    ("V20", step("run: 'true', timeout: -5m"), "5:35 bad-value: `-5m` is not a duration"),
    ("V20", step("run: 'true', timeout: 0s"), "5:35 bad-value: `0s` is not a duration"),
    ("V22", step("run: 'true', timeout: '30'"), "5:35 bad-value: `30` is not a duration"),
    ("V25", "defaults: {}\n" + STEP, "no-image: step `a` has no image"),
    (
        "V26",
        step("run: 'true', hardware: {volumes: {v: {pvc: x, path: /d}, w: {pvc: y, path: /d}}}"),
        "5:88 bad-hardware: volumes `v` and `w` are both at /d",
    ),
    (
        "V28",
        step("run: 'true', retries: {limit: 1, on: [sometimes]}"),
        "5:51 bad-value: `sometimes` is not an end of an attempt",
    ),
    (
        "V32",
        step("resource: {action: make, manifest: {apiVersion: v1, kind: X}}"),
        "5:32 bad-value: `action` cannot be `make`",
    ),
    (
        "V33",
        step("resource: {action: create}"),
        "5:13 missing-key: `resource` has no `manifest`",
    ),
    (
        "V41",
        step("run: 'true', outputs: {o: ../x}"),
        "5:39 bad-value: `../x` is not a path within the folder",
    ),
    (
        "V43",
        step("run: 'true', outputs: {o: {type: number}}"),
        "5:39 bad-output: an output of a `run` step has a `value`",
    ),
    (
        "V45",
        "schedule: '@daily'\nparams: {n: {type: integer}}\n" + STEP,
        "6:10 no-default: `n` has no default, but the pipeline is scheduled",
    ),
    (
        "V47",
        "params: {n: {type: string, default: a, enum: []}}\n" + STEP,
        "5:46 bad-value: `enum` is an empty list",
    ),
    (
        "V47",
        "params: {n: {type: string, default: a, enum: [b]}}\n" + STEP,
        "5:37 bad-parameter: `a` is not allowed",
    ),
    (
        "V48",
        step("run: 'true', inputs: {x: some text}"),
        "5:38 bad-input: an input is one output of one step",
    ),
    (
        "V51",
        step("run: 'echo ${inputs.typo}'"),
        "5:24 unknown-reference: no input is called `typo`",
    ),
    (
        "V51",
        step("run: 'echo ${steps.x.outputs.y}'"),
        "5:24 unknown-reference: no step is called `x`",
    ),
    ("V52", LATER, "5:9 cycle: steps wait for each other: a → b → a"),
    (
        "V53",
        step("run: 'echo ${steps.a.status}'"),
        "5:24 unknown-reference: `steps.a.status` is no output",
    ),
    (
        "V54",
        step("run: 'echo ${params.typo}'"),
        "5:24 unknown-reference: no parameter is called `typo`",
    ),
    (
        "V56",
        step("uses: argosy/ghost@1"),
        "5:19 unknown-component: no component `ghost` comes with Argosy",
    ),
    ("V57", "name: q\n" + STEP, "3:7 name: the pipeline is called `q`, its folder `p`"),
    (
        "V58",
        step("run: 'true', matrix: {m: [1]}, foreach: [1]"),
        "5:44 no-effect: a step has a `matrix` or a `foreach`, not both",
    ),
    ("V60", "steps: {}\n", "5:8 bad-value: `steps` is empty"),
    ("V61", step("run: 'true', needs: [ghost]"), "5:34 unknown-step: no step `ghost`"),
    (
        "V62",
        "steps: {a: {run: 'true', needs: [b]}, b: {run: 'true', needs: [a]}}\n",
        "5:9 cycle: steps wait for each other: a → b → a",
    ),
    (
        "V63",
        "steps: {a: {run: 'true', matrix: {m: [x]}}, a-x: {run: 'true'}}\n",
        "5:45 same-name: `a-x` of step `a-x` is also a task of step `a`",
    ),
    ("V64", "steps: {5a: {run: 'true'}}\n", "5:9 bad-name: `5a` is not a valid name"),
    (
        "V65",
        step("run: 'true', dependencies: [b]"),
        "5:26 unknown-key: unknown key `dependencies` in `a`",
    ),
    (
        "V66",
        step("run: 'true', continueOn: true"),
        "5:26 unknown-key: unknown key `continueOn` in `a`",
    ),
    (
        "V67",
        step("run: 'true', needs: [b.Success]"),
        "5:34 bad-name: `b.Success` is not a valid name",
    ),
    (
        "G01",
        step("run: 'echo ${params.typo}'"),
        "5:24 unknown-reference: no parameter is called `typo`",
    ),
    (
        "G02",
        STEP + "on: {failure: [{name: n, uses: ghost}]}\n",
        "6:32 unknown-component: no component `ghost`",
    ),
    ("G04", LATER, "5:9 cycle: steps wait for each other: a → b → a"),
    ("G05", step("run: 'true', when: '1 +'"), "5:33 expression: `1 +` is not an expression"),
    (
        "G05",
        step("run: 'true', when: nope.x == 1"),
        "5:32 unknown-reference: `nope` is no namespace of references",
    ),
    ("G06", step("run: 'echo {{item}}'"), "5:26 undefined-variable: `item` is undefined"),
    (
        "G06",
        step("run: 'echo ${input.x}'"),
        "5:24 unknown-reference: `input` is no namespace of references",
    ),
    (
        "G07",
        "steps: {in: {run: 'true'}}\n",
        "5:9 reserved-name: `in` is a word of Argo's expressions",
    ),
    ("G08", step("run: 'true', when: '1 =='"), "5:33 expression: `1 ==` is not an expression"),
    (
        "G08",
        step("run: 'true', when: 1 + 1"),
        "5:32 expression: a condition is needed; this is a number",
    ),
    ("G10", step("run: 'true', timeout: 5x"), "5:35 bad-value: `5x` is not a duration"),
    (
        "G10",
        step("run: 'true', retries: {limit: 1, backoff: 1d2h}"),
        "5:55 bad-value: `1d2h` is not a duration",
    ),
    (
        "G11",
        step("run: 'true', retries: {limit: many}"),
        "5:43 wrong-type: `limit` is the text `many`; it must be a whole number",
    ),
    ("G11", step("run: 'true', foreach: hello"), "5:35 bad-matrix: `foreach` needs a list"),
    (
        "G12",
        step("run: 'true', pod: {metadata: {labels: {k: 'not valid!'}}}"),
        "5:55 bad-value: `not valid!` is not the value of a label",
    ),
    ("G13", "name: P_x\n" + STEP, "3:7 bad-name: `P_x` is not a valid name"),
    (
        "G14",
        step("run: 'true', hardware: {gpu: 0.5}"),
        "5:42 wrong-type: `gpu` is the number 0.5; it must be a whole number or a mapping",
    ),
    ("G19", step("run: 'true', env: {K: x, K: z}"), "5:38 duplicate-key: `K` occurs twice"),
    ("N01", step("run: 'true', matrix: {m: []}"), "5:38 bad-value: `m` is an empty list"),
    ("N01", step("run: 'true', foreach: []"), "5:35 bad-value: `foreach` is an empty list"),
    (
        "N08",
        "params: {n: {type: string, default: '{{ \"{{\" }}x}}'}}\n" + STEP,
        "5:1 bad-parameter: `{{` in a value would be changed on the way",
    ),
)
# rules that no spec can break, by the field that is never written
UNWRITTEN = {
    "V09": "workflowTemplateRef",
    "V13": "hooks",
    "V16": "globalName",
    "V23": "pendingTimeout",
    "V27": "initContainers",
    "V29": "containerSet",
    "V30": "containerSet",
    "V31": "sidecars",
    "V34": "podResources",
    "V35": "resourceClaims",
    "V36": "executorPlugins",
    "V37": "plugin",
    "V38": "metrics",
    "V39": "git",
    "V49": "fromExpression",
    "V55": "templateRef",
    "V59": "withSequence",
    "V68": "withSequence",
    "V70": "target",
    "G20": "s3",
}
# rules that no spec can break, for another reason
UNSAYABLE = {
    "V08": "durations have no sign (V20); a deadline of a schedule is one",
    "V10": "every spec that is written has the entrypoint `main`",
    "V12": "the strategy of podGC is one of Argo's, whatever `retention` says",
    "V19": "a time limit is written on leaf templates, or on the whole spec",
    "V21": "a timeout is written on leaf templates only",
    "V24": "parallelism is written on the spec and on DAG templates only",
    "V40": "a DAG template takes artifacts without a path",
    "V42": "an input is declared by name and path; its source stands at the task",
    "V44": "the kind of an output follows from the kind of its step",
    "V46": "an argument is a value",
    "V50": "a task passes exactly the inputs that its template declares",
    "V69": "a reference is an edge",
    "G03": "the one steps template that is written has no steps",
    "G09": "a volume and its mount are written from one entry",
    "G15": "a consumer runs only if its producer succeeded, or its input has a default",
    "G16": "what the cluster has stands in no spec",
    "G17": "templates are written from the graph of steps, which has no cycle (V62)",
    "G18": "allowed: whoever submits gives the parameters that have no default (V45 if scheduled)",
    "N02": "code travels in a ConfigMap, which nothing rewrites",
    "N03": "an expression takes the escapes off the items of a list",
    "N04": "the outputs of many runs are a list that an expression builds, not Argo's aggregate",
    "N05": "a matrix is a task per combination, whose artifacts are addressable",
    "N06": "an output file is never optional",
    "N07": "the answer to an approval has a default, which is no",
    "N09": "a list that is empty is read by an expression that knows a default",
    "N10": "a consumer runs only if its producer succeeded, or its input has a default",
    "N11": "fields of a pod that take one of a few values are written with one of them",
}
IDS = [
    f"{letter}{n:02}"
    for letter, last in (("V", 70), ("G", 20), ("N", 11))
    for n in range(1, last + 1)
]


def problems(folder: Path, body: str) -> list[str]:
    """Render a pipeline whose lines in `body` stand in for those of the head, or after it."""
    lines = {line.split(":", 1)[0]: line for line in (HEAD + body).splitlines()}
    spec = "\n".join((lines if "steps" in lines else lines | {"steps": STEP}).values())
    with pytest.raises(Rejected) as caught:
        render(load_project(write(folder, spec)), "dev", verified=True)
    return [f"{p.at.line}:{p.at.column} {p.code}: {p.message}" for p in caught.value.problems]


@pytest.mark.parametrize(
    ("rule", "body", "said"), ROWS, ids=[f"{r[0]}-{i}" for i, r in enumerate(ROWS)]
)
def test_a_spec_that_would_break_a_rule_is_refused(
    rule: str, body: str, said: str, tmp_path: Path
) -> None:
    assert rule in IDS
    found = problems(tmp_path, body)
    assert any(each.endswith(said) for each in found), found


def test_every_rule_has_a_spec_or_a_reason() -> None:
    said = {rule for rule, _, _ in ROWS}
    assert [rule for rule in IDS if rule not in said | set(UNWRITTEN) | set(UNSAYABLE)] == []
    assert not said & set(UNWRITTEN)
    assert not (said | set(UNWRITTEN)) & set(UNSAYABLE)


def keys(data: Any) -> Iterator[str]:
    for value in (
        data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    ):
        yield from keys(value)
    yield from data if isinstance(data, dict) else ()


def test_what_is_never_written_is_never_written() -> None:
    files = sorted(EXPECTED.rglob("*workflow*.yaml"))
    written = {key for file in files for key in keys(yaml.safe_load(file.read_text("utf-8")))}
    assert "templates" in written
    assert written & set(UNWRITTEN.values()) == set()
