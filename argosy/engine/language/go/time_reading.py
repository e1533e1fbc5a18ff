"""Times as Go reads them: `time.Parse` and `time.ParseInLocation`."""

import re
from collections.abc import Callable, Mapping

from argosy.engine.language.go import calendar, layouts
from argosy.engine.language.go.calendar import MONTHS, WEEKDAYS, days_in
from argosy.engine.language.go.instants import SECOND, Time
from argosy.engine.language.go.zones import LOCAL, UTC, Location
from argosy.engine.language.values import octets, text_of
from compiler.golang.durations import quoted

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(?:Z|([-+])(\d\d):(\d\d))", re.ASCII
)
_ZONES: Mapping[int, str] = {  # by the length of the part
    5: r"(.)(\d\d)(\d\d)",
    3: r"(.)(\d\d)",
    6: r"(.)(\d\d):(\d\d)",
    7: r"(.)(\d\d)(\d\d)(\d\d)",
    9: r"(.)(\d\d):(\d\d):(\d\d)",
}
_SIGNED = re.compile(r"[-+](\d+)", re.ASCII)


class UnreadableTimeError(ValueError):
    """A text is no time of its layout, in the words of Go's `time.ParseError`."""


class _BadError(Exception):
    """A part cannot be read; with words, it is beyond its range."""


def parse(layout: str, text: str, place: Location | None = None) -> Time:
    """Read a time; raise `UnreadableTimeError`.

    Without a zone in the text it is one of `place`, or UTC.
    """
    local = place or LOCAL
    if layout in (layouts.RFC3339, layouts.RFC3339_NANO):
        found = _rfc3339(text, local)
        if found is not None:
            return found
    return _Reader(layout, text).read(place or UTC, local)


def _rfc3339(text: str, local: Location) -> Time | None:
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(match[i]) for i in range(1, 7))
    if not (1 <= month <= 12 and 1 <= day <= days_in(month, year)) or hour > 23:
        return None
    if minute > 59 or second > 59 or int(match[9] or 0) > 23 or int(match[10] or 0) > 59:
        return None
    clock = _seconds(year, month, day, hour, minute, second)
    nanosecond = _nanoseconds(match[7]) if match[7] else 0
    if not match[8]:
        return Time(clock * SECOND + nanosecond, UTC)
    offset = (int(match[9]) * 60 + int(match[10])) * 60 * (-1 if match[8] == "-" else 1)
    return _at_offset(clock - offset, nanosecond, offset, "", local)


