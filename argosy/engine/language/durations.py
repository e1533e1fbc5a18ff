"""Durations as Argo's own fields take them: a bare number is seconds."""

import re

from compiler.golang.durations import nanoseconds

_NUMBER = re.compile(r"[-+]?[0-9]+")


def seconds(text: str) -> float:
    """Read a duration as Argo's ParseStringToDuration does: a bare number is seconds.

    Raise `ValueError` in Argo's words.
    """
    if _NUMBER.fullmatch(text) and len(text) < 20:  # what is longer Go does not take for a number
        return float(int(text))
    try:
        return nanoseconds(text) / 1e9
    except ValueError as error:
        raise ValueError(f"unable to parse {text} as a duration: {error}") from None
