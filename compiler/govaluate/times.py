"""The texts that govaluate takes for points in time: those compare as numbers, not as texts.

`'2024-01-01' == '2024-01-01T00:00:00Z'` is true in Argo. Places without a zone are UTC, as in a
controller's container.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

_ISO = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)(?:(?P<sign>[ T])(?P<hour>\d\d?)"
    r"(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?)?(?P<zone>Z|[-+]\d\d:?\d\d)?)?",
    re.ASCII,
)
_KITCHEN = re.compile(r"(\d\d?):(\d\d)(AM|PM)", re.ASCII)
_UNIX_YEAR_0 = -62167219200
_LONG = ("%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %z %Y")
_NAMED_ZONE = re.compile(r" (?:UTC|GMT)(?= \d{4}$)")


def instant(text: str) -> float | None:
    """Return the seconds since the epoch that a text writes; None when it writes no time."""
    if match := _ISO.fullmatch(text):
        return _iso(match)
    if match := _KITCHEN.fullmatch(text):
        return _kitchen(int(match[1]), int(match[2]), match[3])
    if not text[:1].isalpha() or text[-4:].isdecimal() is False:
        return None
    return _long(_NAMED_ZONE.sub("", text))


def _iso(match: re.Match[str]) -> float | None:
    sign, zone, minute, second = (match[name] for name in ("sign", "zone", "minute", "second"))
    if sign == "T" and not zone:
        return None
    if sign == " " and (
        minute is None or (zone and (zone == "Z" or ":" not in zone or not second))
    ):
        return None
    if sign == "T" and zone != "Z" and ":" in zone and not second:
        return None
    try:
        at = datetime.strptime(match["date"], "%Y-%m-%d").replace(
            hour=int(match["hour"] or 0),
            minute=int(minute or 0),
            second=int(second or 0),
            tzinfo=_zone(zone),
        )
    except ValueError:
        return None
    return float((at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1))


def _zone(text: str | None) -> timezone:
    if text is None or text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 24 or minutes >= 60:
        raise ValueError(text)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def _kitchen(hour: int, minute: int, half: str) -> float | None:
    if hour > 12 or minute > 59:
        return None
    hour = hour % 12 + (12 if half == "PM" else 0)
    return float(_UNIX_YEAR_0 + hour * 3600 + minute * 60)


def _long(text: str) -> float | None:
    for form in _LONG:
        try:
            at = datetime.strptime(text, form)  # noqa: DTZ007 - the forms decide
        except ValueError:
            continue
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return float((at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1))
    return None
