"""Every mistake is one problem, in words, at its place, and is repaired if it can be."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from compiler import schema
from compiler.document import Document, read
from compiler.problems import Problem, Rejected
from compiler.schema import Name
from compiler.source import plain

HEAD = "apiVersion: argosy.dev/v1\nkind: Pipeline\nname: churn\n"
STEPS = "steps:\n  a:\n    run: 'true'\n"
NAMES: tuple[Name, ...] = ("pipeline", "project", "component")
COMPLETE = """\
apiVersion: argosy.dev/v1
kind: Pipeline
name: churn
owner: growth-ml
description: Weekly churn model.
params:
  rows: {type: integer, default: 20000, min: 100, max: 1e6, description: how many}
  region: {type: string, enum: [us, eu], default: us, pattern: '[a-z]+'}
schedule: {cron: ["0 2 * * 1", "@daily"], timezone: Europe/London, concurrency: forbid}
defaults:
  image: ghcr.io/acme/churn@sha256:0123
  hardware: small
  retries: {limit: 2, backoff: 30s, maxBackoff: 10m}
  timeout: 1d
  env: {LEVEL: debug, WORKERS: 4, FAST: true}
steps:
  ingest:
    run: python ingest.py --rows ${params.rows}
    outputs: {raw: data/raw.csv}
    secrets: {TOKEN: {secret: hub, key: token}}
  train:
    matrix: {model: [logreg, gbm], depth: [1, 2.5], fast: [true, false]}
    inputs: {raw: "${steps.ingest.outputs.raw}"}
    command: [python, train.py, "${matrix.model}"]
    hardware:
      cpu: 0.5
      memory: 4Gi
      gpu: {type: NVIDIA-A100-SXM4-40GB, count: 2, memory: 38Gi}
      disk: 10Gi
      nodeSelector: {pool: fast}
      tolerations: [{key: gpu, operator: Exists, effect: NoSchedule}]
      spot: {attempts: 1}
      shm: 1Gi
      resources: {vpc.amazonaws.com/efa: 1}
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In, values: [b]}]}]
      topologySpread: [{topologyKey: zone, maxSkew: 2}]
      volumes: {data: {pvc: data, path: /mnt/data}}
    retries: 0
    outputs: {model: model/, auc: {value: metrics/auc.txt, type: number}}
  best: {select: {from: train, by: auc, mode: max}}
  check: {python: print(1), needs: [best], when: steps.best.outputs.auc < 0.9}
  register:
    register: {model: churn, from: "${steps.best.outputs.model}", gates: [auc >= 0.8], alias: new}
on:
  failure: [{name: tell, run: curl, timeout: 1m, retries: 3}]
  exit: [{name: clean, command: [rm, -r, x]}]
environments:
  dev: {schedule: null, params: {rows: {default: 500}}, steps: {check: null}}
"""
PROJECT = """\
apiVersion: argosy.dev/v1
kind: Project
name: acme
description: Models of Acme.
pipelines: pipelines
image: ghcr.io/argosy-dev/argosy:0.1.0
hardware: {small: {cpu: 500m, memory: 1Gi}}
gpu: {resource: nvidia.com/gpu, typeLabel: nvidia.com/gpu.product, tolerations: [{key: gpu}]}
spot: {nodeSelector: {spot: "true"}, tolerations: [{key: spot, operator: Exists}]}
prices: {currency: EUR, cpu: 0.04, memory: 0.005, gpu: {NVIDIA-L4: 0.7}, spot: 0.3}
defaults: {image: "python:3.12", hardware: small, retries: 1, timeout: 1h}
environments:
  dev:
    namespace: ml-dev
    description: for everyone
    vars: {bucket: dev, list: [1, {a: null}]}
    hardware: {large: small, small: {cpu: 100m}}
    gitops: {repository: ../gitops.git, branch: main, folder: envs/dev}
    mlflow: {uri: "http://mlflow:5000"}
    serviceAccount: argosy-run
