"""The memory of renderings is never wrong, whatever is done to the files between two of them."""

import os
import shutil
import sqlite3
import stat
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import compiler
from argosy.cache.rendering import rendering
from compiler import forms, inputs, render
from compiler.problems import Rejected
from compiler.project import load_project

PROJECT = """apiVersion: argosy.dev/v1
kind: Project
name: t
hardware: {small: {cpu: 100m}}
environments: {dev: {namespace: d}, prod: {namespace: p}}
"""
SPEC = """apiVersion: argosy.dev/v1
kind: Pipeline
name: NAME
defaults: {image: "img:1", hardware: small}
steps:
  a: {run: 'echo 1'}
{% include 'shared/more.yaml' %}
{% include 'shared/maybe.yaml' ignore missing %}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = tmp_path / "project"
    for name in ("p", "q"):
        folder = root / "pipelines" / name
        (folder / "lib").mkdir(parents=True)
        (folder / "pipeline.yaml").write_text(SPEC.replace("NAME", name))
        (folder / "train.py").write_text("print(1)\n")
        (folder / "lib" / "tool.py").write_text("print(2)\n")
    (root / "shared").mkdir()
    (root / "shared/more.yaml").write_text("  b: {run: 'echo 2'}\n")
    (root / "argosy.yaml").write_text(PROJECT)
    settle()
    return root


def settle() -> None:
    """Let files grow old enough for their times to be trusted."""
    time.sleep(0.03)


def fresh(root: Path, environment: str = "dev") -> dict[str, bytes] | str:
    try:
        return dict(render.render(load_project(root), environment))
    except Rejected as rejected:
        return repr(rejected.problems)


def cached(root: Path, environment: str = "dev") -> tuple[dict[str, bytes] | str, int]:
    """Return what a rendering with a memory gives, and how many pipelines it compiled."""
    try:
        with rendering(load_project(root), environment) as found:
            tree = dict(found.tree(()))
        return tree, len(found.compiled)
    except Rejected as rejected:
        return repr(rejected.problems), -1


HOOKS: list[Callable[[str, tuple[object, ...]], None]] = []
sys.addaudithook(lambda event, arguments: [hook(event, arguments) for hook in HOOKS] and None)


class watching:  # noqa: N801 - reads as a word in `with`
    """Call a function with each audit event of the interpreter meanwhile."""

    def __init__(self, hook: Callable[[str, tuple[object, ...]], None]) -> None:
        self.hook = hook

    def __enter__(self) -> None:
        HOOKS.append(self.hook)

    def __exit__(self, *_error: object) -> None:
        HOOKS.remove(self.hook)


def rewrite(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Return an edit that leaves size and times as they were, as far as a user can."""

    def change(root: Path) -> None:
        before = (root / file).stat()
        text = (root / file).read_text()
        assert old in text
        (root / file).write_text(text.replace(old, new))
        os.utime(root / file, ns=(before.st_atime_ns, before.st_mtime_ns))

    return change


def swap(root: Path) -> None:
    """Put another file of the same size and times in the place of one."""
    spec = root / "pipelines/p/pipeline.yaml"
    other = root / "other"
    shutil.copy2(spec, other)
    other.write_text(spec.read_text().replace("echo 1", "echo 9"))
    shutil.copystat(spec, other)
    other.replace(spec)


def link(root: Path) -> None:
    code = root / "pipelines/p/train.py"
    code.rename(root / "train.py")
    code.symlink_to(root / "train.py")


def grow(root: Path) -> None:
    (root / "pipelines/p/lib/new.py").write_text("")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a spec": rewrite("pipelines/p/pipeline.yaml", "echo 1", "echo 3"),
    "a text that is included": rewrite("shared/more.yaml", "echo 2", "echo 4"),
    "code": rewrite("pipelines/p/train.py", "print(1)", "print(7)"),
    "code further down": rewrite("pipelines/p/lib/tool.py", "print(2)", "print(7)"),
    "the project": rewrite("argosy.yaml", "cpu: 100m", "cpu: 200m"),
    "a file in the place of another": swap,
    "a file more": grow,
    "a file less": lambda root: (root / "pipelines/p/lib/tool.py").unlink(),
    "a file's name": lambda root: (root / "pipelines/p/train.py").rename(
        root / "pipelines/p/trait.py"
    ),
    "a file's mode": lambda root: (root / "pipelines/p/train.py").chmod(0o755),
    "a file that is a link now": link,
    "a file that was looked for in vain": lambda root: (root / "shared/maybe.yaml").write_text(
        "  c: {run: 'true'}\n"
    ),
    "a mistake": rewrite("pipelines/p/pipeline.yaml", "run:", "rum:"),
    "a pipeline less": lambda root: shutil.rmtree(root / "pipelines/p"),
    "nothing": lambda _root: None,
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("settled", [True, False])
def test_a_change_is_seen(name: str, settled: bool, root: Path) -> None:
    assert cached(root)[0] == fresh(root)
    assert cached(root)[0] == fresh(root)
    if settled:
        settle()
    before = fresh(root)
    CHANGES[name](root)
    after = fresh(root)
    assert (before == after) == (name == "nothing")
    assert cached(root)[0] == after
    assert cached(root)[0] == after


