"""A leaf template as a pod on this machine: what its containers see, and what they leave."""

import base64
import json
import os
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from argosy.engine.failure import EngineError
from argosy.engine.nodes import Node
from argosy.engine.pods.group import Group, Outcome
from argosy.engine.pods.outputs import collect
from argosy.engine.pods.pod import clear, prepare
from argosy.engine.pods.world import World, safe
from argosy.engine.runtime.processes import Processes
from tests.engine.groups import outcome_of

Shown = tuple[Node, Outcome, str]
Execute = Callable[..., Shown]
MAPS = {
    "settings": {"data": {"a.txt": "one\n", "B": "two"}, "binaryData": {"raw": "/wA="}},
}
LIMIT = {"resource": "limits.memory"}
SECRETS = {"hub": {"data": {"token": base64.b64encode(b"s3cret").decode()}}}


@pytest.fixture
def world(tmp_path: Path) -> World:
    folder = tmp_path / "runs" / "r"
    folder.mkdir(parents=True)
    (tmp_path / "secrets" / "file").mkdir(parents=True)
    (tmp_path / "secrets" / "file" / "key").write_text("from a file\n")
    secrets = tmp_path / "secrets"
    return World(
        "uid-1", folder, secrets, {}, MAPS, {}, {"SUPPLIED": "yes"}, "r", secret_objects=SECRETS
    )


@pytest.fixture
def execute(world: World) -> Iterator[Execute]:
    """Return what runs a template as a node of the world: the node, its end, its log."""
    runtime = Processes(f"pods-{os.getpid()}-{world.folder.parent.parent.name}")

    def executed(
        template: Mapping[str, Any], given: Mapping[str, Any] | None = None, name: str = "r.a"
    ) -> Shown:
        node = Node(name, "t", "Pod")
        launches = prepare(world, node, template, {}, given or {}, result=True)
        outcome = outcome_of(Group(launches, template), runtime)
        node.message = collect(world, node, template, result=True)
        log = node.log.read_text("utf-8", "replace") if node.log and node.log.exists() else ""
        return node, outcome, log

    yield executed
    runtime.close()


def container(script: str, **more: Any) -> dict[str, Any]:
    return {"container": {"command": ["sh", "-c"], "args": [script], **more}}


def test_variables_come_from_everything_that_a_pod_may_name(execute: Execute) -> None:
    env = [
        {"name": "A", "value": "1"},
        {"name": "C", "value": "$(A) $(B) $(E_B) $$(A) $$"},
        {"name": "S", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "token"}}},
        {"name": "F", "valueFrom": {"secretKeyRef": {"name": "file", "key": "key"}}},
        {"name": "M", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "B"}}},
        {"name": "O", "valueFrom": {"secretKeyRef": {"name": "no", "key": "k", "optional": True}}},
        {"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        {"name": "L", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['team']"}}},
        {"name": "R", "valueFrom": {"resourceFieldRef": {**LIMIT, "divisor": "1Mi"}}},
        {"name": "U", "valueFrom": {"resourceFieldRef": {"resource": "requests.cpu"}}},
    ]  # fmt: skip
    template = container(
        "for v in A C S F M N L R U E_B SUPPLIED ARGO_CONTAINER_NAME; do"
        ' echo "$v=$(printenv $v)"; done'
        "; echo ${O-unset}",
        env=env,
        envFrom=[{"configMapRef": {"name": "settings"}, "prefix": "E_"}],
        resources={"limits": {"memory": "64Mi", "cpu": "1500m"}},
    )
    _, _, log = execute({**template, "metadata": {"labels": {"team": "ml"}}})
    assert log.splitlines() == [
        "A=1", "C=1 $(B) $(E_B) $(A) $", "S=s3cret", "F=from a file", "M=two", "N=default", "L=ml",
        "R=64", "U=2", "E_B=two", "SUPPLIED=yes", "ARGO_CONTAINER_NAME=main", "unset",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"secretKeyRef": {"name": "hub", "key": "no"}}, "secret `hub` key `no` is not there"),
        ({"configMapKeyRef": {"name": "no", "key": "k"}}, "`no` is not among the manifests"),
        ({"fieldRef": {"fieldPath": "status.hostIPs"}}, "fieldPath `status.hostIPs`"),
    ],
)
def test_a_variable_without_a_source_is_a_plain_error(
    source: Any, said: str, execute: Execute
) -> None:
    with pytest.raises(EngineError, match=said.replace("`", ".")):
        execute(container("true", env=[{"name": "V", "valueFrom": source}]))


