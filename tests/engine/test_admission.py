"""264 manifests, wrong in one way each: the engine's verdict is of the class of real Argo's."""

import json
from pathlib import Path
from typing import Any

import pytest

from argosy.engine.failure import EngineError
from argosy.engine.manifests import load
from argosy.engine.manifests.admission import Admission, admit
from argosy.engine.run import run
from compiler.problems import Problem, Rejected
from tests.argo.test_rejections import BESIDE, FILES, expected

REFUSED, ADMITTED, STOPPED = "refused", "admitted", "stopped unless as Argo"
CLASSES = {
    "reject": {REFUSED},
    "none": {REFUSED},  # it never came to the controller
    "ignored": {REFUSED},
    "error": {ADMITTED},  # and then fails at run time
    "fail": {ADMITTED},
    "run": {ADMITTED, STOPPED},
    "pending": {STOPPED},
}
EXCEPTIONS = {
    "G14d": (ADMITTED, "which devices a node has no manifest tells; here none is asked for"),
    "G16g": (ADMITTED, "which images there are no manifest tells; a process needs none"),
    "G16b": (ADMITTED, "a claim that is not there is made: here it is a folder"),
    "G12": (REFUSED, "a patch of containers is not applied by any runtime here, so it is refused"),
    "V56d": (REFUSED, "Error comes before the first node: there is nothing to run"),
}
# these end in Error on a cluster, and well here, where nothing takes part that they lack
NOT_NEEDED = {"G16": "a ServiceAccount", "G16f": "an artifact repository"}


def verdict(path: Path, *, as_argo: bool = False) -> Admission | list[Problem]:
    """Return the admission of the manifest in `path`, or what stands against it."""
    beside = BESIDE.split("---\n")[: 2 if path.stem == "G16h" else 1]
    folder = path.parent
    files = [path]
    for number, text in enumerate(beside):
        files.append(folder / f"beside-{number}.yaml")
        files[-1].write_text(text, "utf-8")
    own = load(path, as_argo=as_argo)
    try:
        bundle = load(files, f"{own.kind}/{own.name}", as_argo=as_argo)
        return admit(bundle, {}, runtime="sandbox", as_argo=as_argo)
    except Rejected as rejected:
        return list(rejected.problems)


