"""Freeze windows: when they hold, when they end, and what is wrong with one."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from compiler.freeze import Freeze, frozen
from compiler.problems import Rejected
from compiler.project import load_project

HEAD = "apiVersion: argosy.dev/v1\nkind: Project\nname: shop\nenvironments:\n  prod:\n"
WEEKEND = Freeze("weekend", "Europe/London", "0 16 * * 5", 64 * 3600)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        ("2026-07-03T14:59", None),
        ("2026-07-03T15:00", "2026-07-06T07:00"),  # 16:00 in London in summer
        ("2026-07-06T06:59", "2026-07-06T07:00"),
        ("2026-07-06T07:00", None),
        ("2026-12-04T15:30", None),
        ("2026-12-04T16:00", "2026-12-07T08:00"),
    ],
)
def test_a_window_of_cron_is_in_its_zone(moment: str, ends: str | None) -> None:
    found = frozen([WEEKEND], at(moment))
    assert (found and found[1]) == (at(ends) if ends else None)


@pytest.mark.parametrize(
    ("moment", "ends"),
    [
        ("2026-03-29T00:29", None),
        ("2026-03-29T00:30", "2026-03-29T03:30"),
        ("2026-03-29T01:30", "2026-03-29T04:30"),  # 02:30 is left out in Zurich that night
        ("2026-03-29T03:29", "2026-03-29T04:30"),
        ("2026-10-25T00:29", None),
        ("2026-10-25T00:30", "2026-10-25T03:30"),  # and comes twice in this one
        ("2026-10-25T01:30", "2026-10-25T04:30"),
        ("2026-10-25T04:30", None),
    ],
)
def test_a_window_of_cron_is_not_lost_when_the_clock_is_moved(
    moment: str, ends: str | None
) -> None:
    night = Freeze("night", "Europe/Zurich", "30 2 * * *", 3 * 3600)
    assert night.until(at(moment)) == (at(ends) if ends else None)


def test_a_window_ends_when_its_last_moment_comes_the_second_time() -> None:
    start, end = datetime(2026, 10, 25, 2, 10), datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001
    window = Freeze("x", "Europe/Zurich", start=start, end=end)
    assert window.until(at("2026-10-25T00:10")) == at("2026-10-25T01:30")
    assert window.until(at("2026-10-25T01:29")) == at("2026-10-25T01:30")
    assert window.until(at("2026-10-25T01:30")) is None


def test_windows_without_a_gap_end_with_the_last(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    windows = (
        "[{from: 2026-12-20, to: 2026-12-24, reason: close}, "
        "{from: 2026-12-25, to: '2027-01-03T09:00', timezone: UTC, reason: holidays}]"
    )
    text = f"{HEAD}    namespace: ml\n    freeze: {windows}\n"
    (tmp_path / "argosy.yaml").write_text(text, "utf-8")
    freezes = load_project(tmp_path).environments["prod"].freeze
    found = frozen(freezes, at("2026-12-24T23:59"))
    assert found is not None
    assert (found[0].reason, found[1]) == ("close", at("2027-01-03T09:00"))
    assert frozen(freezes, at("2026-12-19T23:59")) is None
    assert frozen(freezes, at("2027-01-03T09:00")) is None


@pytest.mark.parametrize(
    ("window", "code", "column"),
    [
        ("{cron: 0 16 * * 5, reason: x}", "bad-value", 15),
        ("{cron: 0 16 * * 5, duration: 2h, to: 2026-12-20, reason: x}", "bad-value", 15),
        ("{cron: 0 25 * * 5, duration: 2h, reason: x}", "bad-cron", 22),
        ("{from: 2026-12-20, to: 2026-02-30, reason: x}", "bad-day", 38),
        ("{from: 2026-12-20, to: 2026-12-01, reason: x}", "bad-day", 38),
        ("{from: 2026-12-20, to: 2026-12-21}", "missing-key", 15),
        ("{from: 2026-12-20, to: 2026-12-21, timezone: Mars, reason: x}", "bad-timezone", 60),
    ],
)
def test_a_wrong_window_is_a_problem_at_its_place(
    tmp_path: Path, window: str, code: str, column: int
) -> None:
    (tmp_path / "pipelines").mkdir()
    text = f"{HEAD}    namespace: ml\n    freeze: [ {window}]\n"
    (tmp_path / "argosy.yaml").write_text(text, "utf-8")
    with pytest.raises(Rejected) as rejected:
        load_project(tmp_path)
    (problem,) = rejected.value.problems
    assert (problem.code, problem.at.line, problem.at.column) == (code, 7, column)


def test_the_end_of_windows_without_a_gap_is_looked_for_within_bounds() -> None:
    """A year of minutes were minutes of computing."""
    now = datetime(2026, 6, 1, tzinfo=UTC)
    for hours in (2, 720):
        without_end = Freeze("r", "Europe/London", "* * * * *", hours * 3600)
        found = frozen([without_end], now)
        assert found is not None
        assert found[1] - now > timedelta(days=29)


def test_a_promotion_comes_from_another_environment(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    text = (
        f"{HEAD}    namespace: ml\n    promotion: {{from: stagin}}\n  staging: {{namespace: s}}\n"
    )
    (tmp_path / "argosy.yaml").write_text(text, "utf-8")
    with pytest.raises(Rejected) as rejected:
        load_project(tmp_path)
    (problem,) = rejected.value.problems
    assert problem.code == "unknown-environment"
    assert "did you mean `staging`" in problem.hint
