"""The house: imports go one way, one library has one adapter, nothing outgrows its room."""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = {"compiler": 0, "gitops": 1, "argosy": 2}
ADAPTERS = {
    "jinja2": ("compiler/rendering.py", "compiler/sandbox.py", "compiler/marks.py"),
    "jsonschema_rs": ("compiler/schema.py", "compiler/patterns.py", "compiler/policy/shape.py"),
    "hera": ("compiler/argo_models.py",),
    "pydantic": ("compiler/argo_models.py",),
    "pydantic_core": ("compiler/argo_models.py", "compiler/verify.py"),
    "git": ("gitops/git.py",),
    "mlflow": ("argosy/models/store.py", "argosy/models/register.py", "argosy/models/compare.py"),
    "sqlalchemy": ("argosy/models/store.py", "argosy/models/register.py"),
}
HEAVY = (
    "hera",
    "mlflow",
    "git",
    "sqlalchemy",
    "jinja2",
    "jsonschema_rs",
    "pydantic",
    "pydantic_core",
)
FORBIDDEN = ("utils", "helpers", "manager", "base", "core", "common", "misc")


def modules() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def checked_only(tree: ast.Module) -> set[int]:
    """The lines that only a type checker reads."""
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_keeps_to_its_room(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    room = ROOMS[name.split("/")[0]]
    for module in imports(tree):
        top = module.split(".")[0]
        assert ROOMS.get(top, 0) <= room, f"{name} imports {module}, against the layers"
        if top in ADAPTERS and not name.startswith("argosy/models/"):
            assert name in ADAPTERS[top], f"{name} imports {module}; its adapter is {ADAPTERS[top]}"
    skipped = checked_only(tree)
    at_top = [n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)]
    for node in at_top:
        for module in imports(ast.Module([node], [])):
            heavy = module.split(".")[0] in HEAVY and node.lineno not in skipped
            assert not heavy, f"{name} imports {module} at its top: every command would pay for it"
    assert not set(path.stem.split("_")) & set(FORBIDDEN), f"{name} has a name that says nothing"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_stays_small(path: Path) -> None:
    text = path.read_text("utf-8")
    assert code_lines(text) <= 300, f"{path.name} has {code_lines(text)} lines of code"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 60, f"{path.name}: {node.name} has {length} lines"


def code_lines(text: str) -> int:
    lines: set[int] = set()
    skipped = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in skipped:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_only_the_command_line_prints_and_exits(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    if name.startswith("argosy/cli/") or name == "argosy/__main__.py":
        return
    calls = [
        ast.unparse(n.func)
        for n in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(n, ast.Call)
    ]
    assert not {"print", "sys.exit", "exit", "quit", "os._exit"} & set(calls)


def test_the_compiler_reads_no_clock_and_no_environment() -> None:
    for path in (ROOT / "compiler").rglob("*.py"):
        found = set(imports(ast.parse(path.read_text("utf-8"))))
        impure = {"time", "random", "socket", "subprocess", "urllib", "locale", "uuid"}
        assert not found & impure, f"{path.name} imports {found & impure}"
        text = path.read_text("utf-8")
        asked = re.findall(r"date(?:time)?\.(?:now|today|utcnow)\b", text)
        assert not asked, f"{path.name} asks the clock: {asked}"
        assert "environ" not in path.read_text("utf-8").replace('os.environ[\\"', "").replace(
            'os.environ["ARGOSY_TYPES"]', ""
        ).replace("os.environ[variable]", "").replace("environment", ""), path.name


def test_every_import_is_a_declared_dependency() -> None:
    allowed = {*sys.stdlib_module_names, *ROOMS, *ADAPTERS, "yaml"}
    for path in modules():
        for module in imports(ast.parse(path.read_text("utf-8"))):
            assert module.split(".")[0] in allowed, f"{path}: {module}"
