"""What differs each time: chance by its shape, the present by what lies around it."""

import base64
import re
import subprocess
import sys
import time
import uuid

import pytest

from argosy.engine.language import evaluate, output, substitute


def asked(expression: str) -> object:
    return evaluate(expression, {})


@pytest.mark.parametrize(
    ("expression", "shape"),
    [
        ("sprig.randAlpha(40)", "^[A-Za-z]{40}$"),
        ("sprig.randAlphaNum(40)", "^[A-Za-z0-9]{40}$"),
        ("sprig.randNumeric(40)", "^[0-9]{40}$"),
        ("sprig.randAscii(40)", "^[ -~]{40}$"),
        ("sprig.uuidv4()", "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"),
    ],
)
def test_texts_of_chance_have_their_shape_and_differ(expression: str, shape: str) -> None:
    assert asked(f"{expression} matches '{shape}'") is True
    assert asked(expression) != asked(expression)


def test_numbers_of_chance_lie_within_their_bounds() -> None:
    drawn = {int(output("sprig.randInt(3, 6)", {})) for _ in range(200)}
    assert drawn == {3, 4, 5}


def test_random_bytes_are_base64() -> None:
    assert len(base64.b64decode(output("sprig.randBytes(24)", {}))) == 24


def test_a_shuffled_text_keeps_its_letters() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    shuffled = output(f"sprig.shuffle('{letters}')", {})
    assert sorted(shuffled) == list(letters)
    assert shuffled != letters  # one in 26! that it is


def test_two_tags_of_chance_in_one_part_are_two_values() -> None:
    first, second = substitute(["{{=sprig.uuidv4()}}", "{{=sprig.uuidv4()}}"], {})
    assert uuid.UUID(first).version == uuid.UUID(second).version == 4
    assert first != second


@pytest.mark.parametrize(
    "expression", ["now().Unix()", "sprig.now().Unix()", "int(sprig.date('20060102150405', nil))"]
)
def test_the_present_is_the_present(expression: str) -> None:
    before = int(time.time())
    value = int(output(expression, {}))
    if value > 10**12:
        value = int(output(f"date('{value}', '20060102150405').Unix()", {}))
    assert before <= value <= time.time()


def test_the_present_is_written_as_go_does() -> None:
    shape = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC m=\+\d+\.\d{9}"
    assert re.fullmatch(shape, output("now()", {}))
    assert output("now(timezone('Asia/Tokyo'))", {}).endswith(" +0900 JST")


def test_how_long_ago_something_was() -> None:
    assert output("sprig.ago(now() - duration('90m'))", {}).startswith("1h30m")
    assert output("sprig.durationRound(now() - duration('73h'))", {}) == "3d"
    assert output("sprig.durationRound(duration('73h'))", {}) == "0s"  # it takes texts and times


def test_the_zone_of_this_machine_is_not_looked_at() -> None:
    program = (
        "from argosy.engine.language import output;"
        "print(output(\"sprig.date('15:04 MST', 0)\", {}), output('now().Location()', {}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"TZ": "Asia/Tokyo"},
    )
    assert ended.stdout == "00:00 UTC UTC\n"


def test_the_language_is_imported_without_its_times() -> None:
    program = (
        "import sys; from argosy.engine.language import evaluate; evaluate('1 + sprig.int(2)', {});"
        "print([m for m in sys.modules if 'instants' in m or m in ('zoneinfo', 'secrets', 'uuid')])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stdout == "[]\n"
