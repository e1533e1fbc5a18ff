"""`argosy doctor` where something is really broken: each finding names it and what mends it."""

import json
import os
import random
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from argosy.doctor.examination import Check, examine
from argosy.doctor.finding import Finding, fine
from argosy.doctor.workflows import workflows
from argosy.scaffold.content import Choice, files
from tests.cli.conftest import Ended, Shop
from tests.gitops.servers import Open
from tests.hosts import github_api
from tests.hosts.server import TOKEN, Forge, serving
from tests.servers import Quiet, listening

ROOT = Path(__file__).parents[2]
Serve = Callable[..., str]
CANARY = "s3cr3t-canary"


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server that answers everything alike; return `127.0.0.1:PORT`."""
    with ExitStack() as stack:

        def start(*answer: Any, **more: Any) -> str:
            return f"127.0.0.1:{stack.enter_context(listening(_handler(*answer, **more)))}"

        yield start


@pytest.fixture
def http() -> Iterator[Callable[[Path], str]]:
    """Serve a bare repository by git's own server; return `127.0.0.1:PORT/FOLDER/NAME`."""
    with ExitStack() as stack:

        def start(path: Path) -> str:
            handler = type("Handler", (Open,), {"root": path.parents[1]})
            port = stack.enter_context(listening(handler))
            return f"127.0.0.1:{port}/{path.parent.name}/{path.name}"

        yield start


def _handler(status: int, text: str, ahead: float = 0.0) -> type[BaseHTTPRequestHandler]:
    class Handler(Quiet):
        def _answer(self) -> None:
            self.send_response_only(status)
            self.send_header("Date", formatdate(time.time() + ahead, usegmt=True))
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else text.encode())

        do_GET = do_POST = do_HEAD = _answer  # noqa: N815 - the names are inherited

    return Handler


def examined(shop: Shop, *arguments: str, **env: str) -> tuple[Ended, dict[str, list[Any]]]:
    """Return how it ended, and check → findings, held against the schema."""
    ended = shop.argosy("doctor", "--json", *arguments, cwd=None, **env)
    data = json.loads(ended.out)
    schema = json.loads((ROOT / "schemas" / "doctor.schema.json").read_text("utf-8"))
    jsonschema_rs.validate(schema, data)
    assert data["exit_code"] == ended.status
    found: dict[str, list[Any]] = {}
    for one in data["findings"]:
        assert one["fix"] or one["state"] in ("fine", "note"), one
        found.setdefault(one["check"], []).append(one)
    return ended, found


def published_to(shop: Shop, repository: str, mlflow: str = "") -> None:
    more = f", mlflow: {{uri: {json.dumps(mlflow)}}}" if mlflow else ""
    target = f"gitops: {{repository: {json.dumps(repository)}}}"
    shop.edit("dev: {namespace: ml-dev}", f"dev: {{namespace: ml-dev, {target}{more}}}",
              shop.root / "argosy.yaml")  # fmt: skip
    shop.commit()


def bare(shop: Shop) -> Path:
    path = shop.root.parent / "gitops.git"
    shop.git("init", "-q", "--bare", "-b", "main", str(path))
    return path


