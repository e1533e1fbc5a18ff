"""Schedules in words, and when they fire next."""

from datetime import UTC, datetime

import pytest

from gitops.schedule import in_words, next_times


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("30 2 * * *", "every day at 02:30"),
        ("@daily", "every day at 00:00"),
        ("0 2 * * 1", "every Monday at 02:00"),
        ("0 2 * * MON-FRI", "every weekday at 02:00"),
        ("0 2 * * 0,6", "every Saturday and Sunday at 02:00"),
        ("0 2 1 * *", "on day 1 of every month at 02:00"),
        ("0 2 1 1,7 *", "every January and July 1 at 02:00"),
        ("*/15 * * * *", "every 15 minutes"),
        ("*/7 * * * *", "cron */7 * * * *"),
        ("0 */6 * * *", "every 6 hours"),
        ("@every 5m", "every 5m"),
        ("nonsense", "cron nonsense"),
    ],
)
def test_in_words(cron: str, words: str) -> None:
    assert in_words(cron) == words


def _times(cron: str, zone: str, start: datetime, count: int) -> list[str]:
    return [t.isoformat(timespec="minutes") for t in next_times([cron], zone, start, count)]


def test_T02_a_time_that_the_clock_skips_does_not_fire() -> None:
    start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert _times("30 2 * * *", "Europe/Zurich", start, 2) == [
        "2026-03-30T02:30+02:00",
        "2026-03-31T02:30+02:00",
    ]


def test_T02_a_time_that_the_clock_repeats_fires_twice() -> None:
    start = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert _times("30 2 * * *", "Europe/Zurich", start, 3) == [
        "2026-10-25T02:30+02:00",
        "2026-10-25T02:30+01:00",
        "2026-10-26T02:30+01:00",
    ]


def test_two_restricted_day_fields_are_alternatives() -> None:
    start = datetime(2026, 11, 24, tzinfo=UTC)
    assert _times("0 0 1 * 5", "UTC", start, 3) == [
        "2026-11-27T00:00+00:00",
        "2026-12-01T00:00+00:00",
        "2026-12-04T00:00+00:00",
    ]


@pytest.mark.parametrize(("cron", "zone"), [("nonsense", "UTC"), ("@daily", "Mars/Base")])
def test_what_is_unknown_never_fires(cron: str, zone: str) -> None:
    assert next_times([cron, "@daily"], zone, datetime(2026, 1, 1, tzinfo=UTC)) == []
