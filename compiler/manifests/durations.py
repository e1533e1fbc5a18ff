"""Durations as Go reads them, and as Argo's own fields do."""

import re

from compiler.golang.durations import nanoseconds

_NUMBER = re.compile(r"[0-9]+")


def is_go(text: str) -> bool:
    """Whether Go's `time.ParseDuration` takes the text; it knows no days."""
    try:
        nanoseconds(text)
    except ValueError:
        return False
    return True


def is_argo(text: str) -> bool:
    """Whether Argo takes the text where it reads a bare number as seconds."""
    return bool(_NUMBER.fullmatch(text)) or is_go(text)


def wrong(text: str) -> str:
    """Say what is wrong with a text that is no duration."""
    return f"unable to parse {text} as a duration (Go's units: ns us ms s m h)"
