"""Golden pairs: a project that uses every field, and the manifests it gives, byte by byte."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from compiler import argo
from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import compile_pipeline, render, validate
from tests.scratch import write

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
ROOT = HERE.parents[1]


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_golden(environment: str) -> None:
    tree = render(load_project(GOLDEN), environment, verified=True)
    expected = HERE / "expected" / environment
    if os.environ.get("ARGOSY_UPDATE_GOLDEN"):
        shutil.rmtree(expected, ignore_errors=True)
        for path, content in tree:
            (expected / path).parent.mkdir(parents=True, exist_ok=True)
            (expected / path).write_bytes(content)
    found = {p.relative_to(expected).as_posix() for p in expected.rglob("*") if p.is_file()}
    assert found == set(tree.files)
    for path, content in tree:
        assert content.decode() == (expected / path).read_text("utf-8"), path


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_what_is_judged_is_what_is_written(environment: str) -> None:
    project = load_project(GOLDEN)
    for name in project.pipelines:
        compiled = compile_pipeline(project, name, environment)
        anew = argo.manifests(compiled.pipeline, project.nodes, compiled.digest)
        assert json.dumps(compiled.manifests) == json.dumps(anew)
        for file, manifest in compiled.manifests.items():
            assert yaml.safe_load(compiled.files[file]) == json.loads(json.dumps(manifest))


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_examples_hold_together(environment: str) -> None:
    project = load_project(ROOT)
    assert validate(project) == ()
    assert len(render(project, environment, verified=True)) >= len(project.pipelines) * 2


_SCRIPT = """
import sys
from pathlib import Path
from compiler.project import load_project
from compiler.render import render
print(render(load_project(Path(sys.argv[1])), "prod").digest)
"""


def test_equal_input_gives_equal_bytes_everywhere(tmp_path: Path) -> None:
    other = tmp_path / "a folder" / "ünïcode"
    shutil.copytree(GOLDEN, other)
    digests = set()
    for folder, seed, zone, locale, mask in (
        (GOLDEN, "0", "UTC", "C", 0o022),
        (other, "1", "Asia/Tokyo", "de_DE.UTF-8", 0o077),
    ):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale}
        ended = subprocess.run(
            [sys.executable, "-c", _SCRIPT, str(folder)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            umask=mask,
        )
        digests.add(ended.stdout)
    assert len(digests) == 1


HEAD = """apiVersion: argosy.dev/v1
kind: Pipeline
name: p
params: {rows: {type: integer, default: 3}}
defaults: {image: "img:1"}
steps:
"""
FIRST = """  first:
    run: echo 1 > n
    outputs: {n: {value: n, type: integer}, file: n}