def test_only_what_changed_is_compiled_again(root: Path) -> None:
    assert cached(root)[1] == 2
    assert cached(root)[1] == 0
    CHANGES["a spec"](root)
    settle()
    assert cached(root)[1] == 1
    assert cached(root)[1] == 0
    assert cached(root, "prod")[1] == 2
    assert cached(root, "prod")[0] == fresh(root, "prod")
    assert cached(root)[1] == 0
    CHANGES["a text that is included"](root)
    assert cached(root)[1] == 2


def test_a_file_that_changes_while_it_is_read_is_not_remembered(root: Path) -> None:
    spec = root / "pipelines/p/pipeline.yaml"

    def change(event: str, arguments: tuple[object, ...]) -> None:
        if event == "os.scandir" and str(arguments[0]).endswith("pipelines/p"):
            HOOKS.remove(change)
            spec.write_text(spec.read_text().replace("echo 1", "echo 5"))
            HOOKS.append(change)

    with watching(change), rendering(load_project(root), "dev") as found:
        assert b"echo 1" in b"".join(dict(found.tree(())).values())
    settle()
    assert cached(root)[0] == fresh(root)


def test_all_that_is_opened_is_noted(root: Path) -> None:
    """The memory knows every input: what the interpreter opens, the compiler says it read."""
    project, opened = load_project(root), set[str]()

    def collect(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("open", "os.scandir", "os.listdir"):
            opened.add(str(arguments[0]))

    for name in project.pipelines:
        opened.clear()
        with watching(collect), inputs.observed() as noted:
            render.tree(project, name, "dev")
        inside = {path for path in opened if path.startswith(str(root))}
        assert inside - noted == set()
        assert f"{root}/pipelines/{name}/pipeline.yaml" in inside


def databases(root: Path) -> Iterator[Path]:
    yield from (root.parent / "cache/argosy/render").glob("*.db")


def test_it_may_be_deleted_damaged_or_lie_where_nothing_can_be_written(root: Path) -> None:
    expected = fresh(root)
    assert cached(root)[0] == expected
    for database in databases(root):
        for beside in database.parent.glob(f"{database.name}-*"):
            beside.unlink()
        database.write_bytes(b"SQLite format 3\0" + b"no database" * 500)
    assert cached(root)[0] == expected
    assert cached(root)[1] == 0
    shutil.rmtree(root.parent / "cache")
    assert cached(root)[0] == expected
    shutil.rmtree(root.parent / "cache")
    (root.parent / "cache").write_text("a file, not a folder")
    assert cached(root) == (expected, 2)


def test_a_content_that_is_lost_or_damaged_is_compiled_again(root: Path) -> None:
    expected = fresh(root)
    assert cached(root)[0] == expected
    for damage in ("UPDATE content SET body = x'00'", "DELETE FROM content"):
        for database in databases(root):
            connection = sqlite3.connect(database)
            with connection:
                connection.execute(damage)
            connection.close()
        assert cached(root)[0] == expected


def test_a_repository_cannot_bring_a_memory_of_its_own(root: Path) -> None:
    cached(root)
    inside = [path for path in root.rglob("*") if path.suffix == ".db"]
    assert inside == []
    folder = next(databases(root)).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_another_tool_does_not_believe_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cached(root)[1] == 2
    monkeypatch.setattr("argosy.cache.rendering.__version__", "9.9.9")
    assert cached(root)[1] == 2
    assert cached(root)[1] == 0


def test_another_schema_does_not_believe_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a checkout the schemas lie beside the compiler, and are worked on like its code."""
    schemas = root.parent / "schemas"
    shutil.copytree(forms.folder(), schemas)
    monkeypatch.setattr("compiler.forms.folder", lambda: schemas)
    assert cached(root)[1] == 2
    assert cached(root)[1] == 0
    schema = schemas / "pipeline.schema.json"
    schema.write_text(schema.read_text() + "\n")
    assert cached(root)[1] == 2


def test_what_python_writes_when_it_imports_is_not_forgotten_for(root: Path) -> None:
    assert cached(root)[1] == 2
    leftover = Path(str(compiler.__file__)).parent / "__pycache__" / "zz-not-a-module.pyc"
    leftover.parent.mkdir(exist_ok=True)
    try:
        leftover.write_bytes(b"")
        assert cached(root)[1] == 0
    finally:
        leftover.unlink()
