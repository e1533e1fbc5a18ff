"""A revision of the project: it is compiled as it was then, and leaves nothing behind."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from argosy.cli import revisions
from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import render, tree
from tests.cli.test_touched import HEAD, ROUNDS, STEPS, World

if TYPE_CHECKING:
    from compiler.project import Project
    from tests.cli.conftest import Shop


def test_a_revision_renders_to_what_it_rendered_to(shop: "Shop") -> None:
    first = shop.commit()
    project = load_project(shop.root)
    then = render(project, "dev")
    shop.edit("hello ${params.who}", "welcome ${params.who}")
    with revisions.at(project, first) as before:
        assert render(before, "dev").files == then.files
    assert render(project, "dev").files != then.files
    assert list((shop.root / ".argosy" / "revisions").iterdir()) == []


def rendered(project: "Project", name: str, environment: str) -> object:
    try:
        return dict(tree(project, name, environment).files)
    except Rejected as rejected:
        return [str(problem) for problem in rejected.problems]


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_some_pipelines_of_a_revision_are_what_they_are_among_all(
    tmp_path: Path, seed: int
) -> None:
    world = World(tmp_path, seed)
    for _ in range(3):
        world.edit()
    world.git("add", "-Af")
    then = world.commit()
    project = load_project(tmp_path)
    few = world.random.sample(project.pipelines, 3)
    for names in [*({name} for name in few), {"p0", *few}, {"absent"}, set[str]()]:
        with revisions.at(project, then) as whole, revisions.at(project, then, names) as some:
            assert names & {*whole.pipelines} <= {*some.pipelines} <= {*whole.pipelines}
            for name in names & {*whole.pipelines}:
                assert rendered(some, name, "prod") == rendered(whole, name, "prod")


def test_no_more_of_a_revision_is_written_than_is_read(tmp_path: Path) -> None:
    world = World(tmp_path, 0)
    steps = {"p2": STEPS[1], "p3": STEPS[2], "p4": STEPS[6], "p5": STEPS[4]}
    for name, step in steps.items():
        text = HEAD.replace("NAME", name) + STEPS[0] + step
        world.write(f"pipelines/{name}/pipeline.yaml", text)
    (tmp_path / "pipelines/p6/link.py").symlink_to("../p1/train.py")
    then = world.commit()
    project = load_project(tmp_path)
    with revisions.at(project, then, {"p2"}) as alone:
        assert alone.pipelines == ("p2",)
        assert {path.name for path in alone.root.iterdir()} == {"argosy.yaml", "pipelines"}
        assert (alone.root / "pipelines/p2/lib/more.py").is_file()
    for name in ("p3", "p4", "p5", "p6"):
        with revisions.at(project, then, {name}) as whole:
            assert whole.pipelines == project.pipelines
            assert (whole.root / "shared/leaf.yaml").is_file()