def program(folder: Path, name: str, script: str) -> dict[str, str]:
    """Put a program of this name first on the path."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)
    return {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def test_what_is_fine_is_said_and_ends_with_0(shop: Shop) -> None:
    shop.commit()
    ended, found = examined(shop)
    assert ended.status == 0, ended.out
    assert {"tool", "git", "disk", "source", "project", "gitops", "mlflow"} <= set(found)
    words = shop.argosy("doctor", "--env", "prod")
    assert "✔ git: git " in words.out
    assert "prod:\n  ✔ gitops:" in words.out
    assert "dev:" not in words.out


def test_nothing_is_left_behind(shop: Shop) -> None:
    published_to(shop, f"file://{bare(shop)}")
    before = sorted(shop.root.rglob("*"))
    assert shop.argosy("doctor", cwd=None).status == 0
    assert sorted(shop.root.rglob("*")) == before


def test_outside_a_project_the_machine_is_looked_at(tmp_path: Path) -> None:
    ended, found = examined(Shop(tmp_path))
    assert ended.status == 0
    assert found["project"][0]["fix"] == "argosy init"
    assert Shop(tmp_path).argosy("doctor", "--env", "dev").status == 2


def test_an_old_git_is_named(shop: Shop, tmp_path: Path) -> None:
    shop.commit()
    git = shutil.which("git")
    old = f'[ "$1" = --version ] && echo git version 2.30.2 && exit\nexec {git} "$@"'
    ended, found = examined(shop, **program(tmp_path / "bin", "git", old))
    assert ended.status == 1
    assert found["git"][0]["message"] == "git 2.30.2 is too old: 2.34 or newer is needed"


def test_without_git_it_is_said_how_to_get_it(shop: Shop) -> None:
    ended, found = examined(shop, PATH=str(Path(sys.executable).parent / "nowhere"))
    assert ended.status == 1
    assert "not installed" in found["git"][0]["message"]


def test_a_broken_project_file_is_a_finding(shop: Shop) -> None:
    (shop.root / "argosy.yaml").write_text("kind: Nothing\n", "utf-8")
    ended, found = examined(shop)
    assert ended.status == 1
    assert found["project"][0]["fix"] == "argosy validate"


def test_who_commits_is_asked_of_git(shop: Shop) -> None:
    shop.commit()
    shop.git("config", "user.name", "Ada")
    _, found = examined(shop, GIT_AUTHOR_NAME="", GIT_AUTHOR_EMAIL="")
    assert [one["fix"] for one in found["identity"]] == [
        'git config --global user.email "ada@example.com"'
    ]


def test_a_cut_history_is_named(shop: Shop, tmp_path: Path) -> None:
    shop.commit()
    shop.edit("echo again", "echo twice")
    shop.commit()
    clone = tmp_path / "clone"
    shop.git("clone", "-q", "--depth=1", f"file://{shop.root}", str(clone))
    ended, found = examined(Shop(clone))
    assert ended.status == 1
    assert "git fetch --unshallow" in found["source"][0]["fix"]


def test_a_push_is_tried_and_changes_nothing(shop: Shop) -> None:
    path = bare(shop)
    published_to(shop, str(path))
    _, empty = examined(shop, "--env", "dev")
    assert [one["state"] for one in empty["gitops"]] == ["note", "fine"]
    assert shop.argosy("publish", "--env", "dev").status == 0
    before = shop.git("-C", str(path), "for-each-ref")
    _, found = examined(shop, "--env", "dev")
    assert [one["state"] for one in found["gitops"]] == ["fine", "fine"]
    assert shop.git("-C", str(path), "for-each-ref") == before
    assert shop.git("-C", str(path), "count-objects", "-v").count("\n")


def test_a_server_without_atomic_pushes_is_named(shop: Shop) -> None:
    path = bare(shop)
    shop.git("-C", str(path), "config", "receive.advertiseAtomic", "false")
    published_to(shop, str(path))
    ended, found = examined(shop, "--env", "dev")
    assert ended.status == 0
    assert "several refs at once" in found["gitops"][1]["message"]


def test_a_repository_that_may_only_be_read_is_named(
    shop: Shop, http: Callable[[Path], str]
) -> None:
    path = bare(shop)
    shop.git("-C", str(path), "config", "http.receivepack", "false")
    published_to(shop, f"http://{http(path)}")
    ended, found = examined(shop, "--env", "dev")
    assert ended.status == 1
    assert "cannot be written" in found["gitops"][1]["message"]


def test_a_host_that_does_not_answer_may_in_a_moment(shop: Shop) -> None:
    published_to(shop, "http://127.0.0.1:9/gitops.git")
    ended, found = examined(shop, "--env", "dev")
    assert ended.status == 4
    assert "unreachable" in found["gitops"][0]["message"]


def test_a_repository_that_is_not_there_is_named(shop: Shop) -> None:
    published_to(shop, str(shop.root.parent / "nowhere.git"))
    ended, found = examined(shop, "--env", "dev")
    assert ended.status == 1
    assert "there is no repository" in found["gitops"][0]["message"]


@pytest.mark.parametrize(
    ("status", "text", "code", "says"),
    [
        (200, '{"experiments": []}', 0, "answers"),
        (403, "Invalid Host header - possible DNS rebinding attack detected", 1, "--allowed-hosts"),
        (401, "You are not authenticated", 1, "MLFLOW_TRACKING_USERNAME"),
        (200, "<html>a portal</html>", 1, "is not MLflow"),
        (404, "not found", 1, "is not MLflow"),
        (502, "bad gateway", 4, "fails (502)"),
    ],
)
def test_mlflow_is_asked_as_a_client_would(
    shop: Shop, serve: Serve, status: int, text: str, code: int, says: str
) -> None:
    published_to(shop, str(bare(shop)), f"http://ada:{CANARY}@{serve(status, text)}")
    ended, found = examined(shop, "--env", "dev")
    assert ended.status == code
    assert says in str(found["mlflow"])
    assert CANARY not in ended.out + ended.err


def test_a_dead_mlflow_may_be_back_in_a_moment(shop: Shop) -> None:
    published_to(shop, str(bare(shop)), f"http://ada:{CANARY}@127.0.0.1:9")
    ended, found = examined(shop, "--env", "dev")
    assert ended.status == 4
    assert found["mlflow"][0]["state"] == "unreachable"
    assert CANARY not in ended.out + ended.err


def test_a_name_of_the_cluster_is_no_mistake(shop: Shop) -> None:
    published_to(shop, str(bare(shop)), "http://mlflow.argosy-test.svc:5000")
    ended, found = examined(shop, "--env", "dev")
    assert ended.status == 0, ended.out
    assert "kubectl run" in found["mlflow"][0]["fix"]


@pytest.mark.parametrize(("ahead", "way"), [(3600, "behind"), (-3600, "ahead of")])
def test_a_clock_that_is_wrong_is_named(shop: Shop, serve: Serve, ahead: float, way: str) -> None:
    published_to(shop, str(bare(shop)), f"http://{serve(200, '{}', ahead)}")
    ended, found = examined(shop, "--env", "dev")
    assert ended.status == 1
    assert f" s {way} that of 127.0.0.1" in found["clock"][0]["message"]


def test_a_cluster_that_hangs_is_left_behind(shop: Shop, tmp_path: Path) -> None:
    shop.commit()
    hang = '[ "$2" = config ] && echo far && exit\nexec sleep 60'
    started = time.monotonic()
    path = program(tmp_path / "bin", "kubectl", hang)
    ended, found = examined(shop, **path)
    assert ended.status == 4
    assert "did not end within 8 s" in found["cluster"][0]["message"]
    assert found["mlflow"][0]["state"] == "fine"
    assert time.monotonic() - started < 40


def test_a_cluster_that_refuses_is_told_in_its_words(shop: Shop, tmp_path: Path) -> None:
    shop.commit()
    script = '[ "$2" = config ] && echo far && exit\necho "The connection was refused" >&2; exit 1'
    ended, found = examined(shop, **program(tmp_path / "bin", "kubectl", script))
    assert ended.status == 4
    assert "context far does not answer: The connection was refused" in str(found["cluster"])


def test_nothing_secret_is_told(shop: Shop, http: Callable[[Path], str]) -> None:
    path = bare(shop)
    shop.git("-C", str(path), "config", "http.receivepack", "false")
    published_to(shop, f"http://bob:{CANARY}@{http(path)}")
    hidden = {"ARGOSY_GIT_TOKEN": CANARY, "GIT_TRACE": "1", "GIT_CURL_VERBOSE": "1"}
    ended, _ = examined(shop, "--env", "dev", **hidden)
    assert CANARY not in ended.out + ended.err
    ended = shop.argosy("doctor", cwd=None, **hidden)
    assert CANARY not in ended.out + ended.err


def test_checks_run_side_by_side_and_none_hangs_the_others() -> None:
    def slow() -> Iterator[Finding]:
        time.sleep(30)
        yield fine("never")

    checks = [Check("a", slow), Check("b", slow), Check("c", lambda: [fine("at once")])]
    started = time.monotonic()
    found = list(examine(checks, limit=0.5))
    assert [one.state for one in found] == ["unreachable", "unreachable", "fine"]
    assert time.monotonic() - started < 15


def test_a_bug_in_a_check_is_not_hidden() -> None:
    def broken() -> Iterator[Finding]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(examine([Check("a", broken)]))


WORKFLOW = """\
on: {trigger}
jobs:
  publish:
    steps:
      - uses: actions/checkout@{pin}
        with: {{fetch-depth: {depth}, persist-credentials: {kept}}}
      - run: argosy publish --env dev {more}
