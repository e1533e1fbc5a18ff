"""What the language computes is what a real Argo controller answered (`record.py`)."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from argosy.engine.language import (
    EvaluationError,
    SubstitutionError,
    condition,
    depends,
    fanout,
    holds,
    output,
    substitute,
)
from argosy.engine.language.sequences import sequence
from tests.language.record import INPUTS, MADE

HERE = Path(__file__).parent
Answer = Mapping[str, Any]
GLOBAL = {
    "workflow.name": "language",
    "workflow.parameters.s": "global",
    "workflow.parameters": '[{"name":"s","value":"global"}]',
    "workflow.status": "",
}
# values of parameters are looked at as well
INPUT = {f"inputs.parameters.{name}": of for name, of in substitute(INPUTS, GLOBAL).items()}
# where Argo answers, and we refuse by name; where its words are those of Go's own library
DIFFERENT = json.loads((HERE / "differences.json").read_text("utf-8"))


def recorded(topic: str) -> Iterator[tuple[Any, Answer]]:
    for question, answer in json.loads((HERE / "answers" / f"{topic}.json").read_text("utf-8")):
        # what the validator refuses never comes to the language
        if "invalid spec" not in answer.get("error", "") and "refused" not in answer:
            yield question, {key: value for key, value in answer.items() if key != "workflow"}


def answered(compute: Callable[[Any], Answer], question: Any) -> Answer:
    try:
        return compute(question)
    except (EvaluationError, SubstitutionError) as error:
        return {"error": str(error)}


def compare(topic: str, compute: Callable[[Any], Answer]) -> int:
    """Return how many questions were compared; those that differ must be listed with a reason."""
    count, wrong = 0, []
    for question, answer in recorded(topic):
        count += 1
        ours = answered(compute, question)
        listed = json.dumps(question, ensure_ascii=False) if topic == "fanouts" else question
        if (ours == answer) == (listed in DIFFERENT.get(topic, {})):
            wrong.append((question, answer, ours))
    assert not wrong, f"{len(wrong)} of {count}: " + "\n".join(map(str, wrong[:20]))
    return count


def value_of(text: str) -> Answer:
    nap = {f"tasks.nap.{field}": "Succeeded" for field in ("id", "status", "startedAt")}
    written = substitute([text], {**GLOBAL, **INPUT})[0]
    return {"value": output(written, {**INPUT, **nap})}


def test_outputs_of_expressions() -> None:
    assert compare("expressions", value_of) >= 600


def test_functions_of_sprig() -> None:
    assert compare("sprig", value_of) >= 350


def test_times_spans_and_zones() -> None:
    assert compare("dates", value_of) >= 400


def passed(text: str) -> Answer:
    """Put an argument of a task through the passes of the controller, to the task's own input."""
    made = {f"made.outputs.parameters.{name}": output(of, {}) for name, of in MADE.items()}
    made |= {"made.status": "Succeeded", "made.outputs.parameters.tag": "{{inputs.parameters.x}}"}
    tasks = {f"tasks.{name}": value for name, value in made.items()}
    tasks |= {f"tasks.made-b.{name.partition('.')[2]}": value for name, value in made.items()}
    tasks |= {"tasks.gone.status": "Skipped"}
    inputs = {**INPUT, "inputs.parameters.s": "global"}
    value = text
    for scope in ({}, inputs, tasks, {}):
        value = substitute([value], {**GLOBAL, **scope})[0]
    return {"value": substitute([value], {**GLOBAL, "inputs.parameters.v": value})[0]}


def test_tags_of_arguments() -> None:
    assert compare("tags", passed) >= 120


def decided(text: str) -> Answer:
    holding, written = condition(text, {})
    return (
        {"value": True}
        if holding
        else {
            "value": False,
            "message": f"when '{written}' evaluated false",
        }
    )


def test_conditions() -> None:
    assert compare("conditions", decided) >= 150


ENDS = {
    "ok": depends.results("Succeeded"),
    "ok-two": depends.results("Succeeded"),
    "bad": depends.results("Failed"),
    "served": depends.results("Running", daemoned=True),
    "err": depends.results("Error"),
    "skip": depends.results("Skipped"),
    "omit": depends.results("Omitted"),
    "none": depends.results("Skipped"),
    "loop": depends.results("Succeeded", members=["Succeeded", "Succeeded"]),
    "mixed": depends.results("Failed", members=["Succeeded", "Failed"]),
}


def let_run(text: str) -> Answer:
    if holds(text, ENDS):
        return {"value": True}
    return {"value": False, "message": "omitted: depends condition not met"}


def test_depends() -> None:
    assert compare("depends", let_run) >= 60


def fanned_out(question: Mapping[str, Any]) -> Answer:
    task = substitute(substitute(question, GLOBAL), {**GLOBAL, **INPUT})
    if task.get("withItems"):
        found = [fanout.item(each) for each in task["withItems"]]
    elif task.get("withParam"):
        found = fanout.items(task["withParam"])
    elif "withSequence" in task:
        found = sequence(task["withSequence"])
    else:
        return {"type": "Suspend", "phase": "Succeeded", "value": task["text"]}
    if not found:
        return {"type": "Skipped", "phase": "Skipped", "value": None}
    texts = [substitute(task, each.scope(), strict=True)["text"] for each in found]
    return {"items": [[item.name("", i), texts[i]] for i, item in enumerate(found)]}


def test_items_of_fan_outs() -> None:
    assert compare("fanouts", fanned_out) >= 50


def test_no_listed_difference_is_unknown_to_the_answers() -> None:
    for topic, listed in DIFFERENT.items():
        asked = [
            json.dumps(q, ensure_ascii=False) if topic == "fanouts" else q
            for q, _ in recorded(topic)
        ]
        assert set(listed) <= set(asked), topic
        assert all(reason.strip() for reason in listed.values())
