"""Go's calendar: days since 1970 ↔ dates, in any year, and the names of months and weekdays."""

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365)
DAY = 86_400
YEAR_ONE = -62_135_596_800  # seconds from 1970 to the zero of `time.Time`


def is_leap(year: int) -> bool:
    """Whether a year has a 29th of February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in(month: int, year: int) -> int:
    """Return how many days a month has."""
    return _BEFORE[month] - _BEFORE[month - 1] + (month == 2 and is_leap(year))


def days_of(year: int, month: int, day: int) -> int:
    """Return the days from 1970 to a date; months and days may lie beyond their ends."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    before = year - 1
    leaps = before // 4 - before // 100 + before // 400
    days = before * 365 + leaps + _BEFORE[month - 1] + (month > 2 and is_leap(year))
    return days + day - 1 + YEAR_ONE // DAY


def date_of(days: int) -> tuple[int, int, int, int]:
    """Return year, month, day and day of the year of days since 1970."""
    days -= YEAR_ONE // DAY
    centuries, days = divmod(days, 146_097)
    hundreds = min(days // 36_524, 3)
    days -= hundreds * 36_524
    fours, days = divmod(days, 1_461)
    ones = min(days // 365, 3)
    days -= ones * 365
    year = centuries * 400 + hundreds * 100 + fours * 4 + ones + 1
    month = next(
        m for m in range(1, 13) if days < _BEFORE[m] + (m > 1 and is_leap(year)) or m == 12
    )
    return year, month, days - days_of(year, month, 1) + days_of(year, 1, 1) + 1, days + 1