def test_dollars_are_those_of_the_kubelet_and_reach_what_the_executor_reads(
    execute: Execute,
) -> None:
    env = [{"name": "V", "value": "v"}]
    _, _, log = execute(container("echo 'x$$y $(V) $$(V) $(NOPE)'", env=env))
    assert log == "x$y v $(V) $(NOPE)\n"
    source = "echo 'x$$y $(V) $$(V) $(ARGO_POD_NAME) $(ARGO_CONTAINER_NAME)'\ncat raw"
    raw = [{"name": "r", "path": "/raw", "raw": {"data": "a$$b"}}]
    default = {"name": "d", "valueFrom": {"path": "/none", "default": "c$$d"}}
    script = {"script": {"command": ["sh"], "source": source, "env": env}}
    more = {"inputs": {"artifacts": raw}, "outputs": {"parameters": [default]}}
    _, _, log = execute({**script, **more})
    assert log == "x$y $(V) $(V) r.a init\na$b"
    long = {"script": {"command": ["sh"], "source": "echo 'x$$y'\n#" + "-" * 140_000}}
    assert execute(long)[2] == "x$$y\n"


def test_a_script_is_the_last_argument_of_its_command(execute: Execute) -> None:
    node, _, log = execute({"script": {"command": ["sh", "-eu"], "source": "echo $0; false"}})
    assert log.endswith("/argo/staging/script\n")
    assert node.result == log.removesuffix("\n")


def test_volumes_lie_where_they_are_mounted(execute: Execute, world: World) -> None:
    template = container(
        "cat conf/x a.txt secret/token all/l all/B; echo; stat -c %a conf/x; echo kept >> claim/f",
        volumeMounts=[
            {"name": "conf", "mountPath": "/conf"},
            {"name": "whole", "mountPath": "/a.txt", "subPath": "a.txt"},
            {"name": "secret", "mountPath": "/secret"},
            {"name": "all", "mountPath": "/all"},
            {"name": "claim", "mountPath": "/claim", "subPath": "part"},
        ],
    )
    volumes = [
        {"name": "conf", "configMap": {"name": "settings", "defaultMode": 0o400,
                                       "items": [{"key": "a.txt", "path": "x"}]}},
        {"name": "whole", "configMap": {"name": "settings"}},
        {"name": "secret", "secret": {"secretName": "hub"}},
        {"name": "all", "projected": {"sources": [
            {"configMap": {"name": "settings", "items": [{"key": "B", "path": "B"}]}},
            {"downwardAPI": {"items": [{"path": "l", "fieldRef": {"fieldPath": "metadata.name"}}]}},
        ]}},
        {"name": "claim", "persistentVolumeClaim": {"claimName": "data"}},
    ]  # fmt: skip
    for _ in range(2):
        _, outcome, log = execute({**template, "volumes": volumes})
        assert outcome.phase == "Succeeded"
        assert log == "one\none\ns3cretr.atwo\n400\n"
    assert (world.claims / "data/part/f").read_text() == "kept\nkept\n"


@pytest.mark.parametrize("kind", ["hostPath", "nfs", "csi"])
def test_a_volume_that_no_folder_can_stand_for_is_refused(kind: str, execute: Execute) -> None:
    mounts = [{"name": "v", "mountPath": "/v"}]
    with pytest.raises(EngineError, match=f"`{kind}` is not supported here"):
        execute({**container("true", volumeMounts=mounts), "volumes": [{"name": "v", kind: {}}]})


def test_artifacts_arrive_as_argo_loads_them(execute: Execute, world: World) -> None:
    (world.store / "b/k").mkdir(parents=True)
    (world.store / "b/k/file").write_text("from a bucket")
    stored = world.folder / "stored"
    stored.write_text("stored")
    inputs = [
        {"name": "from", "path": "/in/from", "mode": 0o640},
        {"name": "s3", "path": "/in/s3", "s3": {"bucket": "b", "key": "k/file"}},
        {"name": "gone", "path": "/in/gone", "optional": True},
        {"name": "nokey", "path": "/in/nokey", "optional": True, "s3": {"bucket": "b", "key": "z"}},
        {"name": "raw", "path": "/in/raw", "raw": {"data": "é"}},
    ]
    script = (
        "cat in/from in/s3 in/raw; echo; ls -A in in/nokey; stat -c %a in/from; echo x >> in/from"
    )
    _, _, log = execute({**container(script), "inputs": {"artifacts": inputs}}, {"from": stored})
    assert log == "storedfrom a bucketé\nin:\nfrom\nnokey\nraw\ns3\n\nin/nokey:\n640\n"
    assert stored.read_text() == "stored"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "required artifact 'i' not supplied"),
        ({"s3": {"bucket": "b", "key": "no"}}, "artifact i failed to load: The specified key does"),
        ({"git": {"repo": "nowhere"}}, "artifact i failed to load: repository 'nowhere' does not"),
        ({"hdfs": {"path": "x"}}, "`hdfs` is not supported here"),
        ({"s3": {"bucket": "b", "key": "../../x"}}, "key `../../x` is not plain"),
    ],
)
def test_an_artifact_without_a_source_is_an_error(more: Any, said: str, execute: Execute) -> None:
    inputs = {"artifacts": [{"name": "i", "path": "/i", **more}]}
    with pytest.raises(EngineError, match=re.escape(said)):
        execute({**container("true"), "inputs": inputs})