"""
PIN = "de0fac2e4500dabe0009e67214ff5f5447ce83dd"


@pytest.mark.parametrize(
    ("change", "state", "says"),
    [
        ({"depth": "1"}, "wrong", ":5: the order of commits"),
        ({"kept": "true"}, "note", ":5: the token stays"),
        ({"pin": "v6"}, "note", ":5: actions/checkout@v6 is whatever"),
        ({"trigger": "[push, pull_request_target]"}, "wrong", "a stranger's code"),
        (
            {
                "trigger": "workflow_run",
                "kept": "false, ref: '${{ github.event.workflow_run.id }}'",
            },
            "wrong",
            "a stranger's code",
        ),
        ({"more": "${{ github.event.pull_request.title }}"}, "wrong", ":7: what others write"),
    ],
)
def test_a_workflow_that_is_wrong_is_named(
    tmp_path: Path, change: dict[str, str], state: str, says: str
) -> None:
    right = {"trigger": "push", "pin": PIN, "depth": "0", "kept": "false", "more": ""}
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_text(WORKFLOW.format(**right), "utf-8")
    assert [one.state for one in workflows(tmp_path)] == ["fine"]
    (folder / "a.yaml").write_text(WORKFLOW.format(**{**right, **change}), "utf-8")
    found = list(workflows(tmp_path))
    assert [one.state for one in found] == [state]
    assert says in found[0].message


def test_no_workflow_is_too_odd_to_be_looked_at(tmp_path: Path) -> None:
    chance = random.Random(5)  # noqa: S311
    keys = ("on", "jobs", "steps", "uses", "run", "with", "ref", "variables", "fetch-depth")
    leaves = (None, 1, True, "", "x", "actions/checkout@v1", "argosy publish", "${{ inputs.x }}")

    def odd(depth: int = 0) -> Any:
        kind = chance.randrange(9)
        if depth > 4 or kind < 3:
            return chance.choice(leaves)
        if kind < 5:
            return [odd(depth + 1) for _ in range(chance.randrange(4))]
        return {chance.choice(keys): odd(depth + 1) for _ in range(chance.randrange(5))}

    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for _ in range(200):
        for path in (folder / "a.yml", tmp_path / ".gitlab-ci.yml"):
            path.write_text(json.dumps(odd()), "utf-8")
        assert list(workflows(tmp_path))
    for raw in (b"", b"\xff\xfe", b"a: [", b"&a [*a]"):
        (folder / "a.yml").write_bytes(raw)
        assert "no YAML" in next(iter(workflows(tmp_path))).message


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_what_init_writes_is_fine(tmp_path: Path, ci: str) -> None:
    for path, content in files(Choice("shop", ci)).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    assert [one.state for one in workflows(tmp_path)] == ["fine"]


@pytest.mark.parametrize(
    ("token", "state", "says"),
    [
        ("", "wrong", "there is no token"),
        (TOKEN, "fine", "the host knows the token"),
        ("of-somebody-else", "wrong", ""),
    ],
)
def test_pull_requests_need_a_token_that_the_host_takes(
    shop: Shop, http: Callable[[Path], str], token: str, state: str, says: str
) -> None:
    path = bare(shop)
    url = f"http://{http(path)}"
    shop.edit("dev: {namespace: ml-dev}", f"dev: {{namespace: ml-dev, gitops: {{repository: "
              f"{json.dumps(url)}, mode: pull-request, provider: github}}}}",
              shop.root / "argosy.yaml")  # fmt: skip
    shop.commit()
    with serving(Forge(name=f"{path.parent.name}/gitops"), github_api) as forge:
        place = {"GITHUB_API_URL": forge.url, "GITHUB_SERVER_URL": url.rsplit("/", 2)[0]}
        ended, found = examined(shop, "--env", "dev", **place, ARGOSY_GIT_TOKEN=token)
    (one,) = found["host"]
    assert one["state"] == state, one
    assert says in one["message"]
    assert not token or token not in ended.out + ended.err


def test_a_repository_that_cannot_be_meant_is_a_finding(shop: Shop) -> None:
    published_to(shop, "gopher://example.com/x.git")
    ended, found = examined(shop, "--env", "dev")
    assert ended.status == 1
    assert "scheme that is not supported" in found["gitops"][0]["message"]


def test_schemas_of_another_version_are_named(tmp_path: Path) -> None:
    place = Shop(tmp_path)
    assert place.argosy("init").status == 0
    place.commit()
    schema = place.root / ".vscode" / "schemas" / "pipeline.schema.json"
    schema.write_text("{}\n", "utf-8")
    _, found = examined(place)
    assert place.shell(found["editor"][0]["fix"]).status == 0
    _, found = examined(place)
    assert "editor" not in found
