"""Hardware here: what a laptop cannot give is refused or left to the cluster, never half done."""

import json
from pathlib import Path
from typing import Any

import pytest

from argosy.engine.manifests import load
from argosy.engine.manifests.admission import admit
from compiler.problems import Rejected
from tests.engine.test_engine_run import execute, leaf, log, phases, task, workflow

SCRATCH = {"name": "volume-x", "ephemeral": {"volumeClaimTemplate": {"spec": {}}}}


def mounted(path: str, volume: dict[str, Any], script: str = "true") -> dict[str, Any]:
    mounts = [{"name": "work", "mountPath": "/work"}, {"name": "volume-x", "mountPath": path}]
    return leaf("a", script, volumes=[volume], container={"volumeMounts": mounts})


def test_an_ephemeral_volume_is_a_folder_of_the_step(tmp_path: Path) -> None:
    step = mounted("/work/x/y", SCRATCH, "echo hi > x/y/o; cat x/y/o")
    step["outputs"] = {"artifacts": [{"name": "o", "path": "/work/x/y/o"}]}
    ended = execute(tmp_path, workflow([task("a")], step))
    assert ended.phase == "Succeeded"
    assert log(ended, "r.a") == "hi\n"


def test_what_this_machine_cannot_give_is_named(tmp_path: Path) -> None:
    terms: dict[str, Any] = {"nodeSelectorTerms": []}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": terms}
    affinity = {"nodeAffinity": required}
    shm = {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}}
    limits = {"memory": "1Gi", "nvidia.com/gpu": "2"}
    rich = leaf("rich", "true", container={"resources": {"limits": limits}})
    rich |= {"nodeSelector": {"pool": "gpu"}, "affinity": affinity, "volumes": [shm]}
    manifest = workflow([task("rich")], rich, leaf("poor", "true"))
    file = tmp_path / "w.json"
    file.write_text(json.dumps(manifest), "utf-8")
    asked = "pool=gpu, node affinity, nvidia.com/gpu 2, memory volume 1Gi"
    first, second = admit(load(file), {}).notes
    assert first == f"`rich` gets no {asked} on this machine"
    assert second.startswith("with --runtime process, images are not used")


def test_a_volume_of_a_cluster_is_refused_before_a_step_starts(tmp_path: Path) -> None:
    volume = {"name": "volume-x", "nfs": {"server": "s", "path": "/"}}
    with pytest.raises(Rejected) as caught:
        execute(tmp_path, workflow([task("a")], mounted("/work/x", volume)))
    assert [problem.code for problem in caught.value.problems] == ["not-honoured"]


def test_a_step_that_leaves_spot_nodes_just_tries_again(tmp_path: Path) -> None:
    expression = {"key": "life", "operator": "{{=asInt(retries) < 1 ? 'In' : 'NotIn'}}"}
    term = {"nodeSelectorTerms": [{"matchExpressions": [{**expression, "values": ["spot"]}]}]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": term}
    step = leaf(
        "a",
        "test -e /tmp/never || test {{retries}} = 1",
        affinity={"nodeAffinity": required},
        retryStrategy={"limit": "1", "retryPolicy": "Always"},
    )
    ended = execute(tmp_path, workflow([task("a")], step))
    assert phases(ended)["r.a"] == ("Retry", "Succeeded")
    assert [phases(ended)[f"r.a({n})"][1] for n in (0, 1)] == ["Failed", "Succeeded"]
