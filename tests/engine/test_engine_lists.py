"""Lists and what may fail or be skipped, from the spec to the end of a local run."""

import os
import sys
from pathlib import Path

import pytest

from argosy.engine.language import EvaluationError, evaluate
from argosy.engine.language.values import to_json
from argosy.engine.manifests import load
from argosy.engine.run import run
from compiler.project import load_project
from compiler.render import render
from tests.scratch import write

SPECS = Path(__file__).parents[1] / "specs"
Nodes = dict[str, tuple[str, dict[str, str]]]


def execute(folder: Path, spec: str, phase: str = "Succeeded", **parameters: str) -> Nodes:
    """Compile `spec`, run it here, and return phase and outputs of each node by its name."""
    name = next(line.split()[1] for line in spec.splitlines() if line.startswith("name:"))
    for path, content in render(load_project(write(folder, spec, name=name)), "dev", verified=True):
        (folder / "out" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "out" / path).write_bytes(content)
    manifests, state = load(folder / "out"), folder / "state"
    options = {"environment": {}, "on_event": lambda _event: None}
    ended = run(manifests, name="r", parameters=parameters, folder=state, **options)  # type: ignore[arg-type]
    assert ended.phase == phase, [(n.name, n.message) for n in ended.nodes]
    return {n.name.removeprefix("r."): (n.phase, n.parameters) for n in ended.nodes}


@pytest.fixture(autouse=True)
def path_of_this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([folder, os.environ["PATH"]]))


def gathered(found: Nodes, step: str) -> str:
    """Return the list of what the items of a step have put out."""
    return to_json([n[1]["out"] for name, n in found.items() if name.startswith(f"{step}(")])


def test_lists_fan_out_and_in(tmp_path: Path) -> None:
    found = execute(tmp_path, (SPECS / "lists.yaml").read_text("utf-8"))
    assert found["train-svm-0"][0] == "Failed"
    assert found["best"][1]["selected"] == "train-forest-2"
    assert found["compare"][1]["scores"] == "[0.1,0.1,0.2]"
    typed = "[0.4, ['us', 'e\"u \\\\ <é>', '1', 'true'], [1, 2], []]"
    assert found["typed"][1]["out"] == typed
    assert found["told"][1]["out"].endswith('["ulm 1","new york 2"] ["a b","c"]')
    assert (found["after-rare"][0], found["always"][1]) == ("Omitted", {"n": "5"})
    towns = '["new \\"york\\" \\\\ \\u003cé\\u003e 1 true 1.5","ulm 2 false 2"]'
    assert gathered(found, "town") == towns
    assert gathered(found, "of-made") == '["a\\"b8","c9"]'
    assert found["empty"][0] == "Skipped"
    assert found["after-empty"][0] == "Succeeded"


HEAD = "apiVersion: argosy.dev/v1\nkind: Pipeline\nname: p\ndefaults: {image: 'a:1'}\nsteps:\n"
CHAIN = """  first: {run: "exit ${run.name}"}
  rare:
    when: run.env == 'prod'
    run: echo 1 > n
    outputs: {n: {value: n, type: integer}}
  reads: {run: "true", inputs: {n: "${steps.rare.outputs.n}"}, needs: [first]}
  last: {run: "true", needs: [reads]}
"""


def test_what_was_skipped_does_not_hide_what_failed(tmp_path: Path) -> None:
    found = execute(tmp_path, HEAD + CHAIN, "Failed")
    assert found["first"][0] == "Failed"
    assert found["rare"][0] == "Skipped"
    assert (found["reads"][0], found["last"][0]) == ("Omitted", "Omitted")


def test_order_goes_on_behind_what_was_skipped(tmp_path: Path) -> None:
    found = execute(tmp_path, HEAD + CHAIN.replace("exit ${run.name}", "true"))
    assert (found["reads"][0], found["last"][0]) == ("Omitted", "Succeeded")


def test_a_tolerated_failure_at_the_end_ends_well(tmp_path: Path) -> None:
    step = "  a: {run: exit 3, continueOnError: true}\n"
    assert execute(tmp_path, HEAD + step)["a"][0] == "Failed"


def test_what_comes_before_a_tolerated_step_still_counts(tmp_path: Path) -> None:
    steps = "  a: {run: exit 3}\n  b: {run: 'true', needs: [a], continueOnError: true}\n"
    assert execute(tmp_path, HEAD + steps, "Failed")["b"][0] == "Omitted"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("map([1, 2], {# * 2})", [2, 4]),
        ("filter([1, nil, 3], {# != nil})", [1, 3]),
        ("map(filter(['1', nil], {# != nil}), {asFloat(#)})", [1.0]),
        ("map([[1], [2, 3]], {map(#, {# + 1})})", [[2], [3, 4]]),
        ("map([], {asFloat(#)})", []),
        ("toJson(map(['true'], {(# == 'true')}))", "[true]"),
        ("""fromJSON('"' + item + '"')""", 'a"b\n'),
        ("tasks['a']?.outputs?.parameters?.['x'] ?? 'd'", "d"),
        ("tasks['b']?.outputs?.parameters?.['x'] ?? 'd'", "1"),
        ("'a\\n\\u00e9\\''", "a\né'"),
    ],
)
def test_expressions_of_lists(text: str, value: object) -> None:
    tasks = {"a": {"status": "Skipped"}, "b": {"outputs": {"parameters": {"x": "1"}}}}
    names = {"item": 'a\\"b\\n', "tasks": tasks}
    assert evaluate(text, names) == value


@pytest.mark.parametrize("text", ["map([1], {#", "map([1] {#})", "map([], {#)", "map(1, {#})"])
def test_half_a_predicate_is_refused(text: str) -> None:
    with pytest.raises(EvaluationError):
        evaluate(text, {})


def test_json_is_written_as_go_does() -> None:
    assert to_json([1.0, 0.5, "<é>&", True]) == '[1,0.5,"\\u003cé\\u003e\\u0026",true]'


LACKING = """  list:
    run: |
      echo '[{"city": "a", "zone": 1}, {"city": "b"}]' > l
    outputs: {l: {value: l, type: list, items: {city: string, zone: integer}}}
  lacks:
    foreach: ${steps.list.outputs.l}
    run: echo ${each.city} ${each.zone} > out
    continueOnError: true
  after: {needs: [lacks], run: "true"}
"""


def test_an_item_that_lacks_a_field_is_an_error_of_its_step(tmp_path: Path) -> None:
    found = execute(tmp_path, HEAD + LACKING)
    assert found["lacks"][0] == "Error"
    assert found["after"][0] == "Succeeded"


CORNERS = """  list:
    when: run.env == 'prod'
    run: echo '["a"]' > l
    outputs: {l: {value: l, type: list}, n: {value: l}}
  fan:
    foreach: ${steps.list.outputs.l}
    run: echo ${each.value} > o
    outputs: {o: {value: o}}
  behind: {inputs: {o: "${steps.fan.outputs.o}"}, run: "true"}
  order: {needs: [fan], run: "true"}
  part:
    matrix: {m: [a, b]}
    when: matrix.m == 'a' and run.env == 'dev'
    run: echo ${matrix.m} > o
    outputs: {o: {value: o}}
  joined:
    inputs: {o: "${steps.part.outputs.o}"}
    run: echo ${inputs.o} > j
    outputs: {j: {value: j}}
  default:
    matrix: {m: [a, b]}
    inputs: {n: {from: "${steps.list.outputs.n}", default: none}}
    run: echo ${inputs.n} > o
    outputs: {o: {value: o}}
"""


def test_what_is_skipped_goes_through_lists(tmp_path: Path) -> None:
    found = execute(tmp_path, HEAD + CORNERS)
    assert [found[n][0] for n in ("list", "fan", "behind")] == ["Skipped", "Omitted", "Omitted"]
    assert found["order"][0] == "Succeeded"
    assert [found[n][0] for n in ("part-a", "part-b")] == ["Succeeded", "Skipped"]
    assert found["joined"][1] == {"j": '["a"]'}
    assert found["default-b"][1] == {"o": "none"}
