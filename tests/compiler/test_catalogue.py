"""Every code has an entry; what it calls wrong is wrong, at that place, and the rest is right."""

import ast
import codecs
from collections.abc import Iterator
from pathlib import Path

import pytest

from argosy.cli import policies, policy_gate
from argosy.engine.manifests import load
from argosy.engine.manifests.admission import admit
from compiler import catalogue
from compiler.catalogue import Block
from compiler.problems import Problem, Rejected
from compiler.project import Project, load_project
from compiler.render import validate

ROOT = Path(__file__).parents[2]
MANIFEST = "manifest.yaml"
TOO_LARGE = 1_100_000
# what an example leaves out, for it says only what it is about
HEADS = {
    "Pipeline": {
        "name": "p",
        "defaults": '{image: "python:3.12"}',
        "steps": "{x: {run: 'true'}}",
    },
    "Project": {"name": "t", "environments": "{dev: {namespace: d}}"},
}


def slugs() -> set[str]:
    """Every code that the source gives to a problem."""
    files = [*(ROOT / "compiler").rglob("*.py"), *(ROOT / "argosy/engine/manifests").glob("*.py")]
    trees = [ast.parse(path.read_text("utf-8")) for path in files]
    functions = {"Problem": 0} | {
        node.name: position
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for position, name in enumerate(a.arg for a in node.args.args if a.arg != "self")
        if name == "code" and ast.unparse(node.args.args[-1]) != "code"
    }
    return {slug for tree in trees for slug in _given(tree, functions)}


def _given(tree: ast.AST, functions: dict[str, int]) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).rpartition(".")[2]
        named = [k.value for k in node.keywords if k.arg == "code"]
        placed = node.args[functions.get(name, 0) :][:1] if name in functions else []
        for value in (*placed, *named):
            for constant in ast.walk(value):
                if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                    yield constant.value


def test_every_code_has_an_entry_and_every_entry_a_code() -> None:
    given, entries = slugs(), set(catalogue.numbers())
    hint = "add compiler/catalogue/AR…-SLUG.md, with the next free number of its group"
    assert not given - entries, f"no entry for {given - entries}: {hint}"
    assert not entries - given, f"no problem has the code {entries - given}: remove the entry"


def test_every_number_is_given_once() -> None:
    numbers = list(catalogue.numbers().values())
    assert sorted(numbers) == sorted(set(numbers))
    files = {path.suffix for path in (ROOT / "compiler/catalogue").iterdir() if path.is_file()}
    assert files == {".py", ".md"}


@pytest.mark.parametrize("slug", catalogue.numbers())
def test_an_entry_is_whole(slug: str) -> None:
    entry = catalogue.read(slug)
    text = (ROOT / f"compiler/catalogue/{entry.number}-{slug}.md").read_text("utf-8")
    assert text.startswith(f"# {entry.number} {slug}\n\n")
    assert entry.what.endswith(".")
    assert entry.wrong
    assert entry.right
    assert all(len(line) <= 100 for line in text.splitlines())


def written(folder: Path, blocks: tuple[Block, ...]) -> None:
    """Write the files of an example, and the heads that it leaves out."""
    files = {block.file for block in blocks}
    rest = {"argosy.yaml": "Project", "pipelines/p/pipeline.yaml": "Pipeline"}
    if any(file.startswith("pipelines/") and file.endswith("/pipeline.yaml") for file in files):
        del rest["pipelines/p/pipeline.yaml"]
    for block in blocks:
        rest.pop(block.file, None)
        path = folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        if block.form == "link":
            path.symlink_to(block.text.strip())
        else:
            path.write_bytes(content(block))
    for file, kind in rest.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(completed("", kind), "utf-8")


def content(block: Block) -> bytes:
    text = block.text
    if block.file == "argosy.yaml":
        text = completed(text, "Project")
    elif block.file.endswith("/pipeline.yaml"):
        text = completed(text, "Pipeline")
    if block.form == "escaped":
        return codecs.escape_decode(text.encode())[0]
    if block.form == "repeated":
        return text.encode() * (TOO_LARGE // len(text) + 1)
    return text.encode()


def completed(text: str, kind: str) -> str:
    """Put what is missing at the end, where it moves no line."""
    head = {"apiVersion": "argosy.dev/v1", "kind": kind, **HEADS[kind]}
    missing = [key for key in head if not any(n.startswith(f"{key}:") for n in text.split("\n"))]
    return text + "".join(f"{key}: {head[key]}\n" for key in missing)


def problems(folder: Path, blocks: tuple[Block, ...]) -> list[Problem]:
    written(folder, blocks)
    try:
        if blocks[0].file == MANIFEST:
            return list(admit(load(folder / MANIFEST), {}).warnings)
        project = load_project(folder)
        return [*validate(project), *judged(project)]
    except Rejected as rejected:
        return list(rejected.problems)


def judged(project: Project) -> list[Problem]:
    found = list(policies.check(project, tuple(project.environments)))
    for environment in project.environments.values() if not found else ():
        found += policy_gate.problems(policies.court(project, environment).judge())
    return found


def is_no_file(slug: str) -> bool:
    return any(block.language == "sh" for block in catalogue.read(slug).wrong)


EXAMPLES = [slug for slug in catalogue.numbers() if not is_no_file(slug)]


def test_few_codes_have_a_command_for_an_example() -> None:
    assert set(catalogue.numbers()) - set(EXAMPLES) == {"unknown-pipeline", "not" + "-argo"}


@pytest.mark.parametrize("slug", EXAMPLES)
def test_the_wrong_example_has_this_problem_alone(slug: str, tmp_path: Path) -> None:
    entry = catalogue.read(slug)
    found = problems(tmp_path, entry.wrong)
    assert [problem.code for problem in found] == [slug], found
    at = found[0].at
    places = [(block.file, *block.at) for block in entry.wrong if block.at]
    file = Path(at.file).name if entry.wrong[0].file == MANIFEST else at.file
    assert places in ([], [(file, at.line, at.column)]), found[0]


@pytest.mark.parametrize("slug", EXAMPLES)
def test_the_right_example_has_none(slug: str, tmp_path: Path) -> None:
    assert problems(tmp_path, catalogue.read(slug).right) == []


def test_numbers_and_slugs_are_found_in_either_case() -> None:
    assert catalogue.slug("ar301") == catalogue.slug("unknown-reference") == "unknown-reference"
    assert catalogue.slug("AR000") is None
