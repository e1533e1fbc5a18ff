"""Random mutants of the golden specs: each is refused with a diagnostic, or real Argo takes it.

ARGOSY_MUTANTS says how many (2000 in the nightly form); a mutant is a function of its number.
"""

import copy
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import compile_pipeline

GOLDEN = Path(__file__).parent / "golden"
COUNT = int(os.environ.get("ARGOSY_MUTANTS", "150"))
STRANGE: tuple[Any, ...] = (
    *(None, 0, -1, 1.5, True, "", "x", [], {}, ["a"], {"a": 1}, [[1]], [{"a": 1}], 10**30),
    *("${params.rows}", "${steps.train.outputs.auc}", "${each.value}", "${matrix.model}"),
    *("{{x}}", "$(X)", "$$", "a\nb", "é", "'", "x" * 300, "steps.train.outputs.auc > 1"),
    *("${steps.list.outputs.files}", "${steps.region.outputs.name}", "${inputs.n}", "30s", "1Gi"),
)
Place = tuple[Any, ...]


def places(data: Any, at: Place = ()) -> Iterator[Place]:
    if at:
        yield at
    parts = data.items() if isinstance(data, dict) else []
    for key, value in enumerate(data) if isinstance(data, list) else parts:
        yield from places(value, (*at, key))


def found(data: Any, at: Place) -> Any:
    for part in at:
        data = data[part]
    return data


def mutant(number: int, base: dict[str, Any]) -> dict[str, Any]:
    """Change the spec in one to three places: drop, replace, or put what stands elsewhere."""
    chance, data = random.Random(number), copy.deepcopy(base)  # noqa: S311
    for _ in range(chance.randint(1, 3)):
        at, other = chance.choice(list(places(data))), chance.choice(list(places(base)))
        parent, how = found(data, at[:-1]), chance.random()
        if how < 0.25:
            del parent[at[-1]]
        elif how < 0.6:
            parent[at[-1]] = copy.deepcopy(chance.choice(STRANGE))
        elif how < 0.8 or isinstance(parent, list):
            parent[at[-1]] = copy.deepcopy(found(base, other))
        else:
            parent[str(other[-1])] = copy.deepcopy(found(base, other))
    return data


@pytest.fixture(scope="module", params=["every", "fan"])
def accepted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manifests of those mutants that the compiler accepts, one file each."""
    name, root = request.param, tmp_path_factory.mktemp("mutants")
    shutil.copytree(GOLDEN / "pipelines" / name, root / "pipelines" / name)
    shutil.copy(GOLDEN / "argosy.yaml", root)
    spec, out = root / "pipelines" / name / "pipeline.yaml", root / "accepted"
    out.mkdir()
    base, project = yaml.safe_load(spec.read_text("utf-8")), load_project(root)
    if True in base:  # `on`, as YAML 1.1 reads it
        base["on"] = base.pop(True)
    for number in range(COUNT):
        spec.write_text(yaml.safe_dump(mutant(number, base), allow_unicode=True), "utf-8")
        try:
            compiled = compile_pipeline(project, name, "dev")
        except Rejected:
            continue
        for kind, content in compiled.files.items():
            text = content.decode().replace(f"\n  name: {name}\n", f"\n  name: {name}-{number}\n")
            (out / f"{number}-{kind}").write_text(text, "utf-8")
    return out


def test_some_mutants_are_accepted_and_none_crashes(accepted: Path) -> None:
    assert COUNT / 50 < len(list(accepted.glob("*workflowtemplate.yaml"))) < COUNT / 2


@pytest.mark.skipif(not shutil.which("argo"), reason="argo is not installed")
def test_argo_accepts_what_the_compiler_accepts(accepted: Path) -> None:
    command = ["argo", "lint", "--offline", "--strict", "--output", "simple", str(accepted)]
    linted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr
