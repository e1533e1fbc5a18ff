"""Slim CI: whatever is edited, no pipeline that renders to something else is missed."""

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from argosy.cli import touched
from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import tree

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

from tests.cli.conftest import PIPELINE

ROUNDS = int(os.environ.get("ARGOSY_EDITS", "6"))
PROJECT = """\
apiVersion: argosy.dev/v1
kind: Project
name: slim
defaults: {image: "python:3.11", hardware: small}
hardware: {small: {cpu: 100m, memory: 64Mi}}
environments:
  dev: {namespace: ml-dev}
  prod: {namespace: ml-prod}
"""
COMPONENT = """\
apiVersion: argosy.dev/v1
kind: Component
name: NAME
version: 1
run: sh components/NAME/do.sh
"""
HEAD = "apiVersion: argosy.dev/v1\nkind: Pipeline\nname: NAME\nsteps:\n"
STEPS = (
    "  plain: {run: echo 1}\n",
    "  code: {run: python train.py}\n",
    "  one: {uses: one}\n",
    "  two: {uses: two}\n",
    "  calls: {pipeline: p0}\n",
    "  calls: {pipeline: p1}\n",
    "{% include 'shared/steps.yaml' %}\n",
    "{% include 'shared/' ~ env ~ '.yaml' %}\n",
    "{% include 'pipelines/p0/part.txt' %}\n",
    "{% if env == 'prod' %}{% include 'shared/nested.yaml' %}{% endif %}\n",
    "{% include 'shared/absent.yaml' ignore missing %}\n",
)
SHARED = {
    "steps.yaml": "  shared: {run: echo shared}\n",
    "dev.yaml": "  ours: {run: echo dev}\n",
    "prod.yaml": "  ours: {run: echo prod}\n",
    "nested.yaml": "{% include 'shared/leaf.yaml' %}\n",
    "leaf.yaml": "  leaf: {run: echo leaf}\n",
}


class World:
    """A random project in a repository, and what is done to it."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root, self.random = root, random.Random(seed)  # noqa: S311 - not for secrets
        self.write("argosy.yaml", PROJECT)
        for name, text in SHARED.items():
            self.write(f"shared/{name}", text)
        for name in ("one", "two"):
            self.write(f"components/{name}.yaml", COMPONENT.replace("NAME", name))
            self.write(f"components/{name}/do.sh", "echo do\n")
        self.write("pipelines/p0/part.txt", "  part: {run: echo part}\n")
        for number in range(9):
            self.pipeline(f"p{number}", callable_=number < 2)
        self.write(".gitignore", "*.data\n")
        self.git("init", "-q")
        self.commit()

    def pipeline(self, name: str, *, callable_: bool = False) -> None:
        known = STEPS[:4] if callable_ else STEPS
        chosen = self.random.sample(known, k=self.random.randint(1, 3))
        calls = [step for step in chosen if "calls" in step]
        steps = [STEPS[0], *(s for s in chosen if s not in (calls[1:], STEPS[0]))]
        self.write(f"pipelines/{name}/pipeline.yaml", HEAD.replace("NAME", name) + "".join(steps))
        self.write(f"pipelines/{name}/train.py", f"print('{name}')\n")
        self.write(f"pipelines/{name}/lib/more.py", "x = 1\n")

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        done = subprocess.run(["git", *identity, *arguments], cwd=self.root, capture_output=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode().strip()

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "state")
        return self.git("rev-parse", "HEAD")

    def render(self) -> dict[tuple[str, str], object]:
        """What each pipeline renders to in each environment, or that it does not."""
        try:
            project = load_project(self.root)
        except Rejected:
            return {}
        found: dict[tuple[str, str], object] = {}
        for environment in project.environments:
            for name in project.pipelines:
                try:
                    found[environment, name] = dict(tree(project, name, environment).files)
                except Rejected:
                    found[environment, name] = None
        return found

    def edit(self) -> str:
        """Do something to the project; return what."""
        chosen = self.random.choice(EDITS)
        chosen(self)
        return chosen.__name__

    def some(self, pattern: str) -> Path:
        return self.random.choice(sorted(self.root.glob(pattern)))


def _change_code(world: World) -> None:
    file = world.some("pipelines/*/**/*.py")
    file.write_text(file.read_text("utf-8") + "y = 2\n", "utf-8")


def _change_spec(world: World) -> None:
    file = world.some("pipelines/*/pipeline.yaml")
    file.write_text(file.read_text("utf-8").replace("echo 1", "echo 2"), "utf-8")


def _comment_spec(world: World) -> None:
    file = world.some("pipelines/*/pipeline.yaml")
    file.write_text(f"# said\n{file.read_text('utf-8')}", "utf-8")


def _change_component(world: World) -> None:
    file = world.some("components/*.yaml")
    file.write_text(file.read_text("utf-8").replace("run: sh", "run: sh -x"), "utf-8")


def _change_component_code(world: World) -> None:
    world.some("components/*/do.sh").write_text("echo done\n", "utf-8")


def _change_shared(world: World) -> None:
    file = world.some("shared/*.yaml")
    file.write_text(file.read_text("utf-8").replace("echo", "echo new"), "utf-8")


def _appear(world: World) -> None:
    world.write("shared/absent.yaml", "  appeared: {run: echo here}\n")


def _vanish(world: World) -> None:
    world.some("shared/*.yaml").unlink()


def _lose_code(world: World) -> None:
    world.some("pipelines/*/**/*.py").unlink()


def _ignored_code(world: World) -> None:
    (world.some("pipelines/*/") / "table.data").write_text("1\n", "utf-8")


def _noise(world: World) -> None:
    folder = world.some("pipelines/*/")
    (folder / "README.md").write_text("text\n", "utf-8")
    (folder / "__pycache__").mkdir(exist_ok=True)
    (folder / "__pycache__" / "x.pyc").write_bytes(b"1")


def _executable(world: World) -> None:
    world.some("pipelines/*/**/*.py").chmod(0o755)


def _line_ends(world: World) -> None:
    file = world.some("pipelines/*/**/*.py")
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    world.write(".gitattributes", "*.py text eol=lf\n")


def _link(world: World) -> None:
    file = world.some("pipelines/*/**/*.py")
    file.unlink()
    file.symlink_to("elsewhere.py")


def _new_pipeline(world: World) -> None:
    world.pipeline(f"n{world.random.randint(0, 99)}")


def _drop_pipeline(world: World) -> None:
    folder = world.some("pipelines/*/")
    for file in sorted(folder.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() and not file.is_symlink() else file.unlink()


def _change_project(world: World) -> None:
    edits = [("ml-dev", "ml-dev2"), ("100m", "200m"), ("name: slim", "# x\nname: slim")]
    old, new = world.random.choice(edits)
    file = world.root / "argosy.yaml"
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")


def _hidden_edit(world: World) -> None:
    """Change a file that git is told to take for unchanged."""
    file = world.some("pipelines/*/train.py")
    known = world.git("ls-files", str(file.relative_to(world.root)))
    if known:
        world.git("update-index", "--assume-unchanged", known)
        file.write_text("print('hidden')\n", "utf-8")


EDITS: tuple[Callable[[World], None], ...] = (
    _change_code, _change_spec, _comment_spec, _change_component, _change_component_code,
    _change_shared, _appear, _vanish, _lose_code, _ignored_code, _noise, _executable, _line_ends,
    _link, _new_pipeline, _drop_pipeline, _change_project, _hidden_edit,
)  # fmt: skip


def found_by(world: World, base: str, environment: str) -> touched.Touched:
    return touched.touched(load_project(world.root), base, [environment])


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_no_edit_goes_unseen_and_few_pipelines_are_compiled_for_nothing(
    tmp_path: Path, seed: int
) -> None:
    world = World(tmp_path, seed)
    base, before = world.git("rev-parse", "HEAD"), world.render()
    asked = compiled = 0
    for _ in range(3):
        edits = [world.edit() for _ in range(world.random.randint(1, 2))]
        after = world.render()
        if world.random.random() < 0.5:
            world.commit()
        for environment in ("dev", "prod"):
            names = {name for env, name in after if env == environment}
            differ = {n for n in names if before.get((environment, n)) != after[environment, n]}
            gone = {n for env, n in before if env == environment} - names
            found = found_by(world, base, environment)
            assert differ <= set(found.names), (edits, environment)
            assert gone == set(found.gone), (edits, environment)
            broken = {n for n in names if after[environment, n] is None}
            if "_change_project" not in edits:
                asked += len(found.names)
                compiled += len(differ | broken)
        world.git("add", "-Af")
        base, before = world.commit(), after
    assert asked <= compiled * 2 + 8, (asked, compiled)


def test_exactly_those_that_read_it(tmp_path: Path) -> None:
    world = World(tmp_path, 0)
    for name in ("p0", "p1"):
        world.write(f"pipelines/{name}/pipeline.yaml", HEAD.replace("NAME", name) + STEPS[0])
    steps = {"p2": STEPS[2], "p3": STEPS[3], "p4": STEPS[4], "p5": STEPS[6], "p6": STEPS[7],
             "p7": STEPS[9], "p8": STEPS[10]}  # fmt: skip
    for name, step in steps.items():
        text = HEAD.replace("NAME", name) + STEPS[0] + step
        world.write(f"pipelines/{name}/pipeline.yaml", text)
    base = world.commit()
    assert found_by(world, base, "dev") == touched.Touched((), ())
    cases: list[tuple[str, str, set[str], set[str]]] = [
        ("components/one.yaml", COMPONENT.replace("NAME", "one") + "# x\n", {"p2"}, {"p2"}),
        ("components/two/do.sh", "echo other\n", {"p3"}, {"p3"}),
        ("pipelines/p0/train.py", "other\n", {"p0", "p4"}, {"p0", "p4"}),
        ("pipelines/p0/lib/new.py", "new\n", {"p0", "p4"}, {"p0", "p4"}),
        ("shared/steps.yaml", "  other: {run: echo}\n", {"p5"}, {"p5"}),
        ("shared/dev.yaml", "  other: {run: echo}\n", {"p6"}, set()),
        ("shared/leaf.yaml", "  other: {run: echo}\n", set(), {"p7"}),
        ("shared/absent.yaml", "  other: {run: echo}\n", {"p8"}, {"p8"}),
        ("README.md", "words\n", set(), set()),
        ("argosy.yaml", f"# a comment\n{PROJECT}", set(), set()),
        ("argosy.yaml", PROJECT.replace("namespace: ml-prod", "namespace: other"), set(),
         {f"p{n}" for n in range(9)}),
    ]  # fmt: skip
    for path, text, dev, prod in cases:
        world.write(path, text)
        for environment, expected in (("dev", dev), ("prod", prod)):
            found = found_by(world, base, environment)
            assert set(found.names) == expected, (path, environment)
        world.git("clean", "-fdxq")
        world.git("checkout", "-q", "--", ".")


def test_what_is_gone_or_may_be_executed_counts(tmp_path: Path) -> None:
    world = World(tmp_path, 0)
    text = HEAD.replace("NAME", "p8") + STEPS[0] + STEPS[10]
    world.write("pipelines/p8/pipeline.yaml", text)
    world.write("shared/absent.yaml", "  other: {run: echo}\n")
    base = world.commit()
    (tmp_path / "shared/absent.yaml").unlink()
    (tmp_path / "pipelines/p3/train.py").chmod(0o755)
    (tmp_path / "pipelines/p4/lib/more.py").unlink()
    found = set(found_by(world, base, "dev").names)
    assert found >= {"p3", "p4", "p8"}
    assert "p5" not in found


def test_commands_take_only_what_a_change_touches(shop: "Shop") -> None:
    folder = shop.root / "pipelines" / "second"
    folder.mkdir()
    (folder / "pipeline.yaml").write_text(PIPELINE.replace("hello", "second"), "utf-8")
    base = shop.commit()
    nothing = shop.argosy("validate", "--changed-since", base)
    assert (nothing.status, nothing.out) == (0, f"✔ no pipeline is touched since {base}\n")
    nothing = shop.argosy("render", "--env", "dev", "--changed-since", base, "-o", "out")
    assert (nothing.status, nothing.out) == (0, f"✔ no pipeline is touched since {base}\n")
    shop.edit("echo again", "echo anew")
    told = shop.argosy("validate", "--changed-since", base)
    assert (told.status, told.out) == (0, "✔ 1 pipeline, 2 environments: no problems\n")
    rendered = shop.argosy("render", "--env", "dev", "--changed-since", base, "-o", "-")
    assert "shop//pipelines/hello" in rendered.out
    assert "shop//pipelines/second" not in rendered.out
    (folder / "pipeline.yaml").write_text("name: broken\n", "utf-8")
    assert shop.argosy("validate", "hello", "--changed-since", base).status == 0
    assert shop.argosy("validate", "--changed-since", base).status == 1
    assert shop.argosy("validate", "--changed-since", "nothing").status == 2
