"""Durations: `7d` as people write them, hours as Go reads them."""

_DAY = 24


def go(text: str) -> str:
    """Return a duration of the spec as Go's `time.ParseDuration` takes it, which knows no days."""
    return f"{int(text[:-1]) * _DAY}h" if text.endswith("d") else text