"""
COMPONENT = """\
apiVersion: argosy.dev/v1
kind: Component
name: fetch
version: 2
description: Fetch a file.
params: {url: {type: string, pattern: "https://.*"}, tries: {type: integer, default: 3, min: 1}}
inputs: {list: {type: artifact, optional: true, description: what to leave out}}
outputs: {file: file, size: {value: size, type: integer}}
open: true
command: [curl, "${params.url}"]
image: "curl:1"
hardware: small
env: {TRIES: "${params.tries}"}
secrets: {TOKEN: {secret: hub, key: token}}
retries: {limit: 2, backoff: 30s}
timeout: 1h
pod: {spec: {dnsPolicy: Default}}
"""
WHOLE = [("pipeline", COMPLETE), ("project", PROJECT), ("component", COMPONENT)]


def document(text: str) -> Document:
    return read(plain("f.yaml", text))


def check(text: str, name: Name = "pipeline") -> tuple[Any, list[Problem]]:
    """Return the repaired data (None if there is none) and the problems."""
    try:
        repaired, problems = schema.check(document(text), name)
    except Rejected as rejected:
        return None, list(rejected.problems)
    return repaired.data, problems


def only(text: str, name: Name = "pipeline") -> tuple[Any, Problem]:
    data, problems = check(text, name)
    assert len(problems) == 1, problems
    return data, problems[0]


def step(body: str) -> str:
    return f"{HEAD}steps:\n  a: {{run: x, {body}}}\n"


@pytest.mark.parametrize(("name", "text"), WHOLE)
def test_a_document_that_uses_every_field_passes_unchanged(name: Name, text: str) -> None:
    given = document(text)
    checked, problems = schema.check(given, name)
    assert problems == []
    assert checked.data == given.data


def test_the_patch_of_an_environment_is_checked_where_it_stands() -> None:
    text = f"{HEAD}{STEPS}environments:\n  dev: {{schedule: {{cron: 5}}}}\n"
    merged = document(text).merged(("environments", "dev"))
    _, problems = schema.check(merged, "pipeline")
    assert [str(problem.at) for problem in problems] == ["f.yaml:8:26"]


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("timeot: 1h", "did you mean `timeout`?"),
        ("script: x", "did you mean `run`?"),
        ("depends_on: [b]", "did you mean `needs`?"),
        ("zzz: 1", "known here: approval, cache"),
    ],
)
def test_an_unknown_key_names_the_one_that_was_meant(key: str, hint: str) -> None:
    _, problem = only(step(key))
    assert (problem.code, str(problem.at)) == ("unknown-key", "f.yaml:5:15")
    assert problem.hint.startswith(hint)


@pytest.mark.parametrize("key", ["slack", "webhook", "email"])
def test_a_notice_is_no_field_of_a_step(key: str) -> None:
    data, problem = only(step(f"{key}: x"))
    assert problem.message == f"`{key}` in `a` is for handlers, under `on:`"
    assert problem.hint.startswith("in a step: ")
    assert data["steps"]["a"] == {"run": "x"}


def test_a_key_of_a_later_version_says_so() -> None:
    _, problem = only(f"{HEAD}{STEPS}artifacts: x\n")
    assert problem.message == "`artifacts` is not supported yet"


def test_a_misspelt_key_is_renamed_and_its_content_checked_too() -> None:
    text = f"{HEAD}stepz:\n  a: {{rum: x, timeout: soon}}\n"
    data, problems = check(text)
    found = [(problem.code, problem.at.line) for problem in problems]
    assert sorted(found) == [("bad-value", 5), ("unknown-key", 4), ("unknown-key", 5)]
    assert data["steps"] == {"a": {"run": "x", "timeout": "30s"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("[]", "the file is a list; it must be a mapping"),
        ("5", "the file is the number 5; it must be a mapping"),
    ],
)
def test_what_is_no_mapping_is_rejected(text: str, message: str) -> None:
    data, problem = only(text)
    assert (data, problem.message) == (None, message)


def test_missing_keys_are_rejected_with_what_to_add() -> None:
    data, problems = check("name: x\n")
    assert data is None
    assert [problem.message for problem in problems] == [
        "`apiVersion` is missing",
        "`kind` is missing",
        "`steps` is missing",
    ]
    assert problems[0].hint.startswith("add `apiVersion: argosy.dev/v1`")


def test_a_missing_key_of_a_mapping_is_shown_at_the_key_of_the_mapping() -> None:
    data, problem = only(f"{HEAD}steps:\n  b:\n    select: {{by: auc, mode: max}}\n")
    assert (data, problem.code, str(problem.at)) == (None, "missing-key", "f.yaml:6:5")
    assert problem.message == "`select` has no `from`"


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        ("image: 3.11", "`image` is the number 3.11; it must be a text", "quotes: '3.11'"),
        ("when: true", "`when` is the boolean `true`; it must be a text", "quotes: 'true'"),
        ("needs: b", "`needs` is the text `b`; it must be a list", 'write a list: ["b"]'),
        ("inputs: [raw]", "`inputs` is a list; it must be a mapping", "Outputs of other steps"),
        ("timeout: ", "`timeout` is empty; it must be a text", "such as `30s`"),
        ("retries: some", "it must be a whole number or a mapping", "such as `2`"),
        ("retries: 2.5", "`retries` is the number 2.5", "such as `2`"),
        ("retries: 2.0", "`retries` is 2.0; a whole number has no point", "write 2"),
        ("hardware: {gpu: 1.0}", "`gpu` is 1.0; a whole number has no point", "write 1"),
        (
            "hardware: {spot: yes}",
            "`spot` is the text `yes`; it must be true or false or a mapping",
            "such as `true`",
        ),
        ("env: {A: [1]}", "`A` is a list; it must be a text or a number or true or false", ""),
    ],
)
def test_a_wrong_type_says_what_is_there_and_what_must_be(
    body: str, message: str, hint: str
) -> None:
    data, problem = only(step(body))
    assert problem.code == "wrong-type"
    assert message in problem.message
    assert hint in problem.hint
    assert data is not None


@pytest.mark.parametrize(
    ("body", "message", "hint"),
    [
        ("timeout: 5 minutes", "`5 minutes` is not a duration", "such as `30s`, `5m`"),
        ("timeout: 0s", "`0s` is not a duration", "such as"),
        ("hardware: {memory: 4GB}", "`4GB` is not an amount of bytes", "such as `4Gi`"),
        ("hardware: {cpu: two}", "`two` is not a number of cores", "such as `500m`, `2`"),
        ("hardware: {cpu: 0}", "`cpu` is 0; it must be more than 0", "such as"),
        ("hardware: {cpu: '0'}", "`0` is not a number of cores", "such as"),
        ("hardware: {cpu: 1e999}", "`1e999` is not a number of cores", "such as"),
        ("hardware: {gpu: -1}", "`gpu` is -1; it must be at least 0", "such as"),
        ("hardware: {}", "`hardware` is empty", ""),
        ("outputs: {x: ../x}", "`../x` is not a path within the folder", "such as `model/`"),
        ("outputs: {x: a/..}", "`a/..` is not a path", ""),
        ("outputs: {x: /etc}", "`/etc` is not a path", ""),
        ("outputs: {x: ./}", "`./` is not a path", ""),
        ("outputs: {x: '${params.a}'}", "`${params.a}` is not a path", ""),
        ("outputs: {x: {value: a, type: txt}}", "`type` cannot be `txt`", "`string`, `integer`"),
        ("matrix: {model: []}", "`model` is an empty list", "such as"),
        ("matrix: {model: [a, a]}", "`model` holds a value twice", ""),
        ("image: '${params.image}'", "is not an image", "such as"),
        ("when: ''", "`when` is empty", "such as"),
        ("retries: -1", "`retries` is -1; it must be at least 0", "such as `2`"),
    ],
)
def test_a_bad_value_says_what_is_valid(body: str, message: str, hint: str) -> None:
    data, problem = only(step(body))
    assert problem.code == "bad-value"
    assert message in problem.message
    assert hint in problem.hint
    assert data is not None
    assert "^" not in problem.hint


@pytest.mark.parametrize("path", ["model", "a/b.txt", "..a/b", "a..b", ".hidden", "a b/c-d_e=1"])
def test_paths_within_the_work_folder_pass(path: str) -> None:
    assert check(step(f"outputs: {{x: '{path}'}}"))[1] == []


@pytest.mark.parametrize("alias", ["latest", "Latest", "v1", "V2", "a b"])
def test_aliases_that_the_registry_reserves_are_refused(alias: str) -> None:
    body = f"{{model: m, from: x, alias: '{alias}'}}"
    _, problem = only(f"{HEAD}steps:\n  a: {{register: {body}}}\n")
    assert problem.message == f"`{alias}` is not an alias"


def test_a_near_enum_value_is_taken_for_the_one_that_was_meant() -> None:
    data, problem = only(f"{HEAD}params: {{rows: {{type: interger}}}}\n{STEPS}")
    assert problem.hint == "did you mean `integer`?"
    assert data["params"]["rows"]["type"] == "integer"


def test_another_version_or_kind_says_which_one_this_is() -> None:
    _, problem = only((HEAD + STEPS).replace("v1", "v2"))
    assert problem.message == "`apiVersion` cannot be `argosy.dev/v2`"
    _, problem = only((HEAD + STEPS).replace("Pipeline", "Workflow"))
    assert problem.hint == "write `Pipeline`"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"{HEAD}steps: {{Train_x: {{run: x}}}}", "Train_x"),
        (f"{HEAD}steps: {{-x: {{run: x}}}}", "-x"),
        (f"{HEAD}steps: {{{'a' * 41}: {{run: x}}}}", "a" * 41),
        (f"{HEAD}params: {{Rows: {{type: string}}}}\n{STEPS}", "Rows"),
        (step("env: {A-B: x}"), "A-B"),
        (step("outputs: {1a: x}"), "1a"),
    ],
)
def test_a_bad_name_is_shown_at_the_name_and_kept(text: str, name: str) -> None:
    data, problem = only(text)
    assert problem.code == "bad-name"
    assert problem.message.startswith(f"`{name}` is not ")
    line, column = problem.at.line, problem.at.column - 1
    assert text.split("\n")[line - 1][column:].startswith(name)
    assert data == document(text).data


def test_items_of_lists_are_counted_and_repaired_in_place() -> None:
    data, problems = check(step("needs: [1, b, '', c, Dd]"))
    assert [problem.message.split(";")[0] for problem in problems] == [
        "item 1 of `needs` is the number 1",
        "`` is not a valid name",
        "`Dd` is not a valid name",
    ]
    assert data["steps"]["a"]["needs"] == ["1", "b", "", "c", "Dd"]


def test_a_handler_is_no_step() -> None:
    _, problem = only(f"{HEAD}{STEPS}on: {{failure: [{{name: x, run: y, needs: [a]}}]}}\n")
    assert problem.message == "unknown key `needs` in item 1 of `failure`"


def test_all_mistakes_are_shown_at_once_and_the_rest_is_kept() -> None:
    text = COMPLETE.replace("1d", "1 day").replace("concurrency", "concurency")
    data, problems = check(text.replace("needs: [best]", "needs: best"))
    assert sorted(problem.code for problem in problems) == [
        "bad-value",
        "unknown-key",
        "wrong-type",
    ]
    assert data["steps"] == document(COMPLETE).data["steps"]


def test_a_project_names_its_own_keys() -> None:
    text = PROJECT.replace("    namespace: ml-dev\n", "    namespaze: ml-dev\n")
    data, problem = only(text, "project")
    assert problem.hint == "did you mean `namespace`?"
    assert data["environments"]["dev"]["namespace"] == "ml-dev"
    assert "not supported yet" in only(PROJECT + "artifacts: {}\n", "project")[1].message


def schemas(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every subschema that stands for a field."""
    if isinstance(part, dict):
        for key in ("properties", "$defs"):
            yield from (body for body in part.get(key, {}).values())
        for key, value in part.items():
            if key not in ("examples", "enum", "const"):
                yield from schemas(value)


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_described_and_every_object_closed(name: Name) -> None:
    loaded = schema.load(name)
    assert loaded["$id"] == f"https://argosy.dev/schemas/{name}.schema.json"
    for body in schemas(loaded):
        assert body["description"]
        if "properties" in body:
            further = body["additionalProperties"]
            assert further is False or further["description"]
    text = json.dumps(loaded)
    assert "oneOf" not in text
    assert "anyOf" not in text


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_valid_since_repairs_use_them(name: Name) -> None:
    from jsonschema_rs import Draft202012Validator, meta

    loaded = schema.load(name)
    meta.validate(loaded)
    for body in schemas(loaded):
        rooted = {**body, "$defs": loaded["$defs"]}
        for example in body.get("examples", ()):
            assert Draft202012Validator(rooted).is_valid(example), (body, example)


