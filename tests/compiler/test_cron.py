"""Cron lines: what Argo's parser takes, and the numbers that a field allows."""

import pytest

from compiler.cron import NAMED, CronError, field, fields, values


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        ("*", 1, set(range(24))),
        ("?", 2, set(range(1, 32))),
        ("5", 0, {5}),
        ("05", 0, {5}),
        ("1-3,7", 1, {1, 2, 3, 7}),
        ("*/20", 0, {0, 20, 40}),
        ("10/20", 0, {10, 30, 50}),
        ("10-40/15", 0, {10, 25, 40}),
        ("jan-mar", 3, {1, 2, 3}),
        ("sun,sat", 4, {0, 6}),
    ],
)
def test_a_field_allows(text: str, index: int, expected: set[int]) -> None:
    assert field(text, index) == expected


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("* * * *", "it has 4 fields"),
        ("* * * * * *", "it has 6 fields"),
        ("@fortnightly", "`@fortnightly` is not known"),
        ("@every 5m", "`@every 5m` is not known"),
        ("60 * * * *", "`60` is no minute (0-59)"),
        ("* 24 * * *", "`24` is no hour (0-23)"),
        ("* * 0 * *", "`0` is no day of month (1-31)"),
        ("* * * foo *", "`foo` is no month (1-12)"),
        ("* * * * 7", "`7` is no day of week (0-6)"),
        ("5-1 * * * *", "`5-1` is an empty range"),
        ("*/0 * * * *", "`*/0` is an empty range"),
        ("*/00 * * * *", "`*/00` is an empty range"),
        ("*-5 * * * *", "`*-5` is no minute"),
        (f"{'9' * 5000} * * * *", f"`{'9' * 5000}` is no minute"),
        ("1,,2 * * * *", "`` is no minute"),
    ],
)
def test_a_line_is_refused_with_its_reason(cron: str, said: str) -> None:
    with pytest.raises(CronError) as caught:
        values(fields(cron))
    assert str(caught.value) == said


@pytest.mark.parametrize("preset", NAMED)
def test_presets_are_lines(preset: str) -> None:
    assert len(values(fields(preset))) == 5
    assert values(fields("0 2 * JAN Mon")) == values(fields("0 2 * 1 1"))
