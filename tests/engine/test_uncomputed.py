"""A function that is refused is told at its place before a run, not in the middle of it."""

from pathlib import Path

import pytest

from argosy.engine.manifests import load
from argosy.engine.manifests.admission import admit
from compiler.problems import Problem, Rejected

HEAD = """apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: w}
spec:
  entrypoint: main
"""


def problems(tmp_path: Path, text: str) -> list[Problem]:
    path = tmp_path / "w.yaml"
    path.write_text(HEAD + text, "utf-8")
    try:
        admit(load(path), {}, runtime="process", as_argo=False)
    except Rejected as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize(
    ("written", "at"),
    [
        (
            "  templates:\n"
            "  - name: main\n"
            "    container: {image: i, command: [echo, \"{{=sprig.genCA('a', 1)}}\"]}\n",
            (8, 47),
        ),
        (
            "  workflowMetadata:\n"
            "    labelsFrom:\n"
            "      k: {expression: \"sprig.genCA('a', 1)\"}\n"
            "  templates: [{name: main, suspend: {}}]\n",
            (8, 24),
        ),
    ],
)
def test_a_refused_function_is_told_at_its_place(
    written: str, at: tuple[int, int], tmp_path: Path
) -> None:
    [problem] = problems(tmp_path, written)
    assert problem.code == "not-honoured"
    assert problem.message.endswith("`sprig.genCA` is not computed here")
    assert (problem.at.line, problem.at.column) == at
    assert problem.hint == "it makes or reads secret keys: take them from a Secret"


@pytest.mark.parametrize(
    "command",
    [
        "{{=sprig.uuidv4()}}",
        "sprig.genCA is a word of a script",
        "{{=sprig.now().Year()}} sprig.bcrypt",
    ],
)
def test_what_is_computed_and_what_is_no_expression_is_none(command: str, tmp_path: Path) -> None:
    step = f'{{name: main, container: {{image: i, command: [echo, "{command}"]}}}}'
    assert problems(tmp_path, f"  templates: [{step}]\n") == []


def test_a_template_that_nobody_calls_does_not_matter(tmp_path: Path) -> None:
    step = "{name: b, container: {image: i, command: [\"{{=sprig.bcrypt('x')}}\"]}}"
    assert problems(tmp_path, f"  templates: [{{name: main, suspend: {{}}}}, {step}]\n") == []
