"""Go's layouts of times: parts of `Mon Jan 2 15:04:05 MST 2006` stand for those of any time."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

RFC3339, RFC3339_NANO = "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05.999999999Z07:00"
# in the order of time/format.go's nextStdChunk
_PART = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|_2(?!006)|__2|3|4|5|PM|pm"
    r"|[-Z](?:070000|07:00:00|0700|07:00|07)|[.,](?:0+|9+)(?![0-9])"
)


class Part(NamedTuple):
    """What stands literally before a part, and the part; it is empty at the end."""

    before: str
    name: str


@lru_cache(maxsize=256)
def parts(layout: str) -> tuple[Part, ...]:
    """Return the parts of a layout, the last one being what is left."""
    return tuple(_parts(layout))


def _parts(layout: str) -> Iterator[Part]:
    end = 0
    for match in _PART.finditer(layout):
        yield Part(layout[end : match.start()], match[0])
        end = match.end()
    yield Part(layout[end:], "")


def is_fraction(name: str) -> bool:
    """Whether a part is one of seconds."""
    return name[:1] in (".", ",")


def is_zone(name: str) -> bool:
    """Whether a part is an offset in numbers."""
    return name[:1] in ("-", "Z")
