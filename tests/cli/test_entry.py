"""The way in: help, mistakes in arguments, streams that break, and bugs of our own."""

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

COMMANDS = {
    "init": "write a new repository: a pipeline that runs, the project file, CI, editor settings",
    "doctor": "say what is missing here and outside, each with the command that mends it",
    "validate": "check pipelines and show every mistake with its place in the source",
    "render": "write the Argo manifests of an environment",
    "plan": "show what publishing would change",
    "comment": "write a plan as the one comment of its pull request",
    "publish": "commit the rendered manifests into the GitOps repository",
    "promote": "move what one environment holds to another: source revision, images and models",
    "rollback": "let an environment hold again what it held before, by its source",
    "history": "show what an environment held and when, from which source, by whom",
    "diff": "show how two environments differ beyond their names",
    "hold": "let nothing be published into an environment until it is resumed",
    "policy": "list the policies of each environment and what they find",
    "backfill": "run a pipeline for each interval of the past, by a file that is reviewed",
    "run": "run a pipeline on this machine, from the same manifests a cluster gets",
    "runs": "list the runs on this machine, newest first",
    "logs": "show what the steps of a run wrote",
    "why": "say why a step ran, was skipped, was tried again, failed, or waits",
    "stop": "end a run that goes on",
    "resume": "go on with a run whose engine died or was told to stop, or release an environment",
    "retry": "run again what failed in a run, and what waits for it",
    "approve": "let a step go on that waits for an answer",
    "reject": "let a step fail that waits for an answer",
    "clean": "remove runs, with their logs, artifacts and work folders",
    "report": "write what a run did as one page: graph, timeline, metrics, artifacts, logs, cost",
    "ui": "show all runs on a page of this machine, live, with what may be asked of them",
    "bootstrap": "write what an administrator commits, so that a cluster syncs environments",
    "drift": "compare what a cluster holds with what the GitOps repository says",
    "models": "list, show and compare model versions in MLflow",
    "graph": "draw the steps of a pipeline and what they wait for",
    "explain": "say what a code means, or where each value of a pipeline comes from",
    "schema": "print the JSON Schema of a file or of an output",
    "completion": "print what completes commands, options and names in a shell",
}


def _words(text: str) -> str:
    return " ".join(text.split())


def test_help_lists_exactly_the_commands(shop: "Shop") -> None:
    ended = shop.argosy("--help")
    listing = ended.out.split("\n  COMMAND\n")[1]
    expected = " ".join(f"{name} {text}" for name, text in COMMANDS.items())
    assert _words(listing) == expected
    assert ended.status == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself_with_examples(shop: "Shop", command: str) -> None:
    ended = shop.argosy(command, "--help")
    assert ended.status == 0
    assert _words(COMMANDS[command]).lower() in _words(ended.out).lower()
    assert ended.out.count(f"\n  argosy {command}") >= 2


def test_version(shop: "Shop") -> None:
    ended = shop.argosy("--version")
    assert (ended.status, ended.out) == (0, "argosy 0.1.0\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["vaildate"], "did you mean `argosy validate`?"),
        (["-C", "pipelines", "pubish"], "did you mean `argosy publish`?"),
        (["xyzzy"], "one of init, doctor, validate, render, plan"),
        (["render", "--evn", "dev"], "--evn"),
        (["render"], "add --env dev|prod"),
        (["render", "--env", "deb"], "did you mean `dev`?"),
        (["render", "hallo", "--env", "dev"], "did you mean `hello`?"),
        (["validate", "hallo"], "did you mean `hello`?"),
        (["schema", "pipelin"], "pipeline"),
        (["models", "show", "digits", "one"], "VERSION"),
        (["-C", "nowhere", "validate"], "-C nowhere: No such file or directory"),
        ([], "usage: argosy"),
    ],
)
def test_mistakes_on_the_command_line_exit_2(shop: "Shop", arguments: list[str], said: str) -> None:
    ended = shop.argosy(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err


def test_without_a_project_the_hint_says_how_to_name_one(shop: "Shop") -> None:
    ended = shop.argosy("validate", cwd=shop.root.parent)
    assert ended.status == 2
    assert "no argosy.yaml" in ended.err
    assert "argosy -C DIR" in ended.err


def test_the_project_is_found_upwards_and_by_c(shop: "Shop") -> None:
    assert shop.argosy("validate", cwd=shop.spec.parent).status == 0
    assert shop.argosy("-C", "shop/pipelines", "validate", cwd=shop.root.parent).status == 0


@pytest.mark.parametrize(
    "command", ["--help", "--version", "schema pipeline", "render --env dev -o -", "validate"]
)
def test_a_full_disk_behind_stdout_exits_4(shop: "Shop", command: str) -> None:
    ended = shop.shell(f"argosy {command} > /dev/full")
    assert ended.status == 4
    assert "stdout cannot be written: No space left on device" in ended.err


def test_a_reader_that_goes_away_is_no_fault(shop: "Shop") -> None:
    ended = shop.shell("argosy schema pipeline | head -n 1; exit ${PIPESTATUS[0]}")
    assert ended.status in (0, 141)
    assert (ended.out, ended.err) == ("{\n", "")


def test_closed_streams_are_no_fault(shop: "Shop") -> None:
    assert shop.shell("argosy validate <&- >&- 2>&-").status == 0
    assert shop.shell("argosy validate nothing >&- 2>&-").status == 2
    assert shop.shell("argosy validate 2>/dev/full").status == 0


def test_a_locale_without_our_marks_gets_plain_ones(shop: "Shop") -> None:
    ended = shop.argosy("validate", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert (ended.status, ended.out[:3]) == (0, "ok ")


def test_a_strange_package_of_the_same_name_is_named(shop: "Shop") -> None:
    (shop.root / "compiler.py").write_text("", "utf-8")
    ended = shop.argosy("validate")
    assert ended.status == 4
    assert f"the package `compiler` found here is not Argosy's ({shop.root}" in ended.err
    assert "environment of its own" in ended.err


def test_a_bug_is_reported_in_a_file_and_not_on_the_screen(shop: "Shop") -> None:
    script = "import sys; from argosy.cli import schema; schema.execute = None\n"
    script += "from argosy.cli.entry import main; sys.exit(main(['schema', 'pipeline']))"
    command = [sys.executable, "-c", script]
    process = subprocess.run(
        command, cwd=shop.root, env=shop.environment(), capture_output=True, check=False, text=True
    )
    assert process.returncode == 70
    assert "Traceback" not in process.stderr
    assert "this is a bug of Argosy: TypeError" in process.stderr
    (report,) = (shop.root / ".argosy").glob("crash-*.log")
    assert str(report) in process.stderr
    assert "Traceback" in report.read_text("utf-8")


def test_help_and_validate_import_nothing_heavy(shop: "Shop") -> None:
    script = (
        "import sys; from argosy.cli.entry import main; code = main(sys.argv[1:])\n"
        "heavy = {'git', 'gitops.git', 'hera', 'mlflow', 'pydantic', 'sqlalchemy', 'yaml'}\n"
        "print('loaded', *sorted(heavy & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    loaded = {}
    for command in ("--help", "validate"):
        process = subprocess.run(
            [sys.executable, "-c", script, command],
            cwd=shop.root,
            env=shop.environment(),
            capture_output=True,
            check=True,
            text=True,
        )
        loaded[command] = process.stderr.splitlines()[-1]
    assert loaded == {"--help": "loaded", "validate": "loaded yaml"}
