"""Verdicts are remembered, and never beyond what they were about."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from argosy.engine.manifests import memory
from argosy.engine.manifests.admission import Admission, admit
from argosy.engine.manifests.loading import load
from compiler.problems import Rejected

JUDGES, READS = "argosy.engine.manifests.verdict", "argosy.engine.manifests.reading"
YAML = """
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: w}
spec:
  entrypoint: main
  priority: 0x10
  templates: [{name: main, container: {image: x, command: ["true"], args: [1.50, yes, ~, é]}}]
---
kind: ConfigMap
metadata: {name: m}
data: {a: b}
"""
Admit = Callable[..., tuple[Admission, bool]]


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Admit:
    """Admit a workflow; return what came of it, and whether it had to be judged."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def ask(text: str, given: dict[str, str] | None = None, **how: Any) -> tuple[Admission, bool]:
        (tmp_path / "w.json").write_text(text, "utf-8")
        sys.modules.pop(JUDGES, None)
        found = admit(load(tmp_path / "w.json"), given or {}, remembered=True, **how)
        return found, JUDGES in sys.modules

    return ask


def workflow(**container: Any) -> str:
    template = {"name": "main", "container": {"image": "x", "command": ["true"], **container}}
    parameters = [{"name": "p", "value": "1"}]
    spec = {"entrypoint": "main", "templates": [template], "arguments": {"parameters": parameters}}
    head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "metadata": {"name": "w"}}
    return json.dumps({**head, "spec": spec})


def test_a_verdict_is_given_once_and_stays_what_it_was(asked: Admit) -> None:
    first, judged = asked(workflow())
    again, judged_again = asked(workflow())
    assert (judged, judged_again) == (True, False)
    assert again == first
    assert again.notes == first.notes != ()
    assert again.bundle.admitted


def test_another_manifest_argument_or_way_to_run_is_judged(asked: Admit) -> None:
    asked(workflow())
    assert asked(workflow(args=["x"]))[1]
    assert asked(workflow(), {"p": "2"})[1]
    assert asked(workflow(), runtime="container")[1]
    assert asked(workflow(), as_argo=True)[1]
    assert not asked(workflow(), {"p": "2"})[1]


def test_what_is_refused_or_warned_of_is_judged_each_time(asked: Admit) -> None:
    for _ in range(2):
        with pytest.raises(Rejected):
            asked(workflow(volumeMounts="none"))
    claim = {"name": "v", "mountPath": "relative:path"}
    for _ in range(2):
        found, judged = asked(workflow(volumeMounts=[claim]))
        assert judged
        assert found.warnings or found.bundle.faults


def test_changed_code_judges_anew(asked: Admit) -> None:
    asked(workflow())
    code = Path(memory.__file__)
    before = code.stat()
    os.utime(code, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    try:
        memory._code.cache_clear()
        assert asked(workflow())[1]
    finally:
        memory._code.cache_clear()
        os.utime(code, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("content", ["", "{", '{"a": 1}', "[1]", "null"])
def test_a_damaged_memory_is_none(asked: Admit, tmp_path: Path, content: str) -> None:
    first, _ = asked(workflow())
    for kept in (tmp_path / "cache/argosy/admitted").iterdir():
        kept.write_text(content, "utf-8")
    again, judged = asked(workflow())
    assert judged
    assert again == first


def test_a_memory_that_cannot_be_written_is_no_mistake(asked: Admit, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file", "utf-8")
    assert asked(workflow())[1]
    assert asked(workflow())[1]


def test_the_memory_does_not_grow_for_ever(
    asked: Admit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_MOST", 4)
    for number in range(9):
        asked(workflow(args=[str(number)]))
    kept = [path.name for path in (tmp_path / "cache/argosy/admitted").iterdir()]
    assert 2 <= len(kept) <= 4
    assert not asked(workflow(args=["8"]))[1]


def test_what_was_parsed_is_not_parsed_again_and_stays_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "w.yaml").write_text(YAML, "utf-8")
    first = load(tmp_path / "w.yaml")
    assert load(tmp_path / "w.yaml", remembered=True) == first
    sys.modules.pop(READS, None)
    again = load(tmp_path / "w.yaml", remembered=True)
    assert READS not in sys.modules
    assert (again.spec, again.config_maps) == (first.spec, first.config_maps)
    assert again.objects[1].at(("data", "a")) == first.objects[1].at(("data", "a"))
    (tmp_path / "w.yaml").write_text(YAML.replace("0x10", "0x11"), "utf-8")
    assert load(tmp_path / "w.yaml", remembered=True).spec["priority"] == 17


def test_what_may_be_a_secret_is_copied_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    hidden = "---\nkind: Secret\nmetadata: {name: s}\nstringData: {a: hidden}\n"
    (tmp_path / "w.yaml").write_text(YAML + hidden, "utf-8")
    load(tmp_path / "w.yaml", remembered=True)
    kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert not [path for path in kept if b"hidden" in path.read_bytes()]


def test_a_run_that_was_admitted_before_needs_no_judge(tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text(workflow(), "utf-8")
    watched = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPROFILEIMPORTTIME": "1"}
    command = [sys.executable, "-m", "argosy", "run", "./w.yaml"]
    found = [
        subprocess.run(
            command, cwd=tmp_path, env=os.environ | watched, capture_output=True, text=True
        )
        for _ in range(2)
    ]
    assert [each.returncode for each in found] == [0, 0]
    assert JUDGES in found[0].stderr
    for module in (JUDGES, "compiler.manifests", "yaml", "argosy.engine.language.expr", "hashlib"):
        assert f"| {module}\n" not in found[1].stderr.replace("  ", ""), module
