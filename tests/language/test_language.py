"""The language apart from single answers: scopes, passes, limits, and what no input may do."""

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.engine.language import (
    EvaluationError,
    Layers,
    RefusedError,
    SubstitutionError,
    condition,
    decide,
    depends,
    evaluate,
    fanout,
    holds,
    left_over,
    names,
    substitute,
)
from argosy.engine.language.durations import seconds
from argosy.engine.language.quantities import quantity
from argosy.engine.language.sprig import REFUSED
from compiler.exprlang.parser import MAX_DEPTH
from compiler.golang.durations import nanoseconds


class Tasks(Mapping[str, str]):
    """The results of 10,000 tasks, which counts look-ups and refuses to be walked over."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getitem__(self, key: str) -> str:
        self.asked.append(key)
        if not key.endswith(".outputs.parameters.q"):
            raise KeyError(key)
        return key.split(".")[1]

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("nobody may walk over the names of 10,000 tasks")

    def __len__(self) -> int:
        return 10_000

    def __contains__(self, key: object) -> bool:
        return str(key).endswith(".outputs.parameters.q")

    def below(self, name: str) -> bool:
        return not name.endswith(".q") and name.startswith("tasks")


def test_names_are_looked_up_and_never_listed() -> None:
    tasks = Tasks()
    expression = "tasks['t-9'].outputs.parameters.q + tasks.t8.outputs.parameters.q"
    assert evaluate(expression, tasks) == "t-9t8"
    assert substitute("{{tasks.t7.outputs.parameters.q}}{{=1}}", tasks) == "t71"
    assert evaluate("tasks.t8.outputs.parameters.q", Layers({"a": "b"}, tasks)) == "t8"
    assert len(tasks.asked) == 4


def test_a_name_with_others_below_it_is_a_map_of_those() -> None:
    scope = {"inputs.parameters": "[…]", "inputs.parameters.x": "1"}
    assert evaluate("inputs.parameters.x", scope) == "1"
    assert substitute("{{inputs.parameters}}", scope) == "[…]"


def test_layers_are_one_scope() -> None:
    both = Layers({"a": "2", "b.c": "3"}, {"a": "1"})
    assert (both["a"], both["b.c"], len(both), list(both)) == ("1", "3", 2, ["a", "b.c"])
    assert evaluate("a + b.c", both) == "13"
    with pytest.raises(KeyError):
        both["d"]


def test_N08_a_value_is_looked_at_before_and_after_it_is_put_in() -> None:
    template: dict[str, Any] = {
        "name": "a",
        "inputs": {"parameters": [{"name": "v", "value": "x {{workflow.name}} {{=1+1}}"}]},
        "container": {
            "args": ["{{inputs.parameters.v}}", "{{=inputs.parameters.v}}", "{{inputs}}"]
        },
        "outputs": {"parameters": [{"name": "o", "valueFrom": {"path": "/tmp/o"}}]},
    }
    scope = {"workflow.name": "wf"}
    first = substitute(template, scope)
    found = substitute(first, Layers(scope, names(first)))
    assert found["container"]["args"] == ["x wf 2", "x wf 2", "{{inputs}}"]
    assert names(first)["outputs.parameters.o.path"] == "/tmp/o"


def test_all_inputs_together_are_written_as_go_does() -> None:
    listed = [{"value": "<1>", "name": "b"}, {"name": "a", "value": "2", "enum": ["2"]}]
    assert names({"inputs": {"parameters": listed}})["inputs.parameters"] == (
        '[{"name":"b","value":"\\u003c1\\u003e"},{"name":"a","value":"2","enum":["2"]}]'
    )


def test_an_input_without_a_value_is_refused() -> None:
    with pytest.raises(EvaluationError, match=r"inputs\.parameters\.v had no value"):
        names({"inputs": {"parameters": [{"name": "v"}]}})


def test_keys_and_texts_across_a_part_are_replaced_in_one_pass() -> None:
    part = {"{{a}}": [{"x": "{{ a }}-{{b}}", "number": 1}], "open": "{{ b"}
    assert substitute(part, {"a": "{{b}}", "b": "2"}) == {
        "{{b}}": [{"x": "{{b}}-2", "number": 1}],
        "open": "{{ b",
    }


def test_a_part_without_tags_is_returned_as_it_is() -> None:
    part = {"a": ["b", {"c": 1}]}
    assert substitute(part, {}) is part


@pytest.mark.parametrize("text", ["\x07", "\x7f", "\U000f0000"])
def test_a_value_that_go_writes_as_no_json_ends_the_replacement(text: str) -> None:
    with pytest.raises(SubstitutionError, match="the result was invalid JSON"):
        substitute({"a": "{{x}}"}, {"x": text})


def test_what_argo_would_hand_on_as_text_is_found_with_the_reason() -> None:
    part = {
        "args": ["{{tasks.a.outputs.result}} {{foo}} {% if %}", "{{=nope + 1}}", "{{=1+1}}"],
        "env": [{"value": "{{=inputs.parameters.y}} {{=tasks.a.outputs.x ?? 'd'}} {{ item.k }}"}],
    }
    scope = {"inputs.parameters.x": "1", "tasks.a.status": "Skipped", "item.k": "v"}
    assert left_over(part, scope) == [
        ("tasks.a.outputs.result", "nothing here has this name"),
        ("=nope + 1", "unknown name nope (1:1)"),
        ("=inputs.parameters.y", "its value is nil"),
        ("=tasks.a.outputs.x ?? 'd'", "cannot fetch x from <nil> (1:17)"),
    ]


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_function_that_is_not_fixed_by_its_arguments_is_refused_by_name(name: str) -> None:
    with pytest.raises(RefusedError, match=rf"`sprig\.{name}` is not supported here: \w+"):
        substitute({"a": "{{=sprig." + name + "('a', 'b')}}"}, {})


@pytest.mark.parametrize(
    "text",
    [
        "1..1000000000",
        "map(1..999, {map(1..999, {map(1..999, {#})})})",
        "reduce(1..900000, {sum(1..900)})",
        "repeat('a', 1000001)",
        "sprig.repeat(1000000000, 'a')",
        "sprig.until(1000000000)",
        "sprig.untilStep(0, 1000000000, 1)",
        "sprig.seq(1000000000)",
        "sprig.indent(1000000000, 'a')",
        "let a = repeat('a', 900); repeat(repeat(a, 900), 900)",
        "'" + "a" * 5000 + "X' matches '^(a+)+$'",
        "sprig.regexMatch('(x+x+)+y', '" + "x" * 5000 + "')",
        "'a' matches '(((a{99}){99}){99}){99}'",
        "2 ** 1024 ** 1024",
        "9223372036854775807 * 9223372036854775807",
    ],
)
def test_no_expression_takes_long(text: str) -> None:
    start = time.monotonic()
    with contextlib.suppress(EvaluationError):
        evaluate(text, {})
    assert time.monotonic() - start < 60


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000 + "1" + ")" * 5000,
        "!" * 5000 + "true",
        "[" * 5000 + "]" * 5000,
        "a" + ".b" * 5000,
        "1" + "+1" * 5000,
        "{a: " * 300 + "1" + "}" * 300,
        "true ? 1 : " * 3000 + "2",
        "map([1], {" * 300 + "#" + "})" * 300,
    ],
)
def test_no_expression_is_too_deep_to_be_answered(text: str) -> None:
    for compute in (evaluate, decide):
        with contextlib.suppress(EvaluationError):
            compute(text, {})


def test_what_is_deep_within_reason_is_computed() -> None:
    deep = MAX_DEPTH // 2
    assert evaluate("(" * deep + "1" + ")" * deep, {}) == 1
    assert evaluate("1" + " + 1" * 1999, {}) == 2000
    assert evaluate("'" + "a" * 100_000 + "' matches 'a$'", {}) is True


def test_a_condition_of_many_parts_is_computed_or_refused() -> None:
    assert condition(" && ".join(["1 == 1"] * 200), {})[0]
    with pytest.raises(RefusedError, match="nested too deeply"):
        condition("(" * 5000 + "true" + ")" * 5000, {})


def test_depends_of_many_tasks_is_read_once() -> None:
    tasks = [f"task-{number}" for number in range(500)]
    ended = dict.fromkeys(tasks, depends.results("Succeeded"))
    text = " && ".join(tasks)
    assert depends.names(text) == tuple(tasks)
    assert holds(text, ended)
    ended["task-499"] = depends.results("Failed")
    assert not holds(text, ended)


def test_older_dependencies_and_what_continues_are_spelled_out() -> None:
    tasks = {"a": {"continueOn": {"failed": True}}}
    assert depends.text({"dependencies": ["a", "b"]}, tasks) == (
        "(a.Succeeded || a.Skipped || a.Daemoned || a.Failed)"
        " && (b.Succeeded || b.Skipped || b.Daemoned)"
    )
    assert depends.text({"depends": "a.Failed"}) == "a.Failed"
    assert depends.text({}) == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [("90", 90), ("1h30m", 5400), ("1.5s", 1.5), ("-2m", -120), (".5h", 1800), ("100us", 1e-4)],
)
def test_durations(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", 'invalid duration ""'),
        ("1d", 'unknown unit "d" in duration "1d"'),
        ("1 h", 'unknown unit " h" in duration "1 h"'),
        ("h", 'invalid duration "h"'),
        ("1h30", 'missing unit in duration "1h30"'),
        ("1e3s", 'unknown unit "e" in duration "1e3s"'),
        ("µ", r'invalid duration "\xc2\xb5"'),
        ("9" * 30 + "h", f'invalid duration "{"9" * 30}h"'),
    ],
)
def test_what_is_no_duration_is_said_in_the_words_of_argo(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match="unable to parse") as caught:
        seconds(text)
    assert str(caught.value) == f"unable to parse {text} as a duration: time: {wrong}"


def test_a_duration_of_go_needs_a_unit() -> None:
    assert nanoseconds("0") == 0
    with pytest.raises(ValueError, match='time: missing unit in duration "5"'):
        nanoseconds("5")


@pytest.mark.parametrize(
    ("text", "value"),
    [("500m", "0.5"), ("1Gi", "1073741824"), ("1.5k", "1500"), ("1e3", "1000"), ("100n", "1e-7")],
)
def test_quantities(text: str, value: str) -> None:
    from decimal import Decimal

    assert quantity(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "1 Gi", "Gi", "1GiB", "1..2", "1e", "0x1"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="quantities must match the regular expression"):
        quantity(text)


def test_an_item_of_ten_thousand_is_named_without_the_others() -> None:
    found = fanout.items(json.dumps([{"k": number} for number in range(10_000)]))
    assert (found[9999].name("a", 9999), found[9999].scope()) == (
        "a(9999:k:9999)",
        {"item.k": "9999", "item": '{"k":9999}'},
    )


WORDS = st.sampled_from(
    [
        *("{{", "}}", "{{=", "(", ")", "[", "]", "{", "}", "'", '"', "`", "\\", ",", ":", ";", "."),
        *("?", "?.", "??", "#", "..", "|", "||", "&&", "!", "=", "==", "=~", "<", "+", "-", "*"),
        *("**", "/", "%", " ", "\n", "1", "2.5", "0x", "1e999", "nil", "true", "a", "a.b", "item"),
        *("inputs.parameters.x", "let a = 1;", "if", "else", "in", "not", "matches", "map", "sum"),
        *("len", "sprig.", "sprig.trunc", "sprig.join", "toJson", "asInt", "jsonpath", "$env", "é"),
        *("\x00", "\ud800", "\U0001f600", "%d", "$..a[?(@.b>1)]", "'2024-01-01'", "{{item}}"),
    ]
)
TEXTS = st.one_of(st.text(max_size=30), st.lists(WORDS, max_size=12).map("".join))
SCOPE = {
    "inputs.parameters.x": "7",
    "item": "a\nb",
    "a": '{"b": [1]}',
    "tasks.a-b.status": "Failed",
}
ENDED = {"a": depends.results("Succeeded")}


@settings(max_examples=600, deadline=None)
@given(TEXTS)
def test_no_text_makes_the_language_fail_in_another_way(text: str) -> None:
    for compute in (evaluate, decide, condition, _replaced, _strictly, _let_run, _listed):
        _ignoring(compute, text)


def _ignoring(compute: Any, text: str) -> None:
    with contextlib.suppress(EvaluationError, SubstitutionError):
        compute(text, SCOPE)


def _replaced(text: str, scope: Mapping[str, str]) -> object:
    found = substitute({"a": [text, "{{=" + text + "}}"]}, scope)
    json.dumps(found)
    return found


def _strictly(text: str, scope: Mapping[str, str]) -> object:
    return substitute([text], scope, strict=True)


def _let_run(text: str, _scope: Mapping[str, str]) -> object:
    try:
        return holds(text, ENDED)
    except KeyError:  # a task that the graph lacks: its validator has refused it
        return None


def _listed(text: str, _scope: Mapping[str, str]) -> object:
    return [(item.scope(), item.name("a", 0)) for item in fanout.items(text)]
