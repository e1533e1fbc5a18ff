"""Random projects that use every field: all are rendered, and real Argo takes all of them.

ARGOSY_RANDOM says how many (1000 in the nightly form); they are the same in every run.
"""

import json
import os
import shutil
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, find, given, settings
from hypothesis.errors import NoSuchExample

from argosy.report import explanation as explained
from argosy.report import graph, plan_json
from argosy.report import plan as planned
from argosy.report.mermaid import mermaid
from argosy.report.plan_markdown import markdown
from compiler import forms
from compiler.explanation import explain
from compiler.outline import outline
from compiler.problems import Rejected
from compiler.project import Project, load_project
from compiler.render import compile_pipeline, tree
from gitops.plan import Review, plan
from tests.compiler import oracles
from tests.compiler.strategies import usage
from tests.compiler.strategies.projects import Example, examples

COUNT = int(os.environ.get("ARGOSY_RANDOM", "60"))
NOW = datetime(2026, 11, 25, tzinfo=UTC)
NAMES: tuple[forms.Name, ...] = ("project", "component", "pipeline")
MOST = 1000  # a few hundred use every key
ONCE = settings(
    max_examples=COUNT,
    derandomize=True,
    database=None,
    deadline=None,
    verbosity=Verbosity.quiet,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


@dataclass(repr=False)
class Drawn:
    """What became of all examples: manifests in `folder`, and what is wrong with any of them."""

    folder: Path
    refused: list[str] = field(default_factory=list)
    stumbled: list[str] = field(default_factory=list)
    count: int = 0

    def take(self, example: Example) -> None:
        self.count += 1
        root = self.folder / f"source-{self.count}"
        example.write(root)
        try:
            project = load_project(root)
        except Rejected as rejected:
            self.refused += [f"{root}: {problem}" for problem in rejected.problems]
            return
        trees = [self._rendered(project, name) for name in project.environments]
        try:
            if all(trees) and self.count % 3 == 1:
                self._describe(project, trees)
        except Exception:  # noqa: BLE001 - whatever it is, it is a fault
            self.stumbled.append(f"{root}: {traceback.format_exc()}")
        if not self.refused and not self.stumbled:
            shutil.rmtree(root)

    def _rendered(self, project: Project, environment: str) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for name in project.pipelines:
            try:
                found |= tree(project, name, environment, verified=True).files
            except Rejected as rejected:
                self.refused += [f"{project.root}: {problem}" for problem in rejected.problems]
        folder = self.folder / "manifests" / f"{self.count}-{environment}"
        for file, content in found.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return found

    def _describe(self, project: Project, trees: list[dict[str, bytes]]) -> None:
        """Say in words, pictures and tables what was rendered."""
        for name in project.pipelines:
            shape = outline(compile_pipeline(project, name, "dev").pipeline)
            assert graph.text(shape, 100)
            assert graph.as_json(shape)
            assert mermaid(shape)
            values = explain(project, name, "dev")
            assert explained.table(values, 100)
            assert explained.as_json(name, "dev", values)
        tariff = project.tariff(project.environment("dev"))
        for before, after in pairwise([{}, *trees]):
            found = plan(before, after, environment="dev", now=NOW, tariff=tariff)
            assert planned.text(found)
            review = Review("random", "", False, "", "0", (found,))
            assert markdown(plan_json.read(json.loads(plan_json.as_json(review))))


# what decides about publishing, and about no manifest
PUBLISHING = (
    *("/policy", "/suppress"),
    *(f"/environments/*/{key}" for key in ("freeze", "gitops/", "policy", "promotion")),
)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    found = Drawn(tmp_path_factory.mktemp("random"))
    ONCE(given(examples())(found.take))()
    return found


def test_every_one_is_taken(drawn: Drawn) -> None:
    assert drawn.count == COUNT
    assert not drawn.refused


def test_every_one_is_described(drawn: Drawn) -> None:
    assert not drawn.stumbled


def test_every_key_is_used() -> None:
    schemas: dict[forms.Name, usage.Schema] = {name: forms.load(name) for name in NAMES}
    missing = set[str]().union(*(usage.keys(schema) for schema in schemas.values()))
    missing = {key for key in missing if not key.startswith(PUBLISHING)}

    def none_is_missing(example: Example) -> bool:
        bodies = (example.project,), example.components.values(), example.pipelines.values()
        for schema, documents in zip(schemas.values(), bodies):
            missing.difference_update(*(usage.used(schema, body) for body in documents))
        return not missing

    with suppress(NoSuchExample):
        find(examples(), none_is_missing, settings=settings(ONCE, max_examples=MOST))
    assert not missing, "add it to tests/compiler/strategies"


def written(drawn: Drawn) -> list[Path]:
    return sorted((drawn.folder / "manifests").rglob("*.yaml"))


@pytest.mark.skipif(not oracles.has_argo(), reason="argo is not installed")
def test_argo_takes_all_of_them(drawn: Drawn, tmp_path: Path) -> None:
    assert not oracles.linted(written(drawn), tmp_path)


@pytest.mark.cluster
@pytest.mark.skipif("KUBECONFIG" not in os.environ, reason="needs KUBECONFIG")
def test_the_api_server_takes_all_of_them(drawn: Drawn) -> None:
    assert not oracles.dry_run(written(drawn))
