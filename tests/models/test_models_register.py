"""Registration, against SQLite and against a real MLflow server: once, with its lineage."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from argosy.models import register as room
from argosy.models.compare import compare, models, read_version, table
from argosy.models.failure import ModelError, ModelInputError
from argosy.models.register import Registration, register
from argosy.models.store import client, prepare_local
from compiler.record import replace
from tests.servers import free_port, mlflow

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    with mlflow(tmp_path_factory.mktemp("server") / "mlflow", port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return prepare_local(tmp_path_factory.mktemp("store"))


@pytest.fixture(params=["database", "server"])
def uri(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def wanted(tmp_path: Path, uri: str) -> Registration:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "m.bin").write_bytes(b"weights")
    (tmp_path / "data.csv").write_text("1,2\n")
    return Registration(
        uri=uri,
        model=f"m{tmp_path.name[-12:]}-{os.getpid()}".replace("_", "-").strip("-"),
        source=tmp_path / "model",
        alias="challenger",
        gates=("auc >= 0.8",),
        metrics={"auc": "0.9"},
        params={"rows": "7"},
        inputs={"raw": tmp_path / "data.csv"},
        tags={"argosy.source": "abc", "argosy.step": "train"},
        run="w-1",
        run_uid="uid-1",
        step="register",
        experiment="p",
    )


def test_a_version_has_its_lineage(wanted: Registration, tmp_path: Path) -> None:
    outcome = register(wanted)
    assert (outcome.version, outcome.repeated) == (1, False)
    found = read_version(wanted.uri, wanted.model, 1)
    assert found.aliases == ("challenger",)
    assert found.metrics == {"auc": 0.9}
    assert found.params == {"rows": "7"}
    assert found.lineage["source"] == "abc"
    assert found.data["raw"].startswith("sha256:")
    with client(wanted.uri) as opened:
        version = opened.get_model_version(wanted.model, "1")
        run_id = str(version.run_id)
        file = opened.download_artifacts(run_id, "model/m.bin", str(tmp_path))
    assert Path(file).read_bytes() == b"weights"


def test_a_retried_step_makes_no_second_version(wanted: Registration) -> None:
    assert register(wanted).version == 1
    again = register(wanted)
    assert (again.version, again.repeated) == (1, True)
    assert register(replace(wanted, run_uid="uid-2")).version == 2


def test_an_attempt_that_died_half_way_is_taken_up(wanted: Registration) -> None:
    with client(wanted.uri) as opened:
        opened.create_registered_model(wanted.model)
        run_id, _ = room._log(opened, wanted, {"auc": 0.9}, dict(wanted.tags))
    assert register(wanted).version == 1
    with client(wanted.uri) as opened:
        assert opened.get_model_version(wanted.model, "1").run_id == run_id


_WRITER = """
import sys, pickle
from argosy.models.register import register
wanted = pickle.load(sys.stdin.buffer)
sys.stdin.close()
print(register(wanted).version)
"""


def test_writers_at_once_agree_on_one_version(wanted: Registration) -> None:
    import pickle

    writers = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", _WRITER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(pickle.dumps(wanted))
        writer.stdin.close()
    said = set()
    for writer in writers:
        assert writer.stdout is not None
        said.add(writer.stdout.read().strip())
        writer.stdout.close()
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert len(said) == 1
    assert len(models(wanted.uri)[wanted.model]) == 1


def test_a_failing_gate_registers_nothing(wanted: Registration) -> None:
    outcome = register(replace(wanted, gates=("auc >= 0.95",)))
    assert outcome.version is None
    assert str(outcome.verdicts[0]) == "FAIL  auc >= 0.95  (auc = 0.9)"
    assert wanted.model not in models(wanted.uri)


def test_the_champion_is_compared_with(wanted: Registration) -> None:
    gated = replace(wanted, gates=("auc >= champion.auc - 0.01",))
    first = register(gated)
    assert "first release" in first.verdicts[0].reason
    with client(wanted.uri) as opened:
        opened.set_registered_model_alias(wanted.model, "champion", "1")
    worse = replace(gated, run_uid="2", metrics={"auc": "0.85"})
    assert register(worse).version is None
    assert register(replace(worse, metrics={"auc": "0.895"})).version == 2


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"metrics": {"auc": "nan"}}, "no finite number"),
        ({"metrics": {"auc": "{{tasks.a.outputs.parameters.auc}}"}}, "no finite number"),
        ({"gates": ("f1 > 0",)}, "known are"),
        ({"source": Path("/nowhere")}, "no model at"),
    ],
)
def test_bad_input_has_a_name(change: dict[str, object], wrong: str, wanted: Registration) -> None:
    with pytest.raises(ModelInputError) as caught:
        register(replace(wanted, **change))
    assert wrong in caught.value.message


def test_a_link_does_not_leave_the_model(wanted: Registration) -> None:
    (wanted.source / "link").symlink_to("/etc/passwd")
    with pytest.raises(ModelInputError, match="symbolic link"):
        register(wanted)


def test_versions_side_by_side(wanted: Registration) -> None:
    register(wanted)
    register(replace(wanted, run_uid="2", metrics={"auc": "0.95"}, params={"rows": "8"}))
    first, second = (read_version(wanted.uri, wanted.model, number) for number in (1, 2))
    rows = {row[0]: row[1:] for row in compare(first, second)}
    assert rows["metrics.auc"] == ("0.9", "0.95", "+0.05")
    assert rows["params.rows"] == ("7", "8", "changed")
    assert rows["data.raw"][2] == "="
    assert len(table(compare(first, second))) == len(rows)
    with pytest.raises(ModelInputError) as caught:
        read_version(wanted.uri, wanted.model, 9)
    assert caught.value.hint == "it has: 1, 2"


def test_a_server_that_does_not_answer() -> None:
    with pytest.raises(ModelError) as caught:
        models("http://user:secret@127.0.0.1:9")
    assert "does not answer" in caught.value.message
    assert "secret" not in caught.value.message


def test_one_store_is_made_by_many_at_once(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from argosy.models.store import prepare_local; "
        "prepare_local(Path(sys.argv[1]))"
    )
    makers = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", script, str(tmp_path / "s")],
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    assert [maker.communicate()[1] for maker in makers] == [""] * 4
    assert all(maker.returncode == 0 for maker in makers)
    assert models(prepare_local(tmp_path / "s")) == {}


def test_a_store_needs_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="cannot be made"):
        prepare_local(tmp_path / "file" / "s")