"""


def problems(tmp_path: Path, body: str, head: str = HEAD) -> list[str]:
    folder = tmp_path / "pipelines" / "p"
    folder.mkdir(parents=True)
    (tmp_path / "argosy.yaml").write_text(
        "apiVersion: argosy.dev/v1\nkind: Project\nname: t\n"
        "environments: {dev: {namespace: d, vars: {cols: [a], tag: x}}}\n"
    )
    (folder / "pipeline.yaml").write_text(head + body, "utf-8")
    try:
        render(load_project(tmp_path), "dev")
    except Rejected as rejected:
        return [
            f"{p.at.line}:{p.at.column} {p.code}: {p.message} | {p.hint}" for p in rejected.problems
        ]
    return []


MISTAKES = {
    "an output that no step has": (
        FIRST + "  b:\n    run: cat ${steps.first.outputs.m}\n",
        ["11:14 unknown-reference: step `first` has no output `m` | known here: file, n"],
    ),
    "a step that does not exist": (
        FIRST + "  b: {run: 'true', needs: [frist]}\n",
        ["10:28 unknown-step: no step `frist` | did you mean `first`?"],
    ),
    "a parameter with a typo, in a block": (
        "  b:\n    run: |\n      echo\n      echo ${params.row}\n",
        ["10:12 unknown-reference: no parameter is called `row` | did you mean `rows`?"],
    ),
    "a namespace with a typo": (
        "  b:\n    run: echo ${param.rows}\n",
        [
            "8:15 unknown-reference: `param` is no namespace of references | "
            "did you mean `params`? (write `$${…}` for a literal `${`)"
        ],
    ),
    "a file without an input": (
        FIRST + "  b:\n    run: cat ${steps.first.outputs.file}\n",
        [
            "11:14 undeclared-input: ${steps.first.outputs.file} is a file, it must "
            "arrive as an input"
            ' | declare it: `inputs: {file: "${steps.first.outputs.file}"}`, then write '
            "${inputs.file}"
        ],
    ),
    "a reference in single quotes": (
        "  b:\n    run: echo 'a ${params.rows}'\n",
        [
            "8:18 misplaced-reference: ${params.rows} inside single quotes would not be expanded "
            "safely | close the single quotes around it: 'a '${params.rows}' b', or use "
            "double quotes"
        ],
    ),
    "a cycle": (
        "  a: {run: 'true', needs: [b]}\n  b: {run: 'true', needs: [a]}\n",
        ["7:3 cycle: steps wait for each other: a → b → a | remove one of these edges"],
    ),
    "two kinds": (
        "  a: {run: 'true', command: [x]}\n",
        [
            "7:20 step-kind: step `a` has `run` and `command` | a step has exactly one of run, "
            "command, python, uses, select, register, approval, resource, pipeline"
        ],
    ),
    "a type that does not fit": (
        FIRST + "  b:\n    when: steps.first.outputs.n < 'x'\n    run: 'true'\n",
        [
            "11:35 expression: `'x'` is a string; a number is needed here | comparisons, "
            "and/or/not/in, arithmetic, numbers and 'text'"
        ],
    ),
    "a profile that does not exist": (
        "  a: {run: 'true', hardware: large}\n",
        ["7:30 unknown-profile: no hardware profile `large` | "],
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_has_its_place_and_its_remedy(name: str, tmp_path: Path) -> None:
    body, expected = MISTAKES[name]
    assert problems(tmp_path, body) == expected


def test_three_mistakes_of_three_stages_are_shown_at_once(tmp_path: Path) -> None:
    body = """{% for col in vars.cols %}
  s-{{ col }}:
    run: echo {{ vars.tga }}
    hardwre: {cpu: "1"}
{% endfor %}
  last: {run: "echo ${steps.s-a.outputs.nothing}"}
"""
    found = problems(tmp_path, body)
    assert [line.split("|")[0].strip() for line in found] == [
        "9:23 undefined-variable: `tga` is undefined",
        "10:5 unknown-key: unknown key `hardwre` in `s-a`",
        "12:21 unknown-reference: step `s-a` has no output `nothing`",
    ]


@pytest.mark.parametrize("value", ["a$$b", "$(HOME)"])
def test_a_value_that_would_change_on_the_way_is_refused(value: str, tmp_path: Path) -> None:
    head = HEAD.replace("type: integer, default: 3", f"type: string, default: '{value}'")
    assert "would be changed" in problems(tmp_path, "  a: {run: 'true'}\n", head)[0]


def test_a_link_shows_nothing_of_what_lies_outside(tmp_path: Path) -> None:
    problems(tmp_path, "  a: {run: 'true'}\n")
    secret = tmp_path.parent / "secret.yaml"
    secret.write_text("password: hunter2\n")
    spec = tmp_path / "pipelines/p/pipeline.yaml"
    spec.unlink()
    spec.symlink_to(secret)
    ended = subprocess.run(
        [sys.executable, "-m", "argosy", "validate"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "leads out of the project" in ended.stdout
    assert "hunter2" not in ended.stdout + ended.stderr


def test_a_spec_that_leads_nowhere_is_a_mistake_not_a_removal(tmp_path: Path) -> None:
    problems(tmp_path, "  a: {run: 'true'}\n")
    spec = tmp_path / "pipelines/p/pipeline.yaml"
    spec.unlink()
    spec.symlink_to("nowhere")
    with pytest.raises(Rejected):
        render(load_project(tmp_path), "dev")


def test_a_task_is_named_in_letters_that_argo_takes(tmp_path: Path) -> None:
    project = (
        "apiVersion: argosy.dev/v1\nkind: Project\nname: t\nenvironments: {d: {namespace: d}}\n"
    )
    spec = (
        "apiVersion: argosy.dev/v1\nkind: Pipeline\nname: p\ndefaults: {image: 'a:1'}\n"
        f"steps: {{a: {{run: 'true', matrix: {{x: [é1, A.b, {'v' * 90}]}}}}}}\n"
    )
    write(tmp_path, spec, project)
    text = render(load_project(tmp_path), "d").files["p/workflowtemplate.yaml"].decode()
    names = re.findall("- name: (a-.*)", text)
    assert names[:2] == ["a-1", "a-a-b"]
    assert re.fullmatch("a-v+-[0-9a-f]{8}", names[2])
    assert len(names[2]) == 60
