"""What a runtime cannot honour: refused with the step's name, or noted once, before the run."""

from pathlib import Path

import pytest

from argosy.engine.manifests import load
from argosy.engine.manifests.admission import admit
from compiler.problems import Rejected
from tests.engine.test_admission import problems, workflow

CALL = "  templates:\n  - {name: a, dag: {tasks: [{name: t, template: b}]}}\n"
C = "container: {image: i, command: [x]}"
PROJECTED = "projected: {sources: [{serviceAccountToken: {path: t}}]}"
HADOOP = (
    "inputs: {artifacts: [{name: c, path: /c, hdfs: {path: /x, hdfsUser: u, addresses: [node]}}]}"
)
CALLED = "{preStop: {}, postStart: {httpGet: {port: 80}}}"
ASKED = "http: {url: 'http://h', auth: {oauth2: {scopes: [a]}}}"
FETCHED = f"inputs: {{artifacts: [{{name: c, path: /c, {ASKED}}}]}}"
# the template, and what of it is pointed at
REFUSED = {
    "resource": ("resource: {action: get, manifest: x}", "resource"),
    "http": ("http: {url: 'http://h'}", "http"),
    "plugin": ("plugin: {p: {}}", "plugin"),
    "hostAliases": (f"hostAliases: [{{ip: 1.1.1.1, hostnames: [h]}}], {C}", "hostAliases"),
    "podSpecPatch.containers": (f"podSpecPatch: '{{containers: []}}', {C}", "podSpecPatch"),
    "hostPath": (f"volumes: [{{name: v, hostPath: {{path: /}}}}], {C}", "hostPath"),
    "nfs": (f"volumes: [{{name: v, nfs: {{path: /, server: s}}}}], {C}", "nfs"),
    "hdfs": (f"{HADOOP}, {C}", "hdfs"),
    "auth": (f"{FETCHED}, {C}", "oauth2"),
    "serviceAccountToken": (f"volumes: [{{name: v, {PROJECTED}}}], {C}", "projected"),
    "httpGet": (f"container: {{image: i, command: [x], lifecycle: {CALLED}}}", "httpGet"),
    "database": (f"synchronization: {{mutexes: [{{name: m, database: true}}]}}, {C}", "mutexes"),
}


@pytest.mark.parametrize("field", REFUSED)
def test_a_field_that_would_matter_is_refused_at_its_place(field: str, tmp_path: Path) -> None:
    template, word = REFUSED[field]
    line = f"  - {{name: b, {template}}}"
    [problem] = problems(workflow(tmp_path, f"{CALL}{line}\n"))
    assert problem.code == "not-honoured"
    assert problem.message == f"`b`: `{field}` is not supported by --runtime process"
    assert (problem.at.line, problem.at.column) == (8, line.index(word) + 1)
    assert problem.note == "it is called by step `t` of `a`"


@pytest.mark.parametrize("field", REFUSED)
def test_a_template_that_nobody_calls_does_not_matter(field: str, tmp_path: Path) -> None:
    other = "  templates:\n  - {name: a, suspend: {}}\n"
    assert problems(workflow(tmp_path, f"{other}  - {{name: b, {REFUSED[field][0]}}}\n")) == []


@pytest.mark.parametrize("field", ["resource", "http"])
def test_a_context_of_kubernetes_lets_what_needs_a_cluster_run(field: str, tmp_path: Path) -> None:
    path = workflow(tmp_path, f"{CALL}  - {{name: b, {REFUSED[field][0]}}}\n")
    assert problems(path, kube_context="kind") == []


def test_a_patch_that_gives_a_container_other_resources_is_no_reason_not_to_run(
    tmp_path: Path,
) -> None:
    limits = '{"cpu": {{workflow.parameters.cpu}}, "memory": "{{workflow.name}}"}'
    patch = f'{{"containers": [{{"name": "main", "resources": {{"limits": {limits}}}}}]}}'
    spec = f'  arguments: {{parameters: [{{name: cpu, value: "1"}}]}}\n{CALL}'
    path = workflow(tmp_path, f"{spec}  - {{name: b, podSpecPatch: '{patch}', {C}}}\n")
    assert problems(path) == []
    path.write_text(path.read_text("utf-8").replace('"main",', '"main", "image": "i",'), "utf-8")
    assert [problem.code for problem in problems(path)] == ["not-honoured"]


def test_a_command_that_names_its_file_by_an_absolute_path_needs_a_sandbox(tmp_path: Path) -> None:
    outputs = "outputs: {parameters: [{name: q, valueFrom: {path: /tmp/q}}]}"
    step = f"{{name: b, container: {{image: i, command: [sh, -c, 'echo 7 > /tmp/q']}}, {outputs}}}"
    path = workflow(tmp_path, f"{CALL}  - {step}\n")
    [problem] = problems(path)
    assert problem.message == "`b` uses `/tmp/q`, which --runtime process cannot put there"
    assert (problem.at.line, problem.at.column) == (8, 65)
    assert "--runtime sandbox" in problem.hint
    assert problems(path, runtime="sandbox") == []
    path.write_text(path.read_text("utf-8").replace("> /tmp/q", "> tmp/q"), "utf-8")
    assert problems(path) == []


def test_what_concerns_the_place_of_a_step_only_is_noted_once(tmp_path: Path) -> None:
    spec = """  serviceAccountName: sa
  nodeSelector: {disk: ssd}
  templates:
  - {name: a, dag: {tasks: [{name: t, template: b}, {name: u, template: c}]}}
  - name: b
    tolerations: [{key: k}]
    container: {image: i, command: [x], resources: {limits: {cpu: 1m, example.com/gpu: 1}}}
  - {name: c, securityContext: {runAsUser: 1}, container: {image: i, command: [x]}}
"""
    path = workflow(tmp_path, spec.replace("1m, example.com/gpu: 1", '1m, example.com/gpu: "1"'))
    first, second, third = admit(load(path), {}).notes
    assert first == "a step gets no disk=ssd on this machine"
    assert second == "`b` gets no example.com/gpu 1 on this machine"
    assert third == (
        "with --runtime process, images are not used: the programs of this machine run; limits of "
        "cpu and disk are not enforced; tolerations, schedulers and priorities have no effect; "
        "steps run as you: security contexts have no effect; steps have no service account"
    )
    assert "images" not in admit(load(path), {}, runtime="container").notes[-1]


def test_a_run_of_what_was_admitted_is_not_judged_again(tmp_path: Path) -> None:
    path = workflow(
        tmp_path, "  arguments: {parameters: [{name: p}]}\n" + CALL + f"  - {{name: b, {C}}}\n"
    )
    with pytest.raises(Rejected):
        admit(load(path), {})
    admitted = admit(load(path), {"p": "1"})
    assert admit(admitted.bundle, {}).parameters == {"p": "1"}