def test_both_schemas_define_shared_parts_alike() -> None:
    pipeline, project = (schema.load(name)["$defs"] for name in NAMES[:2])
    assert {key: pipeline[key] for key in project if key in pipeline} == {
        key: project[key] for key in project if key in pipeline
    }
    assert {"hardware", "resources", "retries", "duration"} <= pipeline.keys() & project.keys()


def mutations(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    for key, value in items:
        yield from mutations(value, (*path, key))


@pytest.mark.parametrize("value", [None, 5, -1.5, "", "x y", [], [[1]], {}, {"zz": 1}, True])
@pytest.mark.parametrize(("name", "text"), WHOLE)
def test_any_value_anywhere_ends_in_problems_and_a_valid_document(
    name: Name, text: str, value: Any
) -> None:
    given = document(text)
    for path in mutations(given.data):
        changed = given.replaced(path, value)
        with suppress(Rejected):
            repaired, problems = schema.check(changed, name)
            again, left = schema.check(repaired, name)
            assert {problem.code for problem in left} <= {"bad-name"}
            assert again.data == repaired.data
            assert problems or repaired.data == changed.data


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("uses", "write out what it does"),
        ("when", "write it at the step that uses the component"),
        ("resource", "make it a step"),
    ],
)
def test_a_component_is_no_step(key: str, hint: str) -> None:
    text = f"apiVersion: argosy.dev/v1\nkind: Component\nname: a\nrun: x\n{key}: y\n"
    _, problem = only(text, "component")
    assert problem.message == f"`{key}` cannot stand in a component"
    assert (problem.at.line, problem.hint) == (5, hint)


def test_a_key_that_is_a_number_is_a_key() -> None:
    document = read(plain("f.yaml", step("outputs: {'1': 2, o: f}")))
    with pytest.raises(Rejected) as caught:
        schema.check(document, "pipeline")
    first, second = caught.value.problems
    assert (first.code, str(first.at)) == ("bad-name", "f.yaml:5:25")
    assert (second.code, str(second.at)) == ("wrong-type", "f.yaml:5:30")
