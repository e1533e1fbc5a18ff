"""Caches: what a key follows from, what a digest says, and what no cache can be right about."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler import digests
from compiler.memo import unwrapped
from compiler.problems import Problem, Rejected
from compiler.project import load_project
from compiler.render import render, validate
from tests.scratch import write

IMAGE = "img@sha256:" + "1" * 64
SPEC = f"""apiVersion: argosy.dev/v1
kind: Pipeline
name: p
params: {{rows: {{type: integer, default: 1}}, word: {{type: string, default: a}}}}
defaults: {{image: "{IMAGE}"}}
steps:
"""
STEPS = """  ingest: {run: "echo 1 > raw", outputs: {raw: raw}}
  train:
    cache: {maxAge: 30d, salt: v1}
    inputs: {raw: "${steps.ingest.outputs.raw}"}
    run: echo ${params.rows} > out
    outputs: {out: out, n: {value: n, type: integer}}
    retries: 1
    timeout: 1h
"""


def project(folder: Path, steps: str, **files: str) -> Path:
    write(folder, SPEC + steps)
    for name, text in files.items():
        (folder / "pipelines/p" / f"{name}.py").write_text(text, "utf-8")
    return folder


def templates(folder: Path, steps: str, **files: str) -> dict[str, Any]:
    root = load_project(project(folder, steps, **files))
    content = render(root, "dev", verified=True).files["p/workflowtemplate.yaml"]
    return {t["name"]: t for t in yaml.safe_load(content)["spec"]["templates"]}


def key(folder: Path, steps: str, **files: str) -> str:
    found: str = templates(folder, steps, **files)["train"]["memoize"]["key"]
    return found


def test_a_key_is_valid_and_holds_all_values_of_run_time(tmp_path: Path) -> None:
    found = templates(tmp_path, STEPS)
    memoize = found["train"]["memoize"]
    head, _, computed = memoize["key"].partition("{{=")
    assert re.fullmatch("train-[0-9a-f]{16}-", head)
    values = "inputs.parameters['_digest-raw'], workflow.parameters['rows']"
    assert computed == f"sprig.sha256sum(toJson([{values}]))}}}}"
    assert memoize["maxAge"] == "720h"
    assert memoize["cache"]["configMap"]["name"] == "argosy-cache.d.p.train"
    assert "retryStrategy" in found["train-attempts"]
    kept = found["train-attempts"]["outputs"]["artifacts"][0]
    assert kept["artifactGC"] == {"strategy": "Never"}
    unique = found["ingest"]["outputs"]["parameters"][0]["valueFrom"]["default"]
    assert unique == "{{workflow.uid}}-{{pod.name}}"


MISSES = {
    "image": ("img@sha256:" + "1" * 64 + '"', "img@sha256:" + "2" * 64 + '"'),
    "script": ("echo ${params.rows}", "echo  ${params.rows}"),
    "parameter": ("${params.rows}", "${params.word}"),
    "salt": ("salt: v1", "salt: v2"),
    "output": ("n: {value: n,", "n: {value: m,"),
}
HITS = {
    "retries": ("retries: 1", "retries: 2"),
    "timeout": ("timeout: 1h", "timeout: 2h"),
    "hardware": ("timeout: 1h", "hardware: {cpu: 2}"),
    "another step": ("echo 1 > raw", "echo 2 > raw"),
    "age": ("maxAge: 30d", "maxAge: 7d"),
}


@pytest.mark.parametrize("name", [*MISSES, *HITS])
def test_what_a_key_follows_from(name: str, tmp_path: Path) -> None:
    old, new = {**MISSES, **HITS}[name]
    before = key(tmp_path, STEPS, code="1")
    place = tmp_path / "pipelines/p/pipeline.yaml"
    changed = place.read_text("utf-8").replace(old, new)
    assert changed != place.read_text("utf-8")
    after = key(tmp_path, changed.removeprefix(SPEC), code="1") if name != "image" else ""
    if name == "image":
        place.write_text(changed, "utf-8")
        content = render(load_project(tmp_path), "dev").files["p/workflowtemplate.yaml"]
        after = re.search("key: (.*)", content.decode())[1].strip('"')  # type: ignore[index]
    assert (after == before) is (name in HITS)


def test_code_beside_the_spec_is_part_of_the_key(tmp_path: Path) -> None:
    first = key(tmp_path, STEPS, code="1")
    assert first == key(tmp_path, STEPS, code="1")
    assert first != key(tmp_path, STEPS, code="2")
    assert first != key(tmp_path, STEPS, code="1", more="")


FAN = """  part:
    matrix: {m: [a, b]}
    continueOnError: true
    run: echo 1 > raw
    outputs: {raw: raw}
  train: {cache: true, inputs: {raw: "${steps.part.outputs.raw}"}, run: "true"}
