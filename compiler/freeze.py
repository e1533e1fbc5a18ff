"""Freeze windows of an environment: when nothing new may come in, and when that ends."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from compiler import duration
from compiler.cron import CronError, fields, values
from compiler.document import Document, Path
from compiler.firing import fires
from compiler.problems import Problem
from compiler.record import record

_LINKS, _YEAR = 366, timedelta(days=366)  # nobody waits longer for an end
_DAY = timedelta(days=1)
_MOVED = timedelta(days=2)  # more than any clock was ever moved by


@record
class Freeze:
    """A window: from `start` to `end`, or for `seconds` after each time that `cron` fires.

    `start` and `end` are local times of `timezone` without a zone; `end` is not part of it. Where a
    clock is moved it holds rather too long: a local time that comes twice opens a window the first
    time and ends one the second, and one that does not come opens it all the same.
    """

    reason: str
    timezone: str = "UTC"
    cron: str = ""
    seconds: int = 0
    start: datetime | None = None
    end: datetime | None = None

    @property
    def words(self) -> str:
        """The window as the project says it."""
        if self.cron:
            return f"cron `{self.cron}` for {duration.words(self.seconds)} {self.timezone}"
        form = "%Y-%m-%dT%H:%M"
        return f"{self.start:{form}} to {self.end:{form}} {self.timezone}"

    def until(self, now: datetime) -> datetime | None:
        """Return when the window that holds `now` (aware) ends, in UTC; None if none does."""
        now = now.astimezone(UTC)
        if self.start and self.end:
            start, end = min(self._moments(self.start)), max(self._moments(self.end))
            return end if start <= now < end else None
        span, last = timedelta(seconds=self.seconds), None
        wall = now.astimezone(ZoneInfo(self.timezone)).replace(tzinfo=UTC)
        moved = _MOVED if self._moves(now - span - _MOVED, now + _MOVED) else timedelta()
        for fired in fires(self.cron, ZoneInfo("UTC"), wall - span - moved):
            if fired > wall + moved:
                break
            for opened in self._moments(fired.replace(tzinfo=None)):
                if opened <= now < opened + span:
                    last = max(last or opened, opened)
        return last + span if last else None

    def _moves(self, begin: datetime, end: datetime) -> bool:
        """Whether clocks of the zone are moved between two moments."""
        zone, days = ZoneInfo(self.timezone), (end - begin) // _DAY + 1
        moments = [*(begin + day * _DAY for day in range(days)), end]
        return len({moment.astimezone(zone).utcoffset() for moment in moments}) > 1

    def _moments(self, wall: datetime) -> tuple[datetime, datetime]:
        """Return when a clock of the zone shows `wall`: before it is moved, and after."""
        zone = ZoneInfo(self.timezone)
        early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        return early, late


def frozen(freezes: Sequence[Freeze], now: datetime) -> tuple[Freeze, datetime] | None:
    """Return the freeze that holds at `now` (aware), and when the last of those that follow each
    other without a gap ends, as far as it looks, a year; None if none holds."""
    found, moment = None, now
    for _ in range(_LINKS):
        ends = [(end, freeze) for freeze in freezes if (end := freeze.until(moment))]
        if not ends:
            break
        moment, last = max(ends, key=lambda pair: pair[0])
        found = found or last
        if moment - now > _YEAR:
            break
    return (found, moment) if found else None


def check(document: Document) -> list[Problem]:
    """Return what is wrong with the windows of a project file that fits its schema."""
    found: list[Problem] = []
    for name, body in document.data["environments"].items():
        for index, window in enumerate(body.get("freeze", ())):
            found += _faults(document, ("environments", name, "freeze", index), window)
    return found


def read(body: Mapping[str, Any]) -> tuple[Freeze, ...]:
    """Return the windows of an environment, which `check` has found to be right."""
    return tuple(map(_freeze, body.get("freeze", ())))


def _freeze(window: Mapping[str, Any]) -> Freeze:
    zone = window.get("timezone", "UTC")
    if "cron" in window:
        length = duration.seconds(window["duration"])
        return Freeze(window["reason"], zone, window["cron"], length)
    start, end = (datetime.fromisoformat(window[key]) for key in ("from", "to"))
    if "T" not in window["to"]:
        end += timedelta(days=1)
    return Freeze(window["reason"], zone, start=start, end=end)


def _faults(document: Document, path: Path, window: Mapping[str, Any]) -> Iterator[Problem]:
    hint = "`{from: 2026-12-20, to: 2027-01-02, reason: …}`, or `cron` and `duration`"
    if window.keys() & {"cron", "duration", "from", "to"} not in ({"cron", "duration"},
                                                                  {"from", "to"}):  # fmt: skip
        message = "a freeze has `from` and `to`, or `cron` and `duration`"
        yield Problem("bad-value", message, document.at(path), hint)
        return
    zone = window.get("timezone", "UTC")
    if not _zone(zone):
        at = document.at((*path, "timezone"))
        yield Problem("bad-timezone", f"no time zone `{zone}`", at, "such as `Europe/London`")
    if "cron" in window:
        yield from _cron_faults(document, (*path, "cron"), window["cron"])
        return
    wrong = [key for key in ("from", "to") if not _moment(window[key])]
    for key in wrong:
        message = f"there is no moment `{window[key]}`"
        yield Problem("bad-day", message, document.at((*path, key)), "such as `2026-12-20T18:00`")
    if not wrong and (found := _freeze(window)) and (found.start or found.end) >= found.end:  # type: ignore[operator]
        yield Problem("bad-day", "the freeze ends before it begins", document.at((*path, "to")))


def _cron_faults(document: Document, path: Path, cron: str) -> Iterator[Problem]:
    try:
        values(fields(cron))
    except CronError as error:
        hint = "five fields `minute hour day month weekday`, or @daily and its kin"
        yield Problem("bad-cron", f"freeze `{cron}`: {error}", document.at(path), hint)


def _moment(text: str) -> bool:
    try:
        return date.fromisoformat(text[:10]) is not None and bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def _zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return False
