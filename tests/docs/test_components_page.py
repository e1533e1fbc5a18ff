"""The page about components says what is so."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from compiler.project import load_project
from compiler.render import render, validate

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/components.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL)
PIPELINE, COMPONENT = (body for language, body in BLOCKS if language == "yaml")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "argosy.yaml": "apiVersion: argosy.dev/v1\nkind: Project\nname: t\n"
        "environments: {dev: {namespace: d}}\n",
        "pipelines/churn/pipeline.yaml": PIPELINE,
        "components/clean.yaml": COMPONENT,
        "components/clean/clean.py": "print()\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_the_examples_are_valid(project: Path) -> None:
    assert validate(load_project(project)) == ()
    assert set(render(load_project(project), "dev", verified=True).components) == {
        "clean",
        "argosy/http-download@1",
        "argosy/slack@1",
    }


def test_the_diagnostic_is_real(project: Path) -> None:
    file = project / "components/clean.yaml"
    file.write_text(COMPONENT.replace("${params.column}", "${params.colum}"), "utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "argosy", "validate"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    (shown,) = (body for _, body in BLOCKS if "error[" in body)
    assert shown in ended.stdout


def test_the_packaged_ones_travel_in_the_wheel(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "compiler", tmp_path / "compiler")
    shutil.copytree(ROOT / "schemas", tmp_path / "compiler/schemas")
    code = "from compiler.component import _packaged as p; print(p('argosy/slack@1')[0].digest)"
    digests = {
        subprocess.check_output([sys.executable, "-c", code], cwd=folder, text=True)
        for folder in (tmp_path, ROOT)
    }
    assert len(digests) == 1