TREE = "mkdir -p d/e d/z; echo x > d/f; chmod 751 d/f; ln -s f d/l; echo y > d/z/g"


@pytest.mark.parametrize(
    ("archive", "names", "modes"),
    [
        ({}, ["e", "f", "l", "z", "z/g"], "0o751 0o755"),
        ({"archive": {"zip": {}}}, ["e", "f", "l", "z", "z/g"], "0o751 0o755"),
        ({"archive": {"none": {}}}, ["f", "z", "z/g"], "0o600 0o700"),  # as a controller answered
    ],
)
def test_what_is_kept_of_a_folder_depends_on_its_archive(
    archive: Any, names: list[str], modes: str, execute: Execute
) -> None:
    outputs = {"artifacts": [{"name": "o", "path": "/d", **archive}]}
    os.umask(0o022)
    node, _, _ = execute({**container(TREE), "outputs": outputs})
    kept = node.artifacts["o"]
    assert sorted(path.relative_to(kept).as_posix() for path in kept.rglob("*")) == names
    found = [oct((kept / name).stat().st_mode & 0o777) for name in ("f", "z")]
    assert " ".join(found) == modes


def test_an_output_with_a_key_lies_in_its_bucket(execute: Execute, world: World) -> None:
    artifact = {"name": "o", "path": "/o", "s3": {"bucket": "b", "key": "x/y$$z"}}
    execute({**container("echo 1 > o"), "outputs": {"artifacts": [artifact]}})
    # a template that the executor reads from a variable: `$$` is one dollar
    assert [path.name for path in (world.store / "b/x").iterdir()] in (["y$$z"], ["y$z"])


def test_S16_an_output_is_linked_and_a_sparse_input_stays_sparse(execute: Execute) -> None:
    outputs = {"artifacts": [{"name": "o", "path": "/big"}, {"name": "e", "path": "/empty"}]}
    node, _, _ = execute({**container("truncate -s 1G big; : > empty"), "outputs": outputs})
    big = node.artifacts["o"]
    assert big.stat().st_nlink == 2
    assert node.artifacts["e"].stat().st_size == 0
    small = big.with_name("small")
    with small.open("wb") as file:
        file.truncate(100 << 20)
        file.seek(50 << 20)
        file.write(b"data")
    inputs = {"artifacts": [{"name": "i", "path": "/i"}]}
    _, outcome, log = execute({**container("du -k i; cksum < i"), "inputs": inputs}, {"i": small},
                              "r.b")  # fmt: skip
    assert outcome.phase == "Succeeded"
    assert int(log.split()[0]) < 1024


def test_S16_many_files_are_kept_in_bounded_memory(execute: Execute) -> None:
    count = int(os.environ.get("ARGOSY_FILES", "3000"))
    outputs = {"artifacts": [{"name": "o", "path": "/d"}]}
    script = f"mkdir d; seq {count} | sed 's,^,d/,' | xargs touch"
    node, _, _ = execute({**container(script), "outputs": outputs})
    assert sum(1 for _ in node.artifacts["o"].iterdir()) == count


@pytest.mark.parametrize("make", ["mkfifo d/s", "mknod d/s c 1 3", "socket"])
def test_S16_special_files_are_refused(make: str, execute: Execute, world: World) -> None:
    if make.startswith("mknod") and os.geteuid():
        pytest.skip("only root makes devices")
    if make == "socket":
        place = world.folder / "s"
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(os.path.relpath(place))
        make = f"mv {place} d/s"
    outputs = {"artifacts": [{"name": "o", "path": "/d"}],
               "parameters": [{"name": "p", "valueFrom": {"path": "/d/s"}}]}  # fmt: skip
    node, _, _ = execute({**container(f"mkdir d; {make}"), "outputs": outputs})
    assert "not a regular file" in node.message
    assert node.artifacts == {}


@pytest.mark.parametrize(
    ("written", "value"),
    [("v\\n", "v"), ("v\\n\\n", "v\n"), ("v\\r\\n", "v\r"), (" v ", " v "), ("", "")],
)
def test_exactly_one_newline_is_cut(written: str, value: str, execute: Execute) -> None:
    outputs = {"parameters": [{"name": "p", "valueFrom": {"path": "/p"}}]}
    node, _, _ = execute({**container(f"printf '{written}' > p; exit 1"), "outputs": outputs})
    assert node.parameters == {"p": value}  # of a failed container, too


