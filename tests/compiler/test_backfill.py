"""Backfills as files: their intervals, the values these become, the names of their runs."""

from itertools import pairwise

import pytest

from compiler.backfill import Backfill, parse
from compiler.problems import Rejected


def backfill(begin: str, until: str, every: str, **changes: object) -> Backfill:
    found = {"end": "until", "parallel": 1, "params": {}, "name": "b", **changes}
    return Backfill("b", "load", "dev", begin, until, every, "day", str(found["end"]), 1, {})


@pytest.mark.parametrize(
    ("begin", "until", "every", "starts"),
    [
        ("2026-01-30", "2026-02-02", "1d", ["2026-01-30", "2026-01-31", "2026-02-01"]),
        ("2026-01-01", "2026-01-15", "1w", ["2026-01-01", "2026-01-08"]),
        ("2025-11", "2026-02", "1mo", ["2025-11", "2025-12", "2026-01"]),
        ("2026-01", "2026-07", "3mo", ["2026-01", "2026-04"]),
        ("2026-03-29", "2026-03-29T12", "6h", ["2026-03-29T00:00:00Z", "2026-03-29T06:00:00Z"]),
    ],
)
def test_intervals_fill_the_time_without_a_rest(
    begin: str, until: str, every: str, starts: list[str]
) -> None:
    found = backfill(begin, until, every)
    intervals = found.intervals()
    assert [found.values(each)["day"] for each in intervals] == starts
    assert all(a.end == b.start for a, b in pairwise(intervals))
    names = [found.run(each) for each in intervals]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("begin", "until", "every", "said"),
    [
        ("2026-01-01", "2026-01-06", "2d", "the last interval would end at 2026-01-07"),
        ("2026-01-02", "2026-01-02", "1d", "ends before it begins"),
        ("2026-01-15", "2026-02-15", "1mo", "first day"),
        ("2026-02-30", "2026-03-01", "1d", "these intervals are none"),
        ("2020-01-01", "2026-01-01", "1h", "more than 1000 intervals"),
    ],
)
def test_times_that_make_no_intervals_are_told(
    begin: str, until: str, every: str, said: str
) -> None:
    wanted = backfill(begin, until, every)
    with pytest.raises(Rejected) as rejected:
        parse(wanted.file, wanted.write().decode())
    assert any(said in problem.message for problem in rejected.value.problems)


def test_a_file_says_all_that_its_runs_are() -> None:
    wanted = backfill("2026-01-01", "2026-01-03", "1d")
    assert parse(wanted.file, wanted.write().decode()) == wanted
    first = wanted.workflow(wanted.intervals()[0], "ml")
    assert first["metadata"]["name"] == "load-b-20260101"
    assert first["spec"]["workflowTemplateRef"] == {"name": "load"}
    assert first["spec"]["arguments"]["parameters"] == [
        {"name": "day", "value": "2026-01-01"},
        {"name": "until", "value": "2026-01-02"},
    ]


def test_a_file_in_the_wrong_place_or_with_too_long_names_is_told() -> None:
    wanted = backfill("2026-01-01", "2026-01-03", "1d")
    with pytest.raises(Rejected):
        parse("backfills/load/other.yaml", wanted.write().decode())
    text = wanted.write().decode().replace("name: b\n", f"name: {'b' * 50}\n")
    with pytest.raises(Rejected) as rejected:
        parse(f"backfills/load/{'b' * 50}.yaml", text)
    assert "names of 64 characters" in rejected.value.problems[0].message
