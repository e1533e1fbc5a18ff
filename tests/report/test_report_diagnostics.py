"""Diagnostics as people, scripts and GitHub get them."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from argosy.report import codes
from argosy.report.diagnostics import as_json, github, human
from argosy.report.sarif import sarif
from compiler import catalogue
from compiler.problems import Location, Problem, Related

SCHEMAS = Path(__file__).parents[2] / "schemas"
LINES = ["steps:", "  train:", "\timage: ü {{ x }}", "  日本: wrong", "  k: " + "x" * 300 + "END"]


def problem(line: int, column: int, width: int = 1, **more: str) -> Problem:
    at = Location("p/pipeline.yaml", line, column, width)
    return Problem("unknown-key", more.pop("message", "is wrong"), at, **more)  # type: ignore[arg-type]


def shown(found: Problem, width: int = 100) -> str:
    return human([found], lambda _file: LINES, width=width)


def test_golden() -> None:
    found = problem(2, 3, 5, hint="did you mean `run`?", note="since 0.1")
    assert shown(found) == (
        "p/pipeline.yaml:2:3: error[AR201 unknown-key] is wrong\n"
        "2 │   train:\n"
        "  │   ^^^^^\n"
        "   help: did you mean `run`?\n"
        "   note: since 0.1\n"
        "\n"
        "1 error in 1 file; see: argosy explain AR201\n"
    )


def test_the_caret_stands_under_wide_characters_and_behind_tabs() -> None:
    assert shown(problem(4, 7, 5)).split("\n")[2] == "  │ " + " " * 8 + "^^^^^"
    assert shown(problem(3, 2, 5)).split("\n")[2] == "  │ " + " " * 4 + "^^^^^"


def test_a_long_line_is_cropped_around_the_caret() -> None:
    text, caret = shown(problem(5, 306, 3), width=60).split("\n")[1:3]
    assert len(text) <= 60
    assert text[caret.index("^") :].startswith("END")


def test_ascii_without_a_file() -> None:
    found = human([problem(9, 1)], lambda _file: None, unicode=False)
    assert found.isascii()
    assert found.startswith("p/pipeline.yaml:9:1: error[AR201 unknown-key] is wrong\n")


def test_color_is_only_there_when_asked_for() -> None:
    assert "\x1b[" in human([problem(1, 1)], lambda _file: LINES, color=True)
    assert "\x1b[" not in shown(problem(1, 1))


def test_text_of_strangers_cannot_steer_the_terminal() -> None:
    found = human([problem(1, 1, message="a\x1b[2Jb\u202ec")], lambda _file: ["x\x1b]0;t\x07"])
    assert "\x1b" not in found
    assert "\u202e" not in found


def test_sarif_names_place_rule_and_remedy() -> None:
    at = Location("pipelines/a b/pipeline.yaml", 3, 5, 4)
    problems = [Problem("cycle", "é", at, "h"), Problem("large", "m", at, severity="warning")]
    log = json.loads(sarif(problems, "1.2"))
    (run,) = log["runs"]
    assert (log["version"], run["tool"]["driver"]["version"]) == ("2.1.0", "1.2")
    first, second = run["results"]
    assert (first["ruleId"], first["level"], first["message"]["text"]) == (
        "AR402",
        "error",
        "é\nhelp: h",
    )
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "pipelines/a%20b/pipeline.yaml"
    region = {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 9}
    assert place["region"] == region
    assert (second["level"], second["message"]["text"]) == ("warning", "m")
    rules = [run["tool"]["driver"]["rules"][result["ruleIndex"]] for result in run["results"]]
    assert [(rule["id"], rule["name"]) for rule in rules] == [
        ("AR402", "cycle"),
        ("AR701", "large"),
    ]
    assert rules[0]["shortDescription"]["text"] == "Steps wait for each other in a circle."
    assert "needs: [b]" in rules[0]["help"]["markdown"]


def test_json_follows_its_schema() -> None:
    schema = json.loads((SCHEMAS / "diagnostics.schema.json").read_text("utf-8"))
    found = json.loads(as_json([problem(2, 3, 4, hint="so")]))
    jsonschema_rs.validator_for(schema).validate(found)
    shown = found["problems"][0]
    assert (shown["code"], shown["name"], shown["column"]) == ("AR201", "unknown-key", 3)


def test_the_codes_as_json_follow_their_schema() -> None:
    schema = json.loads((SCHEMAS / "codes.schema.json").read_text("utf-8"))
    found = json.loads(codes.as_json(catalogue.read(slug) for slug in catalogue.numbers()))
    jsonschema_rs.validator_for(schema).validate(found)
    assert len(found["codes"]) == len(catalogue.numbers())


@pytest.mark.parametrize(
    ("message", "expected"),
    [("a%b\nc", "a%25b%0Ac"), ("::error::x", "::error::x"), ("é", "é")],
)
def test_github_commands_are_escaped(message: str, expected: str) -> None:
    line = github([problem(2, 3, 4, message=message)])
    head, _, text = line.partition("::" + expected)
    assert text == "\n"
    assert head == "::error file=p/pipeline.yaml,line=2,col=3,endColumn=7,title=AR201 unknown-key"


FIRST = Related("first defined here", Location("p/pipeline.yaml", 2, 3, 5))
TURN = Related("in iteration 2, m='a\x1b'", Location("other.yaml", 1, 1))
PLACED = Problem(
    "duplicate-key",
    "`train` occurs twice",
    Location("p/pipeline.yaml", 4, 3, 2, (TURN,)),
    related=(FIRST,),
)


def test_other_places_are_notes_with_their_line() -> None:
    lines = {"p/pipeline.yaml": LINES}
    assert human([PLACED], lines.get, width=70).split("\n")[3:5] == [
        "   note: first defined here: p/pipeline.yaml:2:3 │ train:",
        "   note: in iteration 2, m='a\\x1b': other.yaml:1:1",
    ]
    narrow = human([PLACED], lines.get, width=50, unicode=False).split("\n")[3]
    assert narrow == "   note: first defined here: p/pipeline.yaml:2:3"


def test_other_places_are_data() -> None:
    schema = json.loads((SCHEMAS / "diagnostics.schema.json").read_text("utf-8"))
    found = json.loads(as_json([PLACED]))
    jsonschema_rs.validator_for(schema).validate(found)
    first = {"message": "first defined here", "file": "p/pipeline.yaml"}
    assert found["problems"][0]["related"][0] == {**first, "line": 2, "column": 3, "width": 5}


def test_other_places_are_told_to_services() -> None:
    text = "%0Anote: first defined here: p/pipeline.yaml:2:3%0Anote: in iteration 2"
    assert text in github([PLACED])
    (result,) = json.loads(sarif([PLACED], "1"))["runs"][0]["results"]
    assert [place["id"] for place in result["relatedLocations"]] == [1, 2]
    first = result["relatedLocations"][0]
    assert first["message"]["text"] == "first defined here"
    assert first["physicalLocation"]["region"]["startLine"] == 2


def test_only_so_many_are_shown_and_all_are_counted() -> None:
    problems = [problem(1, column) for column in range(1, 8)]
    text = human(problems, lambda _file: LINES, most=3)
    assert text.count("error[AR201 unknown-key]") == 3
    assert "and 4 more; see them: argosy validate --max 7\n" in text
    assert "7 errors in 1 file" in text
    assert len(json.loads(as_json(problems))["problems"]) == 7


def test_github_gets_the_worst_first() -> None:
    warning = Problem("large", "m", Location("a", 1), severity="warning")
    assert github([warning, problem(1, 1)]).index("::error") == 0
