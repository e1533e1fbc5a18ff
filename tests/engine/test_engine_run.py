"""The local engine, with real processes: data, order, failure, and what Argo would call it all."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from argosy.engine import journal
from argosy.engine.failure import EngineError
from argosy.engine.manifests import load
from argosy.engine.nodes import Run
from argosy.engine.run import run


def leaf(name: str, script: str, **more: Any) -> dict[str, Any]:
    container = {
        "image": "none",
        "command": ["sh", "-ec", script],
        "workingDir": "/work",
        "volumeMounts": [{"name": "work", "mountPath": "/work"}],
        **more.pop("container", {}),
    }
    return {"name": name, **more, "container": container}


def workflow(
    tasks: list[dict[str, Any]], *templates: dict[str, Any], **more: Any
) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "WorkflowTemplate",
        "metadata": {"name": "w"},
        "spec": {
            "entrypoint": "main",
            "volumes": [{"name": "work", "emptyDir": {}}],
            "templates": [{"name": "main", "dag": {"tasks": tasks}}, *templates],
            **more,
        },
    }


def execute(tmp_path: Path, manifest: dict[str, Any], **more: Any) -> Run:
    file = tmp_path / "w.yaml"
    file.write_text(json.dumps(manifest))
    options: dict[str, Any] = {"parameters": {}, "environment": {}, "name": "r", **more}
    return run(load(file), folder=tmp_path / "state", on_event=lambda _event: None, **options)


def phases(ended: Run) -> dict[str, tuple[str, str]]:
    return {node.name: (node.type, node.phase) for node in ended.nodes}


def log(ended: Run, name: str) -> str:
    node = next(node for node in ended.nodes if node.name == name)
    assert node.log is not None
    return node.log.read_text("utf-8")


def task(name: str, template: str = "", **more: Any) -> dict[str, Any]:
    return {"name": name, "template": template or name, **more}


def test_values_and_files_pass_from_step_to_step(tmp_path: Path) -> None:
    outputs = {
        "parameters": [{"name": "n", "valueFrom": {"path": "/work/n"}}],
        "artifacts": [{"name": "f", "path": "/work/f"}],
    }
    inputs = {"parameters": [{"name": "n"}], "artifacts": [{"name": "f", "path": "/work/in/f"}]}
    arguments = {
        "parameters": [{"name": "n", "value": "{{tasks.a.outputs.parameters.n}}"}],
        "artifacts": [{"name": "f", "from": "{{tasks.a.outputs.artifacts.f}}"}],
    }
    changes = leaf(
        "b",
        "cat in/f/x; echo $N; echo spoilt > in/f/x",
        inputs=inputs,
        container={"env": [{"name": "N", "value": "{{inputs.parameters.n}}"}]},
    )
    reads = leaf("c", "cat in/f/x", inputs=inputs)
    manifest = workflow(
        [
            task("a"),
            task("b", depends="a", arguments=arguments),
            task("c", depends="b", arguments=arguments),
        ],
        leaf("a", "echo 7 > n; mkdir f; echo hello > f/x", outputs=outputs),
        changes,
        reads,
    )
    ended = execute(tmp_path, manifest)
    assert ended.phase == "Succeeded"
    assert log(ended, "r.b") == "hello\n7\n"
    assert log(ended, "r.c") == "hello\n"


def test_conditions_skips_and_omissions_carry_on_as_in_argo(tmp_path: Path) -> None:
    manifest = workflow(
        [
            task("a", "ok"),
            task("b", "ok", depends="a", when="1 == 2"),
            task("c", "ok", depends="b.Succeeded"),
            task("d", "ok", depends="b.Skipped || b.Failed"),
            task("e", "ok", depends="b"),
            task("f", "ok", when="{{=workflow.name == 'r'}}"),
        ],
        leaf("ok", "true"),
    )
    ended = execute(tmp_path, manifest)
    assert ended.phase == "Succeeded"
    assert phases(ended) == {
        "r": ("DAG", "Succeeded"),
        "r.a": ("Pod", "Succeeded"),
        "r.b": ("Skipped", "Skipped"),
        "r.c": ("Skipped", "Omitted"),
        "r.d": ("Pod", "Succeeded"),
        "r.e": ("Pod", "Succeeded"),
        "r.f": ("Pod", "Succeeded"),
    }
    messages = {node.name: node.message for node in ended.nodes}
    assert messages["r.b"] == "when '1 == 2' evaluated false"
    assert messages["r.c"] == "omitted: depends condition not met"


def test_a_failure_fails_the_run_and_its_branch_only(tmp_path: Path) -> None:
    manifest = workflow(
        [
            task("bad"),
            task("after", "ok", depends="bad.Succeeded"),
            task("other", "ok"),
            task("saved", "ok", depends="bad.Failed"),
        ],
        leaf("bad", "echo oh no; exit 3"),
        leaf("ok", "true"),
    )
    ended = execute(tmp_path, manifest)
    assert ended.phase == "Failed"
    found = phases(ended)
    assert found["r.after"] == ("Skipped", "Omitted")
    assert found["r.other"][1] == found["r.saved"][1] == "Succeeded"
    failed = ended.failed()
    assert [(node.name, node.exit_code, node.message) for node in failed] == [
        ("r.bad", 3, "main: Error (exit code 3)")
    ]


def test_retries_have_names_and_a_last_word(tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    script = f"echo x >> {counter}; test $(wc -l < {counter}) -ge 3; echo 5 > n"
    strategy = {"limit": "3", "retryPolicy": "Always", "backoff": {"duration": "0", "factor": "2"}}
    outputs = {"parameters": [{"name": "n", "valueFrom": {"path": "/work/n"}}]}
    ended = execute(
        tmp_path,
        workflow(
            [task("a"), task("b")],
            leaf("a", script, retryStrategy=strategy, outputs=outputs),
            leaf("b", "exit 1", retryStrategy={**strategy, "limit": "1"}),
        ),
    )
    assert ended.phase == "Failed"
    found = phases(ended)
    assert found["r.a"] == ("Retry", "Succeeded")
    assert [found[f"r.a({i})"] for i in range(3)] == [
        ("Pod", "Failed"),
        ("Pod", "Failed"),
        ("Pod", "Succeeded"),
    ]
    nodes = {node.name: node for node in ended.nodes}
    assert nodes["r.a"].parameters == {"n": "5"}
    assert nodes["r.b"].message == "No more retries left"
    assert "r.b(2)" not in found


def test_a_fan_out_names_its_members_and_gathers_their_values(tmp_path: Path) -> None:
    inputs, value = {"parameters": [{"name": "i"}]}, "{{item}}"
    outputs = {"parameters": [{"name": "o", "valueFrom": {"path": "/work/o"}}]}
    say = leaf(
        "say",
        'echo "$I" > o',
        inputs=inputs,
        outputs=outputs,
        container={"env": [{"name": "I", "value": "{{inputs.parameters.i}}"}]},
    )
    arguments = {"parameters": [{"name": "i", "value": value}]}
    gathered = {"parameters": [{"name": "i", "value": "{{tasks.again.outputs.parameters.o}}"}]}
    manifest = workflow(
        [
            task("fan", "say", withItems=["x", 2], arguments=arguments),
            task(
                "again",
                "say",
                depends="fan",
                arguments=arguments,
                withParam="{{tasks.fan.outputs.parameters.o}}",
            ),
            task("shown", "say", depends="again", arguments=gathered),
        ],
        say,
    )
    ended = execute(tmp_path, manifest)
    found = phases(ended)
    assert found["r.fan"] == ("TaskGroup", "Succeeded")
    assert {"r.fan(0:x)", "r.fan(1:2)", "r.again(0:x)", "r.again(1:2)"} < found.keys()
    shown = next(node for node in ended.nodes if node.name == "r.shown")
    assert json.loads(shown.parameters["o"]) == ["x", "2"]


def test_a_missing_output_is_an_error_in_argos_words(tmp_path: Path) -> None:
    outputs = {"parameters": [{"name": "n", "valueFrom": {"path": "/work/n"}}]}
    ended = execute(tmp_path, workflow([task("a")], leaf("a", "true", outputs=outputs)))
    node = next(node for node in ended.nodes if node.name == "r.a")
    assert (ended.phase, node.phase) == ("Error", "Error")
    assert node.message.startswith("wait: Error (exit code 64): open ")


@pytest.mark.parametrize(("script", "status"), [("true", "Succeeded"), ("exit 1", "Failed")])
def test_the_exit_handler_sees_how_it_ended(script: str, status: str, tmp_path: Path) -> None:
    handler = {
        "name": "bye",
        "dag": {
            "tasks": [
                task("always", "tell"),
                task("sorry", "tell", when="{{=workflow.status != 'Succeeded'}}"),
            ]
        },
    }
    tell = leaf(
        "tell", "echo $S", container={"env": [{"name": "S", "value": "{{workflow.status}}"}]}
    )
    ended = execute(tmp_path, workflow([task("a")], leaf("a", script), handler, tell, onExit="bye"))
    assert ended.phase == status
    assert log(ended, "r.onExit.always") == f"{status}\n"
    assert phases(ended)["r.onExit.sorry"][1] == (
        "Skipped" if status == "Succeeded" else "Succeeded"
    )


def test_declared_cpu_bounds_what_runs_at_once(tmp_path: Path) -> None:
    script = f"mkdir {tmp_path}/one || exit 1; sleep 0.2; rmdir {tmp_path}/one"
    resources = {"requests": {"cpu": "1500m"}}
    one = leaf("one", script, container={"resources": resources})
    tasks = [task(f"t{i}", "one") for i in range(3)]
    assert execute(tmp_path, workflow(tasks, one), capacity=(2.0, 2e9)).phase == "Succeeded"


def test_a_deadline_ends_a_step_and_what_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"setsid sh -c 'echo $$ > {pid}; sleep 60' & sleep 60"
    ended = execute(tmp_path, workflow([task("a")], leaf("a", script, timeout="1s")))
    node = next(node for node in ended.nodes if node.name == "r.a")
    assert node.phase == "Failed"
    assert node.message == "Pod was active on the node longer than the specified deadline"
    assert not Path(f"/proc/{pid.read_text().strip()}").exists()


def test_a_value_is_never_code(tmp_path: Path) -> None:
    env = [{"name": "V", "value": "{{workflow.parameters.v}}"}]
    manifest = workflow(
        [task("a")],
        leaf("a", 'echo "$V"', container={"env": env}),
        arguments={"parameters": [{"name": "v", "value": ""}]},
    )
    text = "; touch $HOME `id` 'x' \"y\" * "
    assert log(execute(tmp_path, manifest, parameters={"v": text}), "r.a") == f"{text}\n"


@pytest.mark.parametrize(
    ("parameters", "wrong"),
    [
        ({"v": "{{=1}}"}, "cannot stand"),
        ({"v": "$(HOME)"}, "cannot stand"),
        ({"w": "1"}, "no parameter is called"),
        ({"v": "z"}, "is no value of"),
    ],
)
def test_arguments_are_checked(parameters: dict[str, str], wrong: str, tmp_path: Path) -> None:
    declared: dict[str, Any] = {"name": "v"}
    if wrong == "is no value of":
        declared["enum"] = ["x", "y"]
    manifest = workflow([task("a")], leaf("a", "true"), arguments={"parameters": [declared]})
    with pytest.raises(EngineError, match=wrong):
        execute(tmp_path, manifest, parameters=parameters)
    assert not (tmp_path / "state" / "runs" / "r").exists()


def test_secrets_come_from_a_file_or_the_environment_or_are_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference = {"secretKeyRef": {"name": "hub", "key": "token"}}
    step = leaf("a", "echo $T", container={"env": [{"name": "T", "valueFrom": reference}]})
    manifest = workflow([task("a")], step)
    ended = execute(tmp_path, manifest)
    assert ended.phase == "Error"
    assert "set T in the environment" in ended.nodes[-1].message
    monkeypatch.setenv("T", "from-environment")
    assert log(execute(tmp_path, manifest, name="r2"), "r2.a") == "from-environment\n"
    (tmp_path / "state/secrets/hub").mkdir(parents=True)
    (tmp_path / "state/secrets/hub/token").write_text("from-file\n")
    assert log(execute(tmp_path, manifest, name="r3"), "r3.a") == "from-file\n"


def test_code_is_mounted_from_config_maps(tmp_path: Path) -> None:
    items = [{"key": "a__x.sh", "path": "a/x.sh", "mode": 0o755}, {"key": "y", "path": "y"}]
    volumes = [
        {"name": "work", "emptyDir": {}},
        {"name": "code", "configMap": {"name": "c", "items": items}},
    ]
    mounts = [
        {"name": "work", "mountPath": "/work"},
        {"name": "code", "mountPath": "/work/a", "subPath": "a", "readOnly": True},
        {"name": "code", "mountPath": "/work/y", "subPath": "y", "readOnly": True},
    ]
    step = leaf("a", "./a/x.sh; cat y", container={"volumeMounts": mounts})
    manifest = workflow([task("a")], step, volumes=volumes)
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c"},
        "data": {"a__x.sh": "#!/bin/sh\necho x\n", "y": "why\n"},
    }
    (tmp_path / "m").mkdir()
    both = {"kind": "List", "items": [manifest, config_map]}
    (tmp_path / "m/w.json").write_text(json.dumps(both), "utf-8")
    ended = run(
        load(tmp_path / "m"),
        parameters={},
        folder=tmp_path / "s",
        environment={},
        on_event=lambda _event: None,
        name="r",
    )
    assert log(ended, "r.a") == "x\nwhy\n"


def test_the_record_holds_every_node(tmp_path: Path) -> None:
    execute(tmp_path, workflow([task("a")], leaf("a", "exit 2")))
    (line,) = journal.runs(tmp_path / "state")
    assert (line.name, line.workflow, line.phase) == ("r", "w", "Failed")
    nodes = journal.load(tmp_path / "state", "r").nodes
    found = [(node.name, node.phase, node.exit_code) for node in nodes]
    assert found == [("r", "Failed", None), ("r.a", "Failed", 2)]


def test_a_run_needs_a_place(tmp_path: Path) -> None:
    manifest = workflow([task("a")], leaf("a", "true"))
    execute(tmp_path, manifest)
    with pytest.raises(EngineError, match="exists"):
        execute(tmp_path, manifest)
    (tmp_path / "file").write_text("")
    file = tmp_path / "w.yaml"
    with pytest.raises(EngineError, match="cannot be made"):
        run(
            load(file),
            parameters={},
            folder=tmp_path / "file",
            environment={},
            on_event=lambda _event: None,
        )


def test_a_step_sees_little_of_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_PASSWORD", "secret")
    ended = execute(tmp_path, workflow([task("a")], leaf("a", "env")), environment={"GIVEN": "1"})
    seen = dict(line.split("=", 1) for line in log(ended, "r.a").splitlines() if "=" in line)
    assert "MY_PASSWORD" not in seen
    assert seen["GIVEN"] == "1"
    assert seen["PATH"]
    assert os.path.realpath(seen["PWD"]).startswith(str(tmp_path.resolve()))
