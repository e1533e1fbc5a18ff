"""Whatever is rendered is scanned for secrets, and each is shown where it stands in the source."""

import json
from pathlib import Path

import pytest

from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import render
from tests.scratch import PROJECT, SPEC, write

KEY = f"AKIA{'B' * 16}"
RANDOM = "q7Xk2LwP9sTfVb4ZcN8mRj3HyD6aGe1U"


def found(folder: Path, spec: str, project: str = PROJECT) -> list[str]:
    write(folder, SPEC + spec, project)
    try:
        render(load_project(folder), "dev")
    except Rejected as rejected:
        return [f"{p.at} {p.code}: {p.message}" for p in rejected.problems]
    return []


PLACES = {
    "a script": (f"steps:\n  a:\n    run: |\n      x\n      export K={KEY}\n", "9:16"),
    "an argument": (f"steps: {{a: {{command: [x, '--key={KEY}']}}}}\n", "5:33"),
    "a Python script": (f"steps: {{a: {{python: 'k = \"{KEY}\"'}}}}\n", "5:27"),
    "a variable": (f"steps: {{a: {{run: x, env: {{K: {KEY}}}}}}}\n", "5:30"),
    "a default": (
        f"params: {{k: {{type: string, default: {KEY}}}}}\nsteps: {{a: {{run: x}}}}\n",
        "5:37",
    ),
    "a matrix": (f"steps: {{a: {{run: x, matrix: {{k: [a, {KEY}]}}}}}}\n", "5:37"),
    "an annotation": (
        f"steps: {{a: {{run: x, pod: {{metadata: {{annotations: {{n: k={KEY}}}}}}}}}}}\n",
        "5:57",
    ),
    "a description": (f"description: with {KEY}\nsteps: {{a: {{run: x}}}}\n", "5:19"),
    "an object": (
        "steps: {a: {resource: {manifest: {apiVersion: v1, kind: ConfigMap, "
        f"data: {{k: {KEY}}}}}}}}}}}\n",
        "5:78",
    ),
    "a schedule": (
        f"schedule: {{cron: '@daily'}}\ndescription: {KEY}\nsteps: {{a: {{run: x}}}}\n",
        "6:14",
    ),
    "a handler": (f"steps: {{a: {{run: x}}}}\non: {{exit: [{{name: h, run: {KEY}}}]}}\n", "6:28"),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_secret_is_shown_where_it_stands(name: str, tmp_path: Path) -> None:
    spec, place = PLACES[name]
    expected = f"pipelines/p/pipeline.yaml:{place} secret: this looks like a key of AWS"
    assert found(tmp_path, spec) == [expected]


def test_files_are_scanned_those_that_are_no_text_too(tmp_path: Path) -> None:
    folder = tmp_path / "pipelines" / "p"
    folder.mkdir(parents=True)
    (folder / "a.py").write_text(f"x = 1\nk = '{KEY}'\n")
    (folder / "b.bin").write_bytes(b"\0\xff" + KEY.replace("B", "C").encode() + b"\0")
    assert found(tmp_path, "steps: {a: {run: x}}\n") == [
        "pipelines/p/a.py:2:6 secret: this looks like a key of AWS",
        "pipelines/p/b.bin:1:3 secret: this looks like a key of AWS",
    ]


def test_a_secret_of_the_project_is_shown_there(tmp_path: Path) -> None:
    uri = "https://bot:hunter22@mlflow.example.com"
    project = PROJECT.replace("namespace: d", f"namespace: d, mlflow: {{uri: '{uri}'}}")
    assert found(tmp_path, "steps: {a: {run: x}}\n", project) == [
        "argosy.yaml:4:56 secret: this looks like a password in an address"
    ]


def test_a_value_of_high_entropy_is_found_by_its_name_or_alone(tmp_path: Path) -> None:
    spec = f"steps: {{a: {{run: x, env: {{SETTING: {RANDOM}, DB_PASSWORD: hunter22}}}}}}\n"
    place, what = "pipelines/p/pipeline.yaml:5", "secret: this looks like a secret, the value of"
    assert found(tmp_path, spec) == [
        f"{place}:36 {what} `SETTING`",
        f"{place}:83 {what} `DB_PASSWORD`",
    ]


def test_every_place_of_a_secret_is_shown_beside_other_mistakes(tmp_path: Path) -> None:
    spec = f"steps:\n  a: {{run: x {KEY}, needs: [b]}}\n  b: {{run: y {KEY}, needs: [a]}}\n"
    assert [[*line.split(":")[1:3], line.split()[1]] for line in found(tmp_path, spec)] == [
        ["6", "3 cycle", "cycle:"],
        ["6", "14 secret", "secret:"],
        ["7", "14 secret", "secret:"],
    ]


def test_what_is_no_secret_is_listed_with_a_reason(tmp_path: Path) -> None:
    listed = f"notSecret: [{{text: {KEY}, reason: an example of the documentation}}]\n"
    spec = f"steps: {{a: {{run: x {KEY}, env: {{SETTING: {RANDOM}}}}}}}\n"
    assert [line.split(": ")[1] for line in found(tmp_path, listed + spec)] == [
        "this looks like a secret, the value of `SETTING`"
    ]
    entry = f"{{text: {RANDOM}, reason: an example too}}"
    assert (
        found(tmp_path, f"notSecret: [{entry}]\nsteps: {{a: {{run: x, env: {{K: {RANDOM}}}}}}}\n")
        == []
    )


def test_an_exception_without_its_text_is_a_mistake(tmp_path: Path) -> None:
    listed = f"notSecret: [{{text: {KEY}, reason: an example of the documentation}}]\n"
    assert found(tmp_path, listed + "steps: {a: {run: x}}\n") == [
        "pipelines/p/pipeline.yaml:5:20 unused-exception: nothing that is rendered holds this text"
    ]


def test_a_service_account_is_found_in_a_file_of_json(tmp_path: Path) -> None:
    folder = tmp_path / "pipelines" / "p"
    folder.mkdir(parents=True)
    account = {"type": "service_account", "private_key_id": "0a" * 20}
    (folder / "account.json").write_text(json.dumps(account, indent=1))
    assert found(tmp_path, "steps: {a: {run: x}}\n") == [
        "pipelines/p/account.json:3:2 secret: this looks like a service account of Google"
    ]
