"""Durations: `7d` as people write them, hours as Go reads them."""

_DAY = 24
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def go(text: str) -> str:
    """Return a duration of the spec as Go's `time.ParseDuration` takes it, which knows no days."""
    return f"{int(text[:-1]) * _DAY}h" if text.endswith("d") else text


def seconds(text: str) -> int:
    """Return the seconds of a duration of the spec; 0 of none."""
    return int(text[:-1]) * _SECONDS[text[-1]] if text else 0


def words(seconds: int) -> str:
    """Return seconds as people write them: in the largest unit that leaves no rest."""
    unit = next(unit for unit in reversed(_SECONDS) if seconds % _SECONDS[unit] == 0)
    return f"{seconds // _SECONDS[unit]}{unit}"