def classified(path: Path) -> str:
    try:
        if isinstance(verdict(path), Admission):
            return ADMITTED
    except Rejected:
        pass
    return STOPPED if isinstance(verdict(path, as_argo=True), Admission) else REFUSED


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_verdict_is_of_the_class_of_argos(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / file.name
    copy.write_bytes(file.read_bytes())
    wanted = CLASSES[expected(file)["controller"]]
    if file.stem in EXCEPTIONS:
        assert classified(copy) == EXCEPTIONS[file.stem][0] not in wanted
    else:
        assert classified(copy) in wanted, verdict(copy)


@pytest.mark.parametrize("name", NOT_NEEDED)
def test_what_a_machine_does_not_need_is_no_problem(name: str) -> None:
    file = next(file for file in FILES if file.stem == name)
    assert admit(load(file), {}).warnings == ()


# the pods of these cannot be made, whatever the step would do
UNMAKEABLE = ("G09", "G12b", "G12d", "G14", "G14b", "G14c", "G14e", "N11", "V20c")


@pytest.mark.parametrize("name", UNMAKEABLE)
def test_a_pod_that_a_cluster_could_not_make_is_an_error_here_too(
    name: str, tmp_path: Path
) -> None:
    file = next(file for file in FILES if file.stem == name)
    options: dict[str, Any] = {"parameters": {}, "environment": {}, "folder": tmp_path}
    ended = run(load(file), name="r", on_event=lambda _event: None, **options)
    assert ended.phase == expected(file)["controller"].capitalize()
    [node] = ended.nodes
    assert node.phase == "Error"
    assert node.message == load_faults(file)["a"]


@pytest.mark.parametrize("name", ["G12e", "G12f", "V19c"])
def test_what_fails_before_any_pod_is_an_error_of_the_run(name: str, tmp_path: Path) -> None:
    file = next(file for file in FILES if file.stem == name)
    options: dict[str, Any] = {"parameters": {}, "environment": {}, "folder": tmp_path}
    ended = run(load(file), name="r", on_event=lambda _event: None, **options)
    assert ended.phase == "Error"
    assert [node.phase for node in ended.nodes] == (["Error"] if name == "V19c" else [])


def test_a_value_that_argo_evaluates_is_evaluated_as_argo(tmp_path: Path) -> None:
    spec = """  arguments: {parameters: [{name: p, value: x}]}
  templates:
  - name: a
    inputs: {parameters: [{name: p, value: "{{workflow.parameters.p}}"}]}
    container: {image: i, command: [echo, "{{inputs.parameters.p}}"]}
"""
    options: dict[str, Any] = {"environment": {}, "folder": tmp_path, "name": "r"}
    options |= {"on_event": lambda _event: None, "as_argo": True}
    ended = run(load(workflow(tmp_path, spec)), parameters={"p": "{{=1+1}}"}, **options)
    [node] = ended.nodes
    assert node.log is not None
    assert node.log.read_text("utf-8") == "2\n"


def load_faults(file: Path) -> dict[str, str]:
    return dict(admit(load(file), {}).bundle.faults)


ORACLE = Path(__file__).parent / "oracle"
NAMES = sorted(path.stem for path in (ORACLE / "answers").glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_what_a_controller_ran_is_admitted_and_what_it_refused_is_not(name: str) -> None:
    answer = json.loads((ORACLE / f"answers/{name}.json").read_text("utf-8"))
    bundle = load(ORACLE / f"manifests/{name}.yaml", as_argo=True)
    try:
        admit(bundle, {}, as_argo=True, runtime="sandbox")
        admitted = True
    except Rejected:
        admitted = False
    # a label is computed when a run begins, and ends it then
    begun = bool(answer["nodes"]) or name.startswith("labels-")
    assert admitted == begun, answer.get("message")


def workflow(folder: Path, spec: str, name: str = "w") -> Path:
    """Write a workflow with `spec`, whose lines are indented by two."""
    path = folder / f"{name}.yaml"
    head = f"apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {{name: {name}}}\n"
    path.write_text(f"{head}spec:\n  entrypoint: a\n{spec}", "utf-8")
    return path


def problems(path: Path, **options: Any) -> list[Problem]:
    """Return what stands against the manifest in `path`, and what is said of it."""
    try:
        return list(admit(load(path), {}, **options).warnings)
    except Rejected as rejected:
        return list(rejected.problems)


def places(path: Path, **options: Any) -> list[tuple[str, int, int]]:
    return [(p.code, p.at.line, p.at.column) for p in problems(path, **options)]


def test_the_place_is_that_of_the_tag_and_a_name_like_it_is_proposed(tmp_path: Path) -> None:
    spec = """  templates:
  - name: a
    inputs: {parameters: [{name: learning-rate, value: x}]}
    container:
      image: i
      command: [echo]
      args:
      - one
      - two {{inputs.parameters.learning_rate}}
"""
    [found] = problems(workflow(tmp_path, spec))
    assert (found.at.line, found.at.column, found.at.width) == (14, 13, 35)
    assert found.message == "templates.a: failed to resolve {{inputs.parameters.learning_rate}}"
    assert found.hint == "did you mean `learning-rate`?"


def test_names_that_are_not_there_are_answered_by_those_that_are(tmp_path: Path) -> None:
    spec = """  templates:
  - {name: train, container: {image: i, command: [x]}}
  - name: a
    dag: {tasks: [{name: t, template: trian}]}
"""
    [found] = problems(workflow(tmp_path, spec))
    assert (found.at.line, found.hint) == (9, "did you mean `train`?")
    [found] = problems(workflow(tmp_path, spec.replace("trian", "train, depends: tt")))
    assert (found.at.line, found.hint) == (9, "did you mean `t`?")


def test_an_argument_without_a_value_is_told_where_it_is_declared(tmp_path: Path) -> None:
    spec = "  arguments: {parameters: [{name: p}]}\n"
    path = workflow(tmp_path, spec + "  templates: [{name: a, suspend: {}}]\n")
    assert places(path) == [("argo-refuses", 6, 28)]
    assert admit(load(path), {"p": "1"}).parameters == {"p": "1"}


def test_values_of_arguments_are_the_given_ones_then_those_of_a_config_map(tmp_path: Path) -> None:
    spec = """  arguments:
    parameters:
    - {name: p, value: "1"}
    - {name: q, valueFrom: {configMapKeyRef: {name: m, key: k}}}
    - {name: r, valueFrom: {configMapKeyRef: {name: m, key: none}, default: d}}
  templates: [{name: a, suspend: {}}]
---
kind: ConfigMap
apiVersion: v1
metadata: {name: m, labels: {workflows.argoproj.io/configmap-type: Parameter}}
data: {k: v}
"""
    path = workflow(tmp_path, spec)
    assert admit(load(path), {}).parameters == {"p": "1", "q": "v", "r": "d"}
    assert admit(load(path), {"q": "own"}).parameters["q"] == "own"


def test_a_value_that_argo_would_evaluate_is_refused_unless_as_argo(tmp_path: Path) -> None:
    spec = '  arguments: {parameters: [{name: p, value: "x", enum: ["x", "{{=1}}"]}]}\n'
    path = workflow(tmp_path, spec + "  templates: [{name: a, suspend: {}}]\n")
    with pytest.raises(EngineError, match="cannot stand in the value"):
        admit(load(path), {"p": "{{=1}}"})
    assert admit(load(path), {"p": "{{=1}}"}, as_argo=True).parameters == {"p": "{{=1}}"}
    with pytest.raises(EngineError, match="is no value of `p`"):
        admit(load(path), {"p": "z"})
    with pytest.raises(EngineError) as caught:
        admit(load(path), {"P": "z"})
    assert caught.value.hint == "did you mean `p`?"


def test_mistakes_in_a_template_of_another_file_stand_in_that_file(tmp_path: Path) -> None:
    called = tmp_path / "t.yaml"
    called.write_text(
        """apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: t}
spec:
  templates:
  - {name: l, container: {image: i, command: [echo, "{{item}}"]}}
  - {name: m, container: {image: i, commandd: [x]}}
""",
        "utf-8",
    )
    call = "{name: s, templateRef: {name: t, template: l}}"
    workflow(tmp_path, f"  templates: [{{name: a, steps: [[{call}]]}}]\n")
    assert places(tmp_path) == [("argo-differs", 6, 54), ("argo-refuses", 7, 37)]
    assert [p.code for p in problems(tmp_path, as_argo=True)] == ["argo-differs", "argo-refuses"]


def test_references_that_go_round_end(tmp_path: Path) -> None:
    for name, other in (("t", "u"), ("u", "t")):
        call = f"{{name: s, templateRef: {{name: {other}, template: b}}}}"
        body = f"spec: {{templates: [{{name: b, steps: [[{call}]]}}]}}\n"
        head = "apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\n"
        (tmp_path / f"{name}.yaml").write_text(f"{head}metadata: {{name: {name}}}\n{body}", "utf-8")
    call = "{name: s, templateRef: {name: t, template: b}}"
    workflow(tmp_path, f"  templates: [{{name: a, steps: [[{call}]]}}]\n")
    assert [p.severity for p in problems(tmp_path)] in ([], ["warning"])


def test_a_template_whose_pods_cannot_be_named_is_told_beforehand() -> None:
    for name, codes in (
        ("pod-name-capitals", ["argo-fails"]),
        ("pod-name-capitals-entrypoint", []),
    ):
        found = admit(load(ORACLE / f"manifests/{name}.yaml"), {}).warnings
        assert [problem.code for problem in found] == codes
