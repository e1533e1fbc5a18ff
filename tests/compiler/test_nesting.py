"""Large DAGs: how they are cut, what crosses the borders, and which templates are shared."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from compiler import dag, depends, nesting, parts, sharing
from compiler.problems import Rejected
from compiler.project import load_project
from compiler.render import compile_pipeline, render
from tests.scratch import write

GOLDEN = Path(__file__).parent / "golden"
HEAD = """apiVersion: argosy.dev/v1
kind: Pipeline
name: p
params: {rows: {type: integer, default: 3}}
defaults: {image: "img:1"}
steps:
"""


def spec(count: int, more: str = "") -> str:
    """Chains of five steps, each of which hands a value on; `more` comes first."""
    lines = [HEAD + more]
    for index in range(count):
        given = f'inputs: {{v: "${{steps.s{index - 1}.outputs.v}}"}}, ' if index % 5 else ""
        outputs = "outputs: {v: {value: v, type: integer}}"
        lines.append(f"  s{index}: {{{given}run: echo {index} > v, {outputs}}}\n")
    return "".join(lines)


def templates(folder: Path, text: str) -> dict[str, dict[str, Any]]:
    write(folder, text)
    files = render(load_project(folder), "dev", verified=True).files
    found = yaml.safe_load(files["p/workflowtemplate.yaml"])["spec"]["templates"]
    assert len({template["name"] for template in found}) == len(found)
    return {template["name"]: template for template in found}


def dags(found: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    return {
        name: [task["name"] for task in template["dag"]["tasks"]]
        for name, template in found.items()
        if "dag" in template
    }


def test_no_dag_has_more_than_200_tasks_and_each_task_keeps_its_name(tmp_path: Path) -> None:
    found = dags(templates(tmp_path, spec(1000)))
    assert max(map(len, found.values())) <= 100
    named = [task for tasks in found.values() for task in tasks if task.startswith("s")]
    assert sorted(named) == sorted(f"s{index}" for index in range(1000))


def test_a_dag_of_200_tasks_stays_one(tmp_path: Path) -> None:
    assert list(dags(templates(tmp_path, spec(200)))) == ["main"]
    assert len(dags(templates(tmp_path, spec(201)))) > 1


def test_a_step_more_moves_few_borders(tmp_path: Path) -> None:
    before = dags(templates(tmp_path, spec(400)))
    after = dags(templates(tmp_path, spec(400, "  early: {run: 'true'}\n")))
    same = [name for name, tasks in before.items() if after.get(name) == tasks]
    assert len(same) >= len(before) / 2


def test_a_long_chain_and_a_deep_condition_stay_small(tmp_path: Path) -> None:
    body = "  s0: {when: params.rows > 1, run: echo 1 > v, outputs: {v: {value: v}}}\n"
    for index in range(1, 600):
        given = f'inputs: {{v: "${{steps.s{index - 1}.outputs.v}}"}}, needs: [{"s0"}]'
        body += f"  s{index}: {{{given}, run: echo 1 > v, outputs: {{v: {{value: v}}}}}}\n"
    body += "  last: {needs: [s599], run: 'true'}\n"
    found = templates(tmp_path, HEAD + body)
    longest = max(
        len(task.get("depends", ""))
        for template in found.values()
        for task in template.get("dag", {}).get("tasks", ())
    )
    assert longest < 2000


TERMS = {
    "a.Succeeded && b.Succeeded": ("a.Succeeded", "a.Succeeded && G.Succeeded"),
    "(a.Succeeded || a.Skipped)": ("(a.Succeeded || a.Skipped)", "(a.Succeeded || a.Skipped)"),
    "b.Succeeded": ("", "G.Succeeded"),
    "a.Failed && (b.Succeeded || (b.Omitted && a.Succeeded))": (
        "a.Failed",
        "a.Failed && (G.Succeeded || (G.Succeeded && a.Succeeded))",
    ),
    "a.Failed && (a.Skipped || (b.Omitted && c.Succeeded && (b.Skipped || c.Failed)))": (
        "a.Failed && (a.Skipped || c.Succeeded)",
        "a.Failed && (a.Skipped || (G.Succeeded && c.Succeeded && (G.Succeeded || c.Failed)))",
    ),
    "": ("", ""),
}


@pytest.mark.parametrize("text", TERMS)
def test_terms_are_replaced_and_what_always_holds_is_left_out(text: str) -> None:
    def known(task: str, result: str) -> str:
        return "" if task == "b" else f"{task}.{result}"

    def grouped(task: str, result: str) -> str:
        return "G.Succeeded" if task == "b" else f"{task}.{result}"

    assert (depends.replaced(text, known), depends.replaced(text, grouped)) == TERMS[text]


@pytest.mark.parametrize("name", ["every", "fan", "calls", "wide"])
@pytest.mark.parametrize("size", [2, 3, 7])
def test_whatever_a_part_reads_is_among_its_inputs_or_its_own(name: str, size: int) -> None:
    compiled = compile_pipeline(load_project(GOLDEN), name, "dev")
    main, members = dag.main(compiled.pipeline), dag.members(compiled.pipeline)
    found = nesting.nested(main, members, parts.Sizes(size, 1, size))
    for part in found:
        own = {task["name"] for task in part["dag"]["tasks"]}
        inputs = {p["name"] for p in part.get("inputs", {}).get("parameters", ())}
        text = yaml.safe_dump([part["dag"], part.get("outputs", {})], width=10**6)
        read = re.findall(r"tasks(?:\.|\[''?)([\w-]+)", text)
        assert set(read) <= own
        assert set(re.findall(r"inputs\.parameters(?:\.|\[''?)([\w-]+)", text)) <= inputs
        for task in part["dag"]["tasks"]:
            assert {name for name, _ in depends.terms(task.get("depends", ""))} <= own


def test_equal_leaves_of_a_large_pipeline_are_one_template(tmp_path: Path) -> None:
    found = templates(tmp_path, spec(260))
    leaves = [name for name in found if name.startswith("shared-")]
    assert len(leaves) == 2
    shared = found[leaves[0]]
    assert {"name": "argosy-step"} in shared["inputs"]["parameters"]
    assert shared["container"]["command"][-1] == ".argosy/{{inputs.parameters.argosy-step}}.sh"
    more = templates(tmp_path, spec(260, "  other: {run: 'true', env: {A: b}}\n"))
    assert {name for name in more if name.startswith("shared-")} == set(leaves)
    assert "other" in more


def test_a_small_pipeline_calls_templates_after_its_steps(tmp_path: Path) -> None:
    assert not [n for n in templates(tmp_path, spec(90)) if n.startswith("shared-")]


def test_what_is_no_container_is_never_shared() -> None:
    plain = [{"name": f"t{index}", "suspend": {}} for index in range(3)]
    assert sharing.shared(plain, few=0) == plain


def test_the_tasks_of_a_step_are_bounded_in_a_dag_of_their_own() -> None:
    files = render(load_project(GOLDEN), "dev", ["wide"]).files
    found = yaml.safe_load(files["wide/workflowtemplate.yaml"])["spec"]["templates"]
    limits = {t["name"]: t["parallelism"] for t in found if "parallelism" in t}
    assert limits == {"main--from-fold": 2, "main--from-region": 1}


def test_a_bound_of_a_step_that_runs_once_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        templates(tmp_path, HEAD + "  a: {run: 'true', parallelism: 2}\n")
    (problem,) = caught.value.problems
    assert (problem.code, problem.at.line, problem.at.column) == ("no-effect", 7, 20)
    assert problem.message == "`parallelism` has no effect on a step that runs once"
