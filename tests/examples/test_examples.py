"""Every example runs on this machine to the end that it promises, or is refused with the reason."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import sklearn.datasets

from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import render
from compiler.spec import KINDS, NOTICES
from tests.examples.promises import PROMISES
from tests.examples.stage import execute, logs, nodes
from tests.servers import free_port, serving

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.parent.name for path in ROOT.glob("pipelines/*/pipeline.yaml"))
HERE = [name for name in EXAMPLES if not PROMISES[name].refused]
TABLES = Path(sklearn.datasets.__file__).parent / "data"
CHAT = ROOT / "pipelines/failure-notice/chat.py"


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rendered")
    for path, content in render(load_project(ROOT), "dev"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@pytest.fixture
def parameters(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Mapping[str, str]]:
    """What a run of the example is given, once the world that it expects is there."""
    folder = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([folder, os.environ["PATH"]]))
    port, log = free_port(), tmp_path / "server.log"
    address = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("ARGOSY_NOTICE_URL", address)
    if name == "components":
        with serving(log, port, "-m", "http.server", str(port), "--directory", str(TABLES)):
            yield {"url": f"{address}/iris.csv"}
    elif name == "failure-notice":
        with serving(log, port, str(CHAT), str(port)):
            yield {}
        assert "failure-notice failed in dev" in log.read_text("utf-8")
    else:
        yield {}


@pytest.mark.parametrize("name", HERE)
def test_it_ends_here_as_promised(
    name: str, rendered: Path, parameters: Mapping[str, str], tmp_path: Path
) -> None:
    ended, promise = execute(rendered / name, tmp_path, parameters), PROMISES[name]
    found = nodes(ended)
    assert ended.phase == promise.end, logs(ended)
    assert {node: found[node].phase for node in promise.phases} == promise.phases
    for node, outputs in promise.outputs.items():
        assert outputs.items() <= found[node].parameters.items()


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - set(HERE)))
def test_what_needs_a_cluster_is_refused(name: str, rendered: Path, tmp_path: Path) -> None:
    with pytest.raises(Rejected) as refused:
        execute(rendered / name, tmp_path, {})
    assert any(f"`{PROMISES[name].refused}`" in p.message for p in refused.value.problems)


def test_every_example_is_listed_and_says_how_it_ends() -> None:
    listed = (ROOT / "pipelines/README.md").read_text("utf-8")
    assert set(EXAMPLES) == set(PROMISES) == set(re.findall(r"\]\(([\w-]+)\)", listed))
    for name, promise in PROMISES.items():
        page = (ROOT / f"pipelines/{name}/README.md").read_text("utf-8")
        assert f"Ends: {promise.end}" in page, name
        assert re.search(rf"^\| .*\[{name}\].* \| {promise.end} \|$", listed, re.MULTILINE), name


def test_the_examples_use_every_kind_of_step() -> None:
    specs = [(ROOT / f"pipelines/{name}/pipeline.yaml").read_text("utf-8") for name in EXAMPLES]
    used = {kind for kind in KINDS for spec in specs if re.search(rf"^    {kind}:", spec, re.M)}
    assert used == set(KINDS) - set(NOTICES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_spec_has_half_the_lines_of_its_manifests(name: str, rendered: Path) -> None:
    """Manifests count without ConfigMaps, which hold code and not what one would write."""
    spec = len((ROOT / f"pipelines/{name}/pipeline.yaml").read_text("utf-8").splitlines())
    files = [f for f in (rendered / name).glob("*.yaml") if not f.name.startswith("configmap")]
    lines = sum(len(file.read_text("utf-8").splitlines()) for file in files)
    assert spec <= lines / 2, f"{spec} lines for {lines}: {spec / lines:.0%}"
