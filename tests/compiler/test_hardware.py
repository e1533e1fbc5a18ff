"""Hardware: what contradicts itself is refused, profiles extend each other, nothing hides."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler import volumes
from compiler.hardware import Amount, Gpu, Hardware, Nodes, Tpu, Volume, declared, read
from compiler.problems import Problem, Rejected
from compiler.project import load_project
from compiler.render import compile_pipeline, validate
from tests.scratch import SPEC, write

PROJECT = """apiVersion: argosy.dev/v1
kind: Project
name: t
gpu: {resource: amd.com/gpu, memoryLabel: amd.com/memory}
spot: {nodeSelector: {life: spot}}
hardware:
  small: {cpu: 1, memory: 1Gi}
  gpu: {extends: small, gpu: {count: 1, type: MI300}, tolerations: [{key: x, operator: Exists}]}
  pair: {extends: gpu, gpu: 2}
environments:
  dev: {namespace: d, hardware: {gpu: {extends: gpu, gpu: 0}, only: small}}
  prod: {namespace: p}
"""


def written(folder: Path, spec: str, project: str = PROJECT) -> Path:
    return write(folder, spec, project)


def problems(folder: Path, spec: str, project: str = PROJECT) -> tuple[Problem, ...]:
    try:
        return validate(load_project(written(folder, spec, project)))
    except Rejected as rejected:
        return rejected.problems


def shown(problem: Problem) -> str:
    return f"{problem.at.line}:{problem.at.column} {problem.code}: {problem.message}"


def step(hardware: str, more: str = "") -> str:
    return f"{SPEC}steps:\n  a: {{run: 'true', hardware: {{{hardware}}}{more}}}\n"


BROKEN = {
    "a request above its limit": (
        "memory: {request: 2Gi, limit: 1Gi}",
        "6:49 bad-hardware: `memory` requests 2Gi, more than its limit 1Gi",
    ),
    "more cores than the limit": (
        "cpu: {request: 2, limit: 1500m}",
        "6:46 bad-hardware: `cpu` requests 2, more than its limit 1500m",
    ),
    "shared memory without a limit": (
        "shm: 1Gi",
        "6:36 bad-hardware: shared memory counts against the memory limit, and there is none",
    ),
    "shared memory that takes all": (
        "shm: 1024Mi, memory: 1Gi",
        "6:36 bad-hardware: `shm` 1024Mi leaves nothing of the memory limit 1Gi",
    ),
    "two shares of a GPU": (
        "gpu: {count: 2, shared: true}",
        "6:44 bad-hardware: 2 shares of a GPU give no more of it than one",
    ),
    "a partition that is too small": (
        "gpu: {mig: 1g.10gb, memory: 20Gi}",
        "6:59 bad-hardware: a partition 1g.10gb has less than 20Gi of memory",
    ),
    "a TPU of any shape": (
        "tpu: {type: v5, chips: 4}",
        "6:36 bad-hardware: a TPU needs a `topology`: nodes are chosen by it",
    ),
    "a TPU of any kind": (
        "tpu: {topology: 2x2}",
        "6:36 bad-hardware: a TPU needs a `type`: nodes are chosen by it",
    ),
    "chips that no host has": (
        "tpu: {type: v5, topology: 2x4, chips: 3}",
        "6:69 bad-hardware: a topology 2x4 has 8 chips, which 3 do not divide",
    ),
    "a GPU said twice": (
        "gpu: 1, resources: {amd.com/gpu: 1}",
        "6:64 bad-hardware: `amd.com/gpu` is what `gpu` asks for already",
    ),
    "a TPU said twice": (
        "tpu: {type: v5, topology: 2x2}, resources: {google.com/tpu: 1}",
        "6:91 bad-hardware: `google.com/tpu` is what `tpu` asks for already",
    ),
    "a label of two values": (
        "gpu: {type: MI300}, nodeSelector: {nvidia.com/gpu.product: MI200}",
        "6:90 bad-hardware: `nvidia.com/gpu.product` cannot be MI200: the GPU, TPU or spot nodes "
        "have MI300",
    ),
    "spot nodes, and none of them": (
        "spot: {attempts: 1}, nodeSelector: {life: no}",
        "6:73 bad-hardware: a node of this label is a spot node or none, and both are asked for",
    ),
    "a taint that exists with a value": (
        "tolerations: [{key: a, operator: Exists, value: b}]",
        "6:79 bad-hardware: a toleration that `Exists` has no value",
    ),
    "a taint without a key": (
        "tolerations: [{value: b}]",
        "6:45 bad-hardware: a toleration without a key is `operator: Exists`",
    ),
    "parts that are counted and may be missing": (
        "topologySpread: [{topologyKey: zone, minDomains: 2}]",
        "6:80 bad-hardware: `minDomains` counts only with `whenUnsatisfiable: DoNotSchedule`",
    ),
    "a spread of two kinds": (
        "topologySpread: [{topologyKey: zone}, {topologyKey: zone, maxSkew: 2}]",
        "6:69 bad-hardware: `zone` is spread over twice",
    ),
    "a volume of no kind": (
        "volumes: {v: {path: x}}",
        "6:44 bad-hardware: volume `v` has one of pvc, nfs, ephemeral, and a `path`",
    ),
    "a volume of two kinds": (
        "volumes: {v: {path: x, pvc: a, ephemeral: 1Gi}}",
        "6:44 bad-hardware: volume `v` has one of pvc, nfs, ephemeral, and a `path`",
    ),
    "a class of a claim that exists": (
        "volumes: {v: {path: x, pvc: a, storageClass: fast}}",
        "6:76 bad-hardware: `storageClass` has no effect on a volume of kind `pvc`",
    ),
    "a new volume that is only read": (
        "volumes: {v: {path: x, ephemeral: 1Gi, readOnly: true}}",
        "6:80 bad-hardware: `readOnly` has no effect on a volume of kind `ephemeral`",
    ),
    "a volume over the work folder": (
        "volumes: {v: {path: /work/, pvc: a}}",
        "6:51 bad-hardware: a volume cannot be at /work: it would hide the work folder",
    ),
    "a volume over Argo's files": (
        "volumes: {v: {path: /var/run/argo/x, pvc: a}}",
        "6:51 bad-hardware: a volume cannot be at /var/run/argo/x: the system or Argo has its own",
    ),
    "a volume over shared memory": (
        "volumes: {v: {path: /dev/shm, pvc: a}}",
        "6:51 bad-hardware: a volume cannot be at /dev/shm: write `shm:` instead",
    ),
    "two volumes at a place": (
        "volumes: {v: {path: x, pvc: a}, w: {path: /work/x/, pvc: b}}",
        "6:73 bad-hardware: volumes `v` and `w` are both at /work/x",
    ),
    "a profile that nobody has": (
        "extends: smal",
        "6:40 unknown-profile: no hardware profile `smal`",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_hardware_that_cannot_be(name: str, tmp_path: Path) -> None:
    body, expected = BROKEN[name]
    found = problems(tmp_path, step(body))
    assert [shown(problem)[: len(expected)] for problem in found] == [expected]
    assert found[0].hint


AFFINITY = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
TERM = "{nodeSelectorTerms: [{matchExpressions: [{key: a, operator: %s}]}]}}}"


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("In", "`operator: In` needs `values`"),
        ("Exists, values: [b]", "`operator: Exists` has no values"),
        ("Gt, values: [b]", "`operator: Gt` needs one value, a whole number"),
        ("Lt, values: ['1', '2']", "`operator: Lt` needs one value, a whole number"),
    ],
)
def test_an_expression_of_an_affinity(expression: str, message: str, tmp_path: Path) -> None:
    (found,) = problems(tmp_path, step(AFFINITY + TERM % expression))
    assert (found.code, found.message) == ("bad-hardware", message)
    assert (found.at.line, found.at.column) >= (6, 140)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("affinity: {nodeAfinity: {}}", "unknown key `nodeAfinity` in `affinity`"),
        ("resources: {cpu: 1}", "`cpu` is not the full name of a resource"),
        ("resources: {kubernetes.io/x: 1}", "`kubernetes.io/x` is not the full name of a resource"),
        ("resources: {a.com/x: 0.5}", "`a.com/x` is the number 0.5; it must be a whole number"),
        ("gpu: {mig: 1g}", "`1g` is not a partition of a GPU"),
        ("tpu: {topology: 2*4}", "`2*4` is not a topology"),
        ("spot: {}", "`spot` has no `attempts`"),
        ("volumes: {v: {path: ../x, pvc: a}}", "`../x` is not a path of a container"),
        ("gpuType: A100", "unknown key `gpuType` in `hardware`"),
    ],
)
def test_the_shape_is_checked(body: str, message: str, tmp_path: Path) -> None:
    assert message in [problem.message for problem in problems(tmp_path, step(body))]


def test_spot_nodes_have_to_be_known(tmp_path: Path) -> None:
    silent = PROJECT.replace("spot: {nodeSelector: {life: spot}}\n", "")
    for body in ("spot: true", "spot: {attempts: 1}"):
        (found,) = problems(tmp_path, step(body, ", retries: 1"), silent)
        assert (found.code, found.hint) == ("bad-hardware", "say it under `spot:` in argosy.yaml")


def test_leaving_spot_nodes_takes_a_further_attempt(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, step("spot: {attempts: 2}", ", retries: 1"))
    assert shown(found) == (
        "6:30 spot-retries: `a` leaves spot nodes after 2 attempts, "
        "and has 1 attempt beyond the first"
    )
    assert problems(tmp_path, step("spot: {attempts: 2}", ", retries: 2")) == ()


@pytest.mark.parametrize(
    ("volume", "more", "what"),
    [
        ("path: inputs/x", "", "the inputs at /work/inputs"),
        ("path: out/deep", ", outputs: {o: out}", "output `o` at /work/out"),
        ("path: out", ", outputs: {o: {value: out}}", "output `o` at /work/out"),
        ("path: x, readOnly: true", ", outputs: {o: x/out}", "output `o` at /work/x/out"),
        ("path: .argosy/x", "", "the code at /work/.argosy"),
    ],
)
def test_a_volume_hides_nothing(volume: str, more: str, what: str, tmp_path: Path) -> None:
    (found,) = problems(tmp_path, step(f"volumes: {{v: {{pvc: c, {volume}}}}}", more))
    assert (found.code, found.at.line, found.at.column) == ("volume-clash", 6, 30)
    assert found.message.endswith(f"clashes with {what}")


def test_a_volume_leaves_the_folder_for_temporary_files(tmp_path: Path) -> None:
    body = step("volumes: {v: {ephemeral: 1Gi, path: /tmp/x}}")
    assert problems(tmp_path, body) == ()
    (found,) = problems(tmp_path, f"{body}security: {{readOnlyRoot: true}}\n")
    assert found.message.endswith("clashes with a folder of every step at /tmp")


def test_an_output_may_lie_in_a_volume(tmp_path: Path) -> None:
    body = step("volumes: {v: {ephemeral: 1Gi, path: x}}", ", outputs: {o: x/out}")
    assert problems(tmp_path, body) == ()


def test_a_queue_is_named_once(tmp_path: Path) -> None:
    more = ", pod: {metadata: {labels: {kueue.x-k8s.io/queue-name: b}}}"
    (found,) = problems(tmp_path, step("queue: a", more))
    assert shown(found).startswith("6:30 queue-twice: `queue` and the label")


def hardware(folder: Path, environment: str, wanted: str) -> Hardware:
    spec = f"{SPEC}steps: {{a: {{run: 'true', hardware: {wanted}}}}}\n"
    project = load_project(written(folder, spec))
    return compile_pipeline(project, "p", environment).pipeline.step("a").hardware


def test_a_profile_adds_to_what_it_extends(tmp_path: Path) -> None:
    pair = hardware(tmp_path, "prod", "pair")
    assert pair == Hardware(
        cpu=Amount("1"),
        memory=Amount("1Gi", "1Gi"),
        gpu=Gpu(2, "MI300"),
        tolerations=((("key", "x"), ("operator", "Exists")),),
    )
    assert hardware(tmp_path, "prod", "gpu").gpu == Gpu(1, "MI300")
    assert hardware(tmp_path, "dev", "gpu").gpu is None
    assert hardware(tmp_path, "dev", "only").cpu == Amount("1")
    inline = hardware(tmp_path, "prod", "{extends: gpu, memory: {limit: 4Gi}, gpu: {memory: 8Gi}}")
    assert inline.memory == Amount("", "4Gi")
    assert inline.gpu == Gpu(1, "MI300", "8Gi")
    assert hardware(tmp_path, "dev", "{extends: gpu, cpu: 2}").gpu is None


def test_a_profile_that_one_environment_lacks(tmp_path: Path) -> None:
    spec = f"{SPEC}steps: {{a: {{run: 'true', hardware: only}}}}\n"
    (found,) = problems(tmp_path, spec)
    assert shown(found) == (
        "5:36 unknown-profile: no hardware profile `only` in environment `prod`"
    )
    assert found.hint.startswith("dev has it")


def test_what_is_wrong_with_profiles_is_said_where_they_are(tmp_path: Path) -> None:
    def found(profiles: str, bound: str = "{}") -> list[str]:
        head = "apiVersion: argosy.dev/v1\nkind: Project\nname: t\n"
        rest = f"environments: {{dev: {{namespace: d, hardware: {bound}}}}}\n"
        problem = problems(tmp_path, step("cpu: 1"), f"{head}hardware: {profiles}\n{rest}")
        return [shown(item) for item in problem]

    cycle = "{a: {extends: b}, b: {extends: c}, c: {extends: b, cpu: 1}, d: {extends: d}}"
    assert found(cycle) == [
        "4:42 profile-cycle: profiles extend each other: b → c → b",
        "4:84 profile-cycle: profiles extend each other: d → d",
    ]
    assert found("{a: {extends: z}}") == ["4:25 unknown-profile: no hardware profile `z`"]
    assert found("{a: {cpu: 1}}", "{b: z, c: {extends: y}}") == [
        "5:50 unknown-profile: no hardware profile `z`",
        "5:66 unknown-profile: no hardware profile `y`",
    ]
    assert found("{a: {memory: 1Gi}, b: {extends: a, shm: 2Gi}}") == [
        "4:51 bad-hardware: `shm` 2Gi leaves nothing of the memory limit 1Gi"
    ]
    assert found("{a: {memory: 1Gi}}", "{a: {extends: a, shm: 1Gi}}") == [
        "5:68 bad-hardware: `shm` 1Gi leaves nothing of the memory limit 1Gi"
    ]


def test_what_was_asked_for_is_recorded() -> None:
    asked = read({"cpu": 2, "memory": {"limit": "4Gi"}, "gpu": {"mig": "1g.5gb"}, "spot": True})
    expected: dict[str, Any] = {"cpu": "2", "memory": "4Gi", "gpu": 1, "mig": "1g.5gb"}
    assert declared(asked) == {**expected, "spot": True}
    tpu = read({"tpu": {"type": "v5", "topology": "2x4"}, "resources": {"a.com/x": 1}})
    assert tpu.tpu == Tpu("v5", "2x4", 8)
    expected = {"tpu": 8, "tpuType": "v5", "tpuTopology": "2x4", "a.com/x": 1}
    assert declared(tpu) == expected


def test_a_gpu_has_the_name_of_its_vendor() -> None:
    nodes = Nodes(gpu_resource="amd.com/gpu")
    assert nodes.gpu(Gpu(1)) == "amd.com/gpu"
    assert nodes.gpu(Gpu(1, mig="1g.10gb", shared=True)) == "amd.com/mig-1g.10gb.shared"


def test_a_volume_is_read() -> None:
    found = read({"volumes": {"v": {"nfs": {"server": "s", "path": "/e"}, "path": "x"}}})
    assert found.volumes == (Volume("v", "x", {"nfs": {"server": "s", "path": "/e"}}),)


def test_a_claim_is_one_volume_however_often_it_is_mounted() -> None:
    bodies = {"a": {"pvc": "c", "path": "x"}, "b": {"pvc": "c", "path": "y", "subPath": "z"}}
    scratch = {name: {"ephemeral": "1Gi", "path": name} for name in ("s", "t")}
    asked = read({"volumes": {**bodies, **scratch}})
    assert [v["name"] for v in volumes.volumes(asked)] == ["volume-a", "volume-s", "volume-t"]
    assert [m["name"] for m in volumes.mounts(asked)] == [
        *("volume-a", "volume-a", "volume-s", "volume-t"),
    ]


def test_the_golden_pipeline_uses_every_field() -> None:
    golden = Path(__file__).parent / "golden"
    text = (golden / "pipelines/hardware/pipeline.yaml").read_text("utf-8")
    text += (golden / "argosy.yaml").read_text("utf-8")
    from compiler.schema import load

    fields = load("pipeline")["$defs"]["resources"]["properties"]
    used = set(_keys(yaml.safe_load(text.split("environments:")[0].replace("\nkind: Project", ""))))
    assert set(fields) <= used | {"nodeSelector", "tolerations"}


def _keys(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [key for k, v in data.items() for key in (str(k), *_keys(v))]
    return [key for item in data for key in _keys(item)] if isinstance(data, list) else []


def test_profiles_of_a_project_without_environments_are_checked_too(tmp_path: Path) -> None:
    head = "apiVersion: argosy.dev/v1\nkind: Project\nname: t\n"
    (tmp_path / "argosy.yaml").write_text(head + "hardware: {a: {extends: b}}\n")
    with pytest.raises(Rejected) as caught:
        load_project(tmp_path)
    assert {problem.code for problem in caught.value.problems} == {"unknown-profile"}