def test_a_result_is_its_last_bytes_without_stderr(execute: Execute) -> None:
    node, _, _ = execute(
        container("head -c 400000 /dev/zero; echo wrong >&2; printf ' last \\n\\n'")
    )
    assert node.result is not None
    assert len(node.result) == 262_143
    assert node.result.endswith("\0 last \n")


def test_init_containers_come_first_and_share_volumes(execute: Execute) -> None:
    mounts = [{"name": "v", "mountPath": "/v"}]
    inits = [
        {"name": "one", "command": ["sh", "-c"], "args": ["echo 1 > v/x"], "volumeMounts": mounts},
        {"name": "two", "command": ["sh", "-c"], "args": ["echo 2 >> x"], "workingDir": "/w",
         "volumeMounts": [{"name": "v", "mountPath": "/w"}]},
    ]  # fmt: skip
    template = container("cat v/x", volumeMounts=mounts)
    _, outcome, log = execute(
        {**template, "initContainers": inits, "volumes": [{"name": "v", "emptyDir": {}}]}
    )
    assert (outcome.phase, log) == ("Succeeded", "1\n2\n")


def test_a_failed_init_container_is_told_as_a_controller_told_it(execute: Execute) -> None:
    inits = [{"name": "ic", "command": ["sh", "-c"], "args": ["exit 6"]}]
    _, outcome, log = execute({**container("echo ran"), "initContainers": inits})
    assert (outcome.phase, outcome.message) == ("Failed", "ic: Error (exit code 6)")
    assert (outcome.code, log) == (None, "")


@pytest.mark.parametrize(
    ("script", "phase", "message"),
    [
        ("exec sleep 300", "Succeeded", ""),
        ("exit 5", "Failed", "sc: Error (exit code 5)"),
    ],
)
def test_a_sidecar_ends_with_main(script: str, phase: str, message: str, execute: Execute) -> None:
    sidecars = [{"name": "sc", "command": ["sh", "-c"], "args": [script]}]
    _, outcome, _ = execute({**container("sleep 0.2"), "sidecars": sidecars})
    assert (outcome.phase, outcome.message, outcome.code) == (phase, message, 0)


def member(name: str, script: str, *needs: str) -> dict[str, Any]:
    more = {"dependencies": list(needs)} if needs else {}
    return {"name": name, "command": ["sh", "-c"], "args": [script], **more}


def test_the_members_of_a_container_set_follow_their_dependencies(
    execute: Execute, world: World
) -> None:
    place = world.folder / "order"
    members = [
        member("c", f"echo c >> {place}", "a", "b"),
        member("main", f"echo main >> {place}", "c"),
        member("a", f"sleep 0.1; echo a >> {place}"),
        member("b", f"echo b >> {place}", "a"),
    ]
    _, outcome, _ = execute({"containerSet": {"containers": members}})
    assert place.read_text().split() == ["a", "b", "c", "main"]
    assert outcome.phase == "Succeeded"
    assert {phase for phase, _, _ in outcome.members.values()} == {"Succeeded"}


def test_a_failed_member_is_told_as_a_controller_told_it(execute: Execute) -> None:
    members = [member("a", "exit 3"), member("b", "echo b", "a"), member("main", "echo hi")]
    _, outcome, _ = execute({"containerSet": {"containers": members}})
    assert (outcome.phase, outcome.message) == ("Failed", "a: Error (exit code 3)")
    assert outcome.members == {
        "a": ("Failed", "a: Error (exit code 3): ", 3),
        "b": ("Error", 'b: Error (exit code 64): dependency "a" exited with non-zero code: 3', 64),
        "main": ("Succeeded", "", 0),
    }


def test_a_command_that_is_not_there_fails_main(execute: Execute) -> None:
    _, outcome, _ = execute({"container": {"command": ["nope"]}})
    found = 'failed to find name in PATH: exec: "nope": executable file not found in $PATH'
    assert (outcome.phase, outcome.message) == ("Failed", f"main: Error (exit code 64): {found}")


def test_P17_a_folder_that_a_step_has_closed_is_cleaned(tmp_path: Path) -> None:
    (tmp_path / "a/x/y").mkdir(parents=True)
    (tmp_path / "a/x/y/f").touch()
    for name, mode in (("a/x/y", 0), ("a/x", 0o500), ("a", 0)):
        (tmp_path / name).chmod(mode)
    clear(tmp_path / "a")
    assert list((tmp_path / "a").iterdir()) == []


def test_a_name_of_any_length_is_that_of_a_file() -> None:
    assert safe("r.a(0:x/y)") == "r.a(0_x_y)"
    long = [safe(json.dumps(["é" * 300, number])) for number in range(2)]
    assert long[0] != long[1]
    assert all(len(name.encode()) < 200 for name in long)