def _seconds(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    days = calendar.days_of(year, month, day)
    return days * calendar.DAY + hour * 3600 + minute * 60 + second


def _nanoseconds(fraction: str) -> int:
    return int(fraction[1:10].ljust(9, "0"))


def _at_offset(seconds: int, nanosecond: int, offset: int, zone: str, local: Location) -> Time:
    """Put a time on the clock of `local` if that shows the offset, else on one made for it."""
    name, there, _ = local.at(seconds)
    fits = there == offset and zone in ("", name)
    return Time(seconds * SECOND + nanosecond, local if fits else Location(zone, offset))


class _Reader:
    """Reads one text; `rest` is what is left of it, -1 stands for what was not given."""

    def __init__(self, layout: str, text: str) -> None:
        self.layout, self.text, self.rest = layout, text, text
        self.year = self.hour = self.minute = self.second = self.nanosecond = 0
        self.month = self.day = self.year_day = -1
        self.half, self.zone, self.offset, self.is_utc = "", "", -1, False
        self.next = ""

    def read(self, default: Location, local: Location) -> Time:
        """Read the text and return the time."""
        known = layouts.parts(self.layout)
        for index, (before, name) in enumerate(known):
            self._skip(before)
            if not name:
                break
            self.next = known[index + 1].name
            self._part(name)
        if self.rest:
            raise self._wrong(f": extra text: {quoted(self.rest)}")
        self._complete()
        return self._placed(default, local)

    def _wrong(self, message: str) -> UnreadableTimeError:
        return UnreadableTimeError(f"parsing time {quoted(self.text)}{message}")

    def _unlike(self, part: str, rest: str) -> UnreadableTimeError:
        said = f" as {quoted(self.layout)}: cannot parse {quoted(rest)} as {quoted(part)}"
        return self._wrong(said)

    def _skip(self, before: str) -> None:
        """Read what stands literally in the layout; runs of blanks are alike."""
        left = before
        while left:
            if left[0] == " ":
                if self.rest and self.rest[0] != " ":
                    raise self._unlike(before, self.rest)
                left, self.rest = left.lstrip(" "), self.rest.lstrip(" ")
                continue
            if self.rest[:1] != left[0]:
                raise self._unlike(before, _without_common_bytes(self.rest, left))
            left, self.rest = left[1:], self.rest[1:]

    def _part(self, name: str) -> None:
        before = self.rest
        try:
            if layouts.is_fraction(name):
                self._fraction(name)
            elif layouts.is_zone(name):
                self._offset(name)
            else:
                _READ[name](self, name)
        except _BadError as error:
            if str(error):
                raise self._wrong(f": {error} out of range") from None
            raise self._unlike(name, before) from None

    def _taken(self, size: int) -> str:
        if len(self.rest) < size:
            raise _BadError
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def _number(self, most: int, *, fixed: bool) -> int:
        """Read up to `most` digits; `fixed` asks for all of them."""
        match = re.match(rf"[0-9]{{1,{most}}}", self.rest)
        if match is None or (fixed and len(match[0]) < most):
            raise _BadError
        self.rest = self.rest[match.end() :]
        return int(match[0])

    def _within(self, name: str, what: str, least: int, most: int) -> int:
        number = self._number(2, fixed=name.startswith("0"))
        if not least <= number <= most:
            raise _BadError(what)
        return number

    def _name(self, names: tuple[str, ...], size: int | None = None) -> int:
        for index, name in enumerate(names):
            wanted = name[:size]
            given = self.rest[: len(wanted)]
            if given.isascii() and given.lower() == wanted.lower():
                self.rest = self.rest[len(wanted) :]
                return index
        raise _BadError

    def read_year(self, name: str) -> None:
        """`2006` or `06`."""
        digits = self.rest[: len(name)]
        if len(digits) < len(name) or not (digits.isascii() and digits.isdecimal()):
            raise _BadError
        year = int(self._taken(len(name)))
        self.year = year if len(name) == 4 else year + (1900 if year >= 69 else 2000)

    def read_month(self, name: str) -> None:
        """`January`, `Jan`, `1` or `01`."""
        if name.startswith("J"):
            self.month = self._name(MONTHS, 3 if name == "Jan" else None) + 1
        else:
            self.month = self._within(name, "month", 1, 12)

    def read_weekday(self, name: str) -> None:
        """`Monday` or `Mon`: must be one, whatever the date."""
        self._name(WEEKDAYS, 3 if name == "Mon" else None)

    def read_day(self, name: str) -> None:
        """`2`, `_2` or `02`."""
        if name == "_2" and self.rest.startswith(" "):
            self.rest = self.rest[1:]
        self.day = self._number(2, fixed=name == "02")

    def read_year_day(self, name: str) -> None:
        """`__2` or `002`."""
        for _ in range(2):
            if name == "__2" and self.rest.startswith(" "):
                self.rest = self.rest[1:]
        self.year_day = self._number(3, fixed=name == "002")

    def read_hour(self, name: str) -> None:
        """`15`, `3` or `03`."""
        self.hour = self._within(name, "hour", 0, 23 if name == "15" else 12)

    def read_minute(self, name: str) -> None:
        """`4` or `04`."""
        self.minute = self._within(name, "minute", 0, 59)

    def read_second(self, name: str) -> None:
        """`5` or `05`, and a fraction behind it that the layout does not have."""
        self.second = self._within(name, "second", 0, 59)
        match = re.match(r"[.,][0-9]+", self.rest)
        if match and not layouts.is_fraction(self.next):
            self.nanosecond = _nanoseconds(match[0])
            self.rest = self.rest[match.end() :]

    def read_half(self, name: str) -> None:
        """`PM` or `pm`."""
        half = self._taken(2)
        if half not in (("AM", "PM") if name == "PM" else ("am", "pm")):
            raise _BadError
        self.half = half.upper()

    def read_zone(self, _name: str) -> None:
        """`MST`."""
        if self.rest.startswith("UTC"):
            self.rest, self.is_utc = self.rest[3:], True
            return
        size = _zone_size(self.rest)
        if not size:
            raise _BadError
        self.zone = self._taken(size)

    def _fraction(self, name: str) -> None:
        match = re.match(r"[.,][0-9]+", self.rest)
        if name[1] == "9":
            if match:
                self.nanosecond = _nanoseconds(self._taken(match.end()))
            return
        taken = self._taken(len(name))
        if not re.fullmatch(r"[.,][0-9]+", taken[:10]):
            raise _BadError
        self.nanosecond = _nanoseconds(taken)

    def _offset(self, name: str) -> None:
        if name[0] == "Z" and self.rest.startswith("Z"):
            self.rest, self.is_utc = self.rest[1:], True
            return
        match = re.match(_ZONES[len(name)], self.rest, re.ASCII | re.DOTALL)
        if not match:
            raise _BadError
        self.rest = self.rest[match.end() :]
        numbers = [int(number) for number in match.groups()[1:]]
        for number, most, what in zip(numbers, (24, 60, 60), ("hour", "minute", "second")):
            if number > most:
                raise _BadError(f"time zone offset {what}")
        if match[1] not in "+-":
            raise _BadError
        offset = sum(number * unit for number, unit in zip(numbers, (3600, 60, 1)))
        self.offset = -offset if match[1] == "-" else offset

    def _complete(self) -> None:
        if self.half == "PM" and self.hour < 12:
            self.hour += 12
        elif self.half == "AM" and self.hour == 12:
            self.hour = 0
        if self.year_day >= 0:
            self._date_of_year_day()
        self.month = 1 if self.month < 0 else self.month
        self.day = 1 if self.day < 0 else self.day
        if not 1 <= self.day <= days_in(self.month, self.year):
            raise self._wrong(": day out of range")

    def _date_of_year_day(self) -> None:
        if not 1 <= self.year_day <= 365 + calendar.is_leap(self.year):
            raise self._wrong(": day-of-year out of range")
        days = calendar.days_of(self.year, 1, self.year_day)
        _, month, day, _ = calendar.date_of(days)
        for what, given, found in (("month", self.month, month), ("day", self.day, day)):
            if given >= 0 and given != found:
                raise self._wrong(f": day-of-year does not match {what}")
        self.month, self.day = month, day

    def _placed(self, default: Location, local: Location) -> Time:
        date = (self.year, self.month, self.day)
        clock = _seconds(*date, self.hour, self.minute, self.second)
        if self.is_utc:
            return Time(clock * SECOND + self.nanosecond, UTC)
        if self.offset != -1:
            seconds = clock - self.offset
            return _at_offset(seconds, self.nanosecond, self.offset, self.zone, local)
        if not self.zone:
            return Time(default.seconds(clock) * SECOND + self.nanosecond, default)
        offset = local.offset_of(self.zone, clock)
        if offset is not None:
            return Time((clock - offset) * SECOND + self.nanosecond, local)
        offset = int(self.zone[3:]) * 3600 if self.zone[3:] and self.zone[:3] == "GMT" else 0
        # an unknown abbreviation keeps its name, and the clock what it shows
        return Time(clock * SECOND + self.nanosecond, Location(self.zone, offset))


def _without_common_bytes(text: str, other: str) -> str:
    """Return a text from the first byte on in which it differs: Go compares byte by byte."""
    ours, theirs = octets(text), octets(other)
    alike = next((i for i, pair in enumerate(zip(ours, theirs)) if pair[0] != pair[1]), 0)
    return text_of(ours[alike:])


def _zone_size(text: str) -> int:
    """Return how many letters of a text are a zone's abbreviation (Go's `parseTimeZone`)."""
    if text[:4] in ("ChST", "MeST"):
        return 4
    if text[:3] == "GMT":
        return 3 + _signed(text[3:])
    if text[:1] in ("+", "-"):
        return _signed(text) if len(text) > 2 else 0
    upper = re.match(r"[A-Z]{0,6}", text)
    size = upper.end() if upper else 0
    if size == 3 or (size == 5 and text[4] == "T"):
        return size
    return 4 if size == 4 and (text[3] == "T" or text[:4] == "WITA") else 0


def _signed(text: str) -> int:
    match = _SIGNED.match(text)
    return match.end() if match and int(match[1]) <= 23 else 0


_READ: Mapping[str, Callable[[_Reader, str], None]] = {
    **dict.fromkeys(("2006", "06"), _Reader.read_year),
    **dict.fromkeys(("January", "Jan", "1", "01"), _Reader.read_month),
    **dict.fromkeys(("Monday", "Mon"), _Reader.read_weekday),
    **dict.fromkeys(("2", "_2", "02"), _Reader.read_day),
    **dict.fromkeys(("__2", "002"), _Reader.read_year_day),
    **dict.fromkeys(("15", "3", "03"), _Reader.read_hour),
    **dict.fromkeys(("4", "04"), _Reader.read_minute),
    **dict.fromkeys(("5", "05"), _Reader.read_second),
    **dict.fromkeys(("PM", "pm"), _Reader.read_half),
    "MST": _Reader.read_zone,
}
