"""When cron lines fire, held against robfig/cron v3, the library of Argo's controller.

`fires.tsv` holds its answers: a line, a zone, a start and up to four times after it; lines of all
forms, around the days when clocks change.
"""

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from compiler.cron import CronError
from compiler.firing import fires

ROWS = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "fires.tsv").read_text("utf-8").splitlines()
]


def test_the_table_is_large() -> None:
    assert len(ROWS) > 500


def test_every_line_fires_as_the_controller_says() -> None:
    wrong = []
    for cron, zone, start, *expected in ROWS:
        begin = datetime.fromisoformat(start)
        times = islice(fires(cron, ZoneInfo(zone), begin), 4)
        found = [f"{time:%Y-%m-%dT%H:%MZ}" for time in times]
        if found != expected:
            wrong.append((cron, zone, start, expected, found))
    assert wrong == []


def test_a_zone_that_skips_a_day_does_not_keep_us_for_ever() -> None:
    start = datetime(2011, 12, 29, tzinfo=UTC)
    assert len(list(islice(fires("@weekly", ZoneInfo("Pacific/Apia"), start), 2))) < 3


def test_a_malformed_line_is_an_error() -> None:
    with pytest.raises(CronError):
        next(fires("nonsense", ZoneInfo("UTC"), datetime(2026, 1, 1, tzinfo=UTC)))
