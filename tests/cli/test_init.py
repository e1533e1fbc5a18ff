"""`argosy init` as a new user types it: what it writes works at once, and loses nothing."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from argosy.scaffold import placement
from argosy.scaffold.content import Choice, files
from compiler.project import load_project
from gitops.git import execute
from tests.cli.conftest import Shop

ROOT = Path(__file__).parents[2]
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
MARK = ".argosy-init-"


@pytest.fixture
def place(tmp_path: Path) -> Shop:
    """A folder in which commands are typed; it is no project."""
    folder = tmp_path / "place"
    folder.mkdir()
    return Shop(folder)


def tree(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


def test_a_new_repository_works_at_once(place: Shop) -> None:
    ended = place.argosy("init", "shop")
    assert ended.status == 0, ended.err
    assert ended.out.endswith("✔ shop: 21 files written\n")
    assert "next: cd shop && git init -b main && git add -A" in ended.err
    shop = Shop(place.root / "shop")
    shop.commit("Begin")
    for command in (
        "validate",
        "render --env dev --verify",
        "render --env prod --verify",
        "plan --env prod",
        "publish --env dev",
        "publish --env prod",
        "run hello --env dev",
    ):
        ended = shop.argosy(*command.split())
        assert ended.status == 0, f"{command}\n{ended.out}{ended.err}"
    assert "registered shop-hello version 1" in ended.out
    assert not shop.git("status", "--porcelain"), "what commands leave is ignored by git"
    tests = [sys.executable, "-m", "unittest", "discover", "tests"]
    done = subprocess.run(tests, cwd=shop.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("ci", ["github", "gitlab", "none"])
@pytest.mark.parametrize("gitops", ["", "https://github.com/acme/deployments.git"])
def test_every_choice_is_whole(ci: str, gitops: str, tmp_path: Path) -> None:
    found = files(Choice("shop", ci, gitops, "@acme/ml"))
    for path, content in found.items():
        text = content.decode()
        # what a token of ours would have left; schemas hold patterns of all kinds
        left = re.findall(r"@[a-z-]+@", "" if path.endswith(".schema.json") else text)
        assert not left, f"{path}: {left}"
        assert text.endswith("\n"), path
        assert "\n\n\n" not in text or path.endswith(".py"), path
        if path.endswith((".yaml", ".yml")):
            yaml.safe_load(text)
        if path.endswith(".json"):
            json.loads(text)
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    project = load_project(tmp_path)
    assert project.pipelines == ("hello",)
    targets = [environment.gitops for environment in project.environments.values()]
    assert [bool(target) for target in targets] == [bool(gitops)] * 2


@pytest.mark.parametrize("gitops", ["", "https://github.com/acme/deployments.git"])
@pytest.mark.parametrize("tool", ["actionlint", "zizmor --offline --quiet --persona pedantic"])
def test_a_linter_finds_nothing_in_the_workflows(tool: str, gitops: str, tmp_path: Path) -> None:
    name, *options = tool.split()
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"{name} is not installed")
    chosen = {k: v for k, v in files(Choice("shop", "github", gitops)).items() if ".github/" in k}
    for path, content in chosen.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    execute(["init", "--quiet", str(tmp_path)], b"", {}, 30)  # by it actionlint knows the project
    places = [".github"] if name == "zizmor" else []
    command = [found, *options, *places]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_files_of_others_stay_and_equal_ones_are_kept(place: Shop) -> None:
    (place.root / "notes.txt").write_text("mine\n", "utf-8")
    (place.root / ".gitignore").write_bytes(files(Choice("place"))[".gitignore"])
    inode = (place.root / ".gitignore").stat().st_ino
    place.git("init", "-q")
    ended = place.argosy("init")
    assert ended.status == 0, ended.err
    assert "20 files written" in ended.out
    assert "git init" not in ended.err, "there is a repository already"
    assert (place.root / "notes.txt").read_text("utf-8") == "mine\n"
    assert (place.root / ".gitignore").stat().st_ino == inode
    again = place.argosy("init")
    assert (again.status, again.out) == (0, "✔ place: everything is there already\n")


def test_below_the_top_of_a_repository_no_ci_is_written_that_nobody_reads(place: Shop) -> None:
    place.git("init", "-q")
    ended = place.argosy("init", "ml")
    assert ended.status == 2
    assert "--ci none" in ended.err
    assert place.argosy("init", "ml", "--ci", "none").status == 0
    assert place.argosy("-C", "ml", "validate").status == 0


def test_what_is_merged_is_published_whatever_the_branch_is_called(place: Shop) -> None:
    place.git("init", "-q", "-b", "trunk")
    (place.root / "notes.txt").write_text("mine\n", "utf-8")
    place.commit()
    clone = Shop(place.root.parent / "clone")
    place.git("clone", "-q", str(place.root), str(clone.root))
    clone.git("switch", "-q", "-c", "feature")
    assert clone.argosy("init").status == 0
    workflow = clone.root / ".github" / "workflows" / "argosy-publish.yaml"
    assert "branches: [trunk]" in workflow.read_text("utf-8")
    assert place.argosy("init").status == 0, "the only branch that there is"
    workflow = place.root / ".github" / "workflows" / "argosy-publish.yaml"
    assert "branches: [trunk]" in workflow.read_text("utf-8")


def test_an_odd_name_of_a_branch_stays_one_name(place: Shop) -> None:
    place.git("init", "-q", "-b", "1.0,#x}")
    assert place.argosy("init").status == 0
    text = (place.root / ".github" / "workflows" / "argosy-publish.yaml").read_text("utf-8")
    assert yaml.safe_load(text)[True]["push"]["branches"] == ["1.0,#x}"]


@pytest.mark.parametrize("sync", ["flux", "argocd"])
def test_what_a_cluster_syncs_by_is_what_bootstrap_writes(place: Shop, sync: str) -> None:
    url = "https://github.com/acme/deployments.git"
    assert place.argosy("init", "new", "--sync", sync, "--gitops", url).status == 0
    checked = place.argosy(
        "-C", "new", "bootstrap", sync, *["--env", "dev", "--env", "prod", "--check"]
    )
    assert checked.status == 0, checked.out
    assert "| `bootstrap/` |" in (place.root / "new" / "README.md").read_text("utf-8")


def test_C09_nothing_is_written_where_a_file_differs(place: Shop) -> None:
    (place.root / "README.md").write_text("mine\n", "utf-8")
    (place.root / "tests").symlink_to("/nonexistent")
    before = names(place.root)
    ended = place.argosy("init")
    assert ended.status == 1
    assert ended.out.splitlines() == ["differs README.md", "differs tests/test_hello.py"]
    assert "nothing was written" in ended.err
    assert "--keep" in ended.err
    assert names(place.root) == before
    (place.root / "tests").unlink()
    kept = place.argosy("init", "--keep")
    assert kept.status == 0
    assert "kept README.md" in kept.out
    assert (place.root / "README.md").read_text("utf-8") == "mine\n"
    assert place.argosy("validate").status == 0


def test_a_project_that_is_there_is_given_what_is_around_it(shop: Shop) -> None:
    ended = shop.argosy("init")
    assert ended.status == 1
    assert "differs argosy.yaml\n" in ended.out
    before = tree(shop.root)
    assert shop.argosy("init", "--keep", "--gitops", "https://example.com/x.git").status == 2
    assert tree(shop.root) == before
    ended = shop.argosy("init", "--keep")
    assert ended.status == 0, ended.err
    after = tree(shop.root)
    assert {path: after[path] for path in before} == before
    assert not [path for path in after if path.startswith(("pipelines/hello/draw", "tests/"))]
    assert ".github/workflows/argosy-plan.yaml" in after
    assert "argosy.yaml:" not in ended.err
    assert ended.err.endswith("&& argosy doctor\n")


def test_a_project_inside_a_project_is_refused(shop: Shop) -> None:
    ended = shop.argosy("init", "deep/inside")
    assert ended.status == 2
    assert "inside the project of" in ended.err
    assert not (shop.root / "deep").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("--name Ünwise", "is no name of a project"),
        ("--owner acme", "is no user or team"),
        ("--gitops https://user:secret@example.com/x.git", "holds a login"),
        ("--gitops ext::sh", "scheme that is not supported"),
        ('--gitops https://example.com/"x', "is no address"),
        ("--sync flux", "what is the cluster to sync?"),
        ("--sync flux --gitops file:///x.git", "a cluster cannot read"),
        ("file/below", "file"),
    ],
)
def test_what_cannot_be_meant_is_refused(place: Shop, arguments: str, says: str) -> None:
    (place.root / "file").write_text("", "utf-8")
    ended = place.argosy("init", *arguments.split())
    assert ended.status in (2, 4)
    assert says in ended.err
    assert "secret" not in ended.err + ended.out
    assert names(place.root) == ["file"]


def test_a_name_comes_from_the_folder(place: Shop) -> None:
    assert place.argosy("init", "Größe & Co (2)").status == 0
    text = (place.root / "Größe & Co (2)" / "argosy.yaml").read_text("utf-8")
    assert "\nname: gr-e-co-2\n" in text


def test_S02_a_link_that_fails_takes_back_those_before_it(tmp_path: Path) -> None:
    stage, root = tmp_path / "stage", tmp_path / "root"
    paths = {"a/b/c": b"1", "d/e": b"2", "f": b"3"}
    for path, content in paths.items():
        (stage / path).parent.mkdir(parents=True, exist_ok=True)
        (stage / path).write_bytes(content)
    (root / "d").mkdir(parents=True)
    (root / "f").write_text("somebody was faster", "utf-8")
    with pytest.raises(FileExistsError):
        placement._link(stage, root, paths)
    assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*")) == ["d", "f"]
    assert (root / "f").read_text("utf-8") == "somebody was faster"


@pytest.mark.parametrize(
    ("origin", "line"),
    [
        ("", "argosy==0.1.0"),
        (
            '{"url": "https://git.example.com/argosy", "vcs_info": {"commit_id": "'
            + "a" * 40
            + '"}}',
            f"argosy @ git+https://git.example.com/argosy@{'a' * 40}",
        ),
        (
            '{"url": "file:///home/ada/argosy", "dir_info": {"editable": true}}',
            "argosy @ git+https://github.com/argosy-dev/argosy@v0.1.0",
        ),
    ],
    ids=["index", "git", "folder"],
)
def test_ci_installs_what_is_installed_here(place: Shop, origin: str, line: str) -> None:
    """As far as another machine can have it: PEP 610 says where an installation came from."""
    installed = place.root / "site" / "argosy-0.1.0.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: argosy\nVersion: 0.1.0\n")
    if origin:
        (installed / "direct_url.json").write_text(origin, "utf-8")
    paths = os.pathsep.join([str(installed.parent), str(ROOT)])
    assert place.argosy("init", "new", cwd=None, PYTHONPATH=paths).status == 0
    text = (place.root / "new" / ".github" / "argosy.txt").read_text("utf-8")
    assert text.splitlines()[-1] == line


def _started(place: Shop, *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "argosy", "init", *arguments],
        cwd=place.root,
        env=place.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_C09_killed_at_any_moment_a_new_folder_is_whole_or_not_there(place: Shop) -> None:
    whole = files(Choice("new"))
    for moment in range(12):
        process = _started(place, "new")
        time.sleep(0.04 * moment)
        process.kill()
        process.wait()
        if (place.root / "new").exists():
            assert tree(place.root / "new") == whole
            shutil.rmtree(place.root / "new")
    assert place.argosy("init", "new").status == 0
    assert names(place.root) == ["new"], "what the killed ones left is gone"


def test_C09_what_a_killed_one_began_in_a_folder_is_taken_back(place: Shop) -> None:
    """The state that a kill between two links leaves, made by hand."""
    (place.root / "notes.txt").write_text("mine\n", "utf-8")
    stage = place.root / f"{MARK}dead"
    for path, content in files(Choice("place")).items():
        (stage / path).parent.mkdir(parents=True, exist_ok=True)
        (stage / path).write_bytes(content)
    (stage / "README.md").write_text("of another version\n", "utf-8")
    for path in ("README.md", ".gitignore"):
        os.link(stage / path, place.root / path)
    ended = place.argosy("init")
    assert ended.status == 0, ended.err
    assert tree(place.root) == {**files(Choice("place")), "notes.txt": b"mine\n"}


def test_C09_a_signal_in_the_middle_ends_in_all_or_nothing(place: Shop) -> None:
    (place.root / "notes.txt").write_text("mine\n", "utf-8")
    for moment in range(12):
        process = _started(place)
        time.sleep(0.04 * moment)
        process.send_signal(signal.SIGTERM)
        process.wait()
        found = tree(place.root)
        left = {path for path in found if not path.startswith(MARK)} - {"notes.txt"}
        assert left in (set(), set(files(Choice("place"))))
    assert place.argosy("init").status == 0
    assert tree(place.root) == {**files(Choice("place")), "notes.txt": b"mine\n"}


@pytest.mark.parametrize("target", ["new", "."])
def test_S02_a_disk_that_fills_up_leaves_nothing(place: Shop, target: str) -> None:
    (place.root / "notes.txt").write_text("mine\n", "utf-8")

    def little() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    done = subprocess.run(
        [sys.executable, "-B", "-m", "argosy", "init", target],
        cwd=place.root,
        env=place.environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=little,
    )
    assert done.returncode == 4, done.stderr
    assert "nothing was changed" in done.stderr
    assert names(place.root) == ["notes.txt"]


def test_S03_a_folder_that_cannot_be_written_is_said(place: Shop) -> None:
    ended = place.argosy("init", "/proc/here")
    assert ended.status == 4
    assert "/proc" in ended.err


def test_two_at_once_write_one_repository(place: Shop) -> None:
    (place.root / "notes.txt").write_text("mine\n", "utf-8")
    processes = [_started(place) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert tree(place.root) == {**files(Choice("place")), "notes.txt": b"mine\n"}
