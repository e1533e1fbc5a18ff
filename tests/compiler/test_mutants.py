"""Random mutants of all golden specs: each is refused with a diagnostic, or real Argo takes it.

ARGOSY_MUTANTS says how many (2000 in the nightly form); a mutant is a function of its number.
"""

import copy
import os
import random
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import compile_pipeline
from tests.argo.mutants import found, places
from tests.compiler import oracles

GOLDEN = Path(__file__).parent / "golden"
COUNT = int(os.environ.get("ARGOSY_MUTANTS", "300"))
STRANGE: tuple[Any, ...] = (
    *(None, 0, -1, 1.5, True, "", "x", [], {}, ["a"], {"a": 1}, [[1]], [{"a": 1}], 10**30),
    *("${params.rows}", "${steps.train.outputs.auc}", "${each.value}", "${matrix.model}"),
    *("{{x}}", "$(X)", "$$", "a\nb", "é", "'", "x" * 300, "steps.train.outputs.auc > 1"),
    *("${steps.list.outputs.files}", "${steps.region.outputs.name}", "${inputs.n}", "30s", "1Gi"),
)


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


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The manifests of those mutants that the compiler accepts."""
    root = tmp_path_factory.mktemp("mutants")
    shutil.copytree(GOLDEN, root, dirs_exist_ok=True)
    out, project, found = root / "accepted", load_project(root), list[Path]()
    out.mkdir()
    for number in range(COUNT):
        name = project.pipelines[number % len(project.pipelines)]
        spec = root / "pipelines" / name / "pipeline.yaml"
        text = spec.read_text("utf-8")
        changed = yaml.safe_dump(mutant(number, base(text)), allow_unicode=True)
        spec.write_text(changed, "utf-8")
        with suppress(Rejected):
            for file, content in compile_pipeline(project, name, "dev").files.items():
                found.append(out / f"{number}-{file}")
                found[-1].write_bytes(content)
        spec.write_text(text, "utf-8")
    return found


def base(text: str) -> dict[str, Any]:
    data: dict[Any, Any] = yaml.safe_load(text)
    return {"on" if key is True else key: body for key, body in data.items()}  # YAML 1.1 reads so


def test_some_mutants_are_accepted_and_none_crashes(accepted: list[Path]) -> None:
    templates = [file for file in accepted if file.name.endswith("-workflowtemplate.yaml")]
    assert COUNT / 50 < len(templates) < COUNT / 2


@pytest.mark.skipif(not oracles.has_argo(), reason="argo is not installed")
def test_argo_accepts_what_the_compiler_accepts(accepted: list[Path], tmp_path: Path) -> None:
    assert not oracles.linted(accepted, tmp_path)


@pytest.mark.cluster
@pytest.mark.skipif("KUBECONFIG" not in os.environ, reason="needs KUBECONFIG")
def test_the_api_server_accepts_what_the_compiler_accepts(accepted: list[Path]) -> None:
    assert not oracles.dry_run(accepted)