"""


def test_the_digests_of_a_fan_keep_their_places(tmp_path: Path) -> None:
    tasks = {t["name"]: t for t in templates(tmp_path, FAN)["main"]["dag"]["tasks"]}
    given = tasks["train"]["arguments"]["parameters"][0]["value"]
    parts = [
        f"(tasks['part-{m}']?.status == 'Succeeded' ? "
        f"(tasks['part-{m}']?.outputs?.parameters?.['_digest-raw'] ?? '') : '')"
        for m in "ab"
    ]
    assert given == f"{{{{=toJson([{', '.join(parts)}])}}}}"


def rejected(folder: Path, steps: str) -> list[str]:
    with pytest.raises(Rejected) as caught:
        render(load_project(project(folder, steps)), "dev")
    return [shown(problem) for problem in caught.value.problems]


def shown(problem: Problem) -> str:
    return f"{problem.at.line}:{problem.at.column} {problem.code}: {problem.message}"


BROKEN = {
    '  a: {cache: true, run: "echo ${run.uid}"}\n': "7:7 bad-cache: `a` is cached, but reads "
    "`${run.uid}`, which differs from run to run",
    "  a: {cache: true, python: 'print(run.name)'}\n": "7:7 bad-cache: `a` is cached, but reads "
    "`run`, which differs from run to run",
    "  b: {command: [cp, x, y], outputs: {y: y}}\n"
    '  a: {cache: true, run: "true", inputs: {y: "${steps.b.outputs.y}"}}\n': "8:45 bad-cache: "
    "nothing says whether the file of `b` has changed",
    "  a: {cache: true, approval: {message: m}}\n": "7:7 no-effect: `cache` has no effect on a "
    "step of kind `approval`",
    '  a: {cache: true, run: "true"}\n  a-attempts: {run: "true"}\n': "8:3 same-name: "
    "`a-attempts` of step `a-attempts` is also a task of step `a`",
    "  a: {cache: {maxAge: 10}, run: 'true'}\n": "7:23 wrong-type: `maxAge` is the number 10; it "
    "must be a text",
}


@pytest.mark.parametrize("steps", BROKEN)
def test_what_no_cache_can_be_right_about(steps: str, tmp_path: Path) -> None:
    assert rejected(tmp_path, steps) == [BROKEN[steps]]


def test_a_tag_is_warned_of(tmp_path: Path) -> None:
    root = project(tmp_path, "  a: {cache: true, image: 'x:1', run: 'true'}\n")
    (found,) = validate(load_project(root))
    assert (found.code, found.severity) == ("moving-tag", "warning")


def test_a_cache_that_is_off_is_none(tmp_path: Path) -> None:
    assert "memoize" not in templates(tmp_path, "  a: {cache: false, run: 'true'}\n")["a"]


def test_a_plan_sees_a_cached_step_as_one(tmp_path: Path) -> None:
    found = templates(tmp_path, STEPS)
    pair = {name: found[name] for name in ("train", "train-attempts")}
    named = {n: {k: v for k, v in t.items() if k != "name"} for n, t in pair.items()}
    whole = unwrapped(named)
    assert list(whole) == ["train"]
    assert {"memoize", "container", "retryStrategy"} <= whole["train"].keys()
    named["train"]["outputs"] = {}
    assert unwrapped(named) == named


def change(tree: Path) -> dict[str, Callable[[], object]]:
    """Everything that makes another artifact of a tree."""
    return {
        "content": lambda: (tree / "a").write_text("2"),
        "name": lambda: (tree / "a").rename(tree / "b"),
        "program": lambda: (tree / "b").chmod(0o755),
        "link": lambda: (tree / "l").rename(tree / "m"),
        "target": lambda: (tree / "other").replace(tree / "m"),
        "folder": lambda: (tree / "empty").rmdir(),
        "file for a link": lambda: (tree / "a copy").replace(tree / "m"),
        "newline": lambda: (tree / "c\nd").rename(tree / "c\nf"),
    }


def digested(folder: Path, kind: str) -> str:
    """Run a step that does nothing, and return the digest of its output `out`."""
    hidden = folder / ".argosy"
    hidden.mkdir(exist_ok=True)
    (hidden / "_digest.sh").write_text(digests.SHELL)
    (hidden / "_digest.py").write_text(digests.PYTHON)
    (hidden / "_inline.py").write_text("import sys\nsys.exit(0)\n")
    (hidden / "s.sh").write_text("exit 0\n")
    command = ["sh", "-e"] if kind == "sh" else [sys.executable]
    script = [f".argosy/_digest.{kind}", ".argosy/s.sh", "o=out"]
    subprocess.run([*command, *script], cwd=folder, check=True)
    return (folder / digests.FOLDER / "o").read_text("ascii").strip()


@pytest.mark.parametrize("kind", ["sh", "py"])
def test_a_digest_follows_from_content_alone(kind: str, tmp_path: Path) -> None:
    tree = tmp_path / "out"
    tree.mkdir()
    (tree / "a").write_text("1")
    (tree / "c\nd").write_text("1")
    (tree / "l").symlink_to("a")
    (tree / "other").symlink_to("b")
    (tree / "a copy").write_text("1")
    (tree / "empty").mkdir()
    seen = {digested(tmp_path, kind)}
    os.utime(tree / "a", (1, 1))
    assert {digested(tmp_path, kind)} == seen
    for act in change(tree).values():
        act()
        seen.add(digested(tmp_path, kind))
    assert len(seen) == len(change(tree)) + 1
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in seen)


@pytest.mark.parametrize("kind", ["sh", "py"])
def test_without_a_digest_nothing_is_said(kind: str, tmp_path: Path) -> None:
    """The output then has a value of its own, which nothing else has."""
    with pytest.raises(FileNotFoundError):
        digested(tmp_path, kind)


def test_a_script_that_fails_fails_with_its_code(tmp_path: Path) -> None:
    (tmp_path / "d.sh").write_text(digests.SHELL)
    (tmp_path / "s.sh").write_text("exit 7\n")
    ended = subprocess.run(["sh", "-e", "d.sh", "s.sh", "o=out"], cwd=tmp_path, check=False)
    assert ended.returncode == 7


def test_a_cached_step_of_a_called_pipeline_reads_what_the_call_gives(tmp_path: Path) -> None:
    project(tmp_path, STEPS)
    place = tmp_path / "pipelines/q/pipeline.yaml"
    place.parent.mkdir()
    spec = "steps: {a: {pipeline: p, with: {rows: 5}}}\n"
    place.write_text(f"apiVersion: argosy.dev/v1\nkind: Pipeline\nname: q\n{spec}", "utf-8")
    content = render(load_project(tmp_path), "dev", verified=True).files["q/workflowtemplate.yaml"]
    found = {t["name"]: t for t in yaml.safe_load(content)["spec"]["templates"]}
    wrapper, leaf = found["p--train"], found["p--train-attempts"]
    (task,) = wrapper["dag"]["tasks"]
    assert task["template"] == "p--train-attempts"
    given = {p["name"]: p["value"] for p in task["arguments"]["parameters"]}
    assert given.keys() == {p["name"] for p in leaf["inputs"]["parameters"]}
    assert given.keys() == {p["name"] for p in wrapper["inputs"]["parameters"]}
    assert "inputs.parameters['params-rows']" in wrapper["memoize"]["key"]
    assert "workflow.parameters" not in wrapper["memoize"]["key"]
