"""Versions and what they must satisfy, as Masterminds/semver 3.3 reads them."""

import re
from typing import NamedTuple

from argosy.engine.language.errors import EvaluationError

_PART = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(rf"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-({_PART}))?(?:\+{_PART})?")
_PIECE = rf"v?([0-9xX*]+)(?:\.([0-9xX*]+))?(?:\.([0-9xX*]+))?(?:-({_PART}))?(?:\+{_PART})?"
_ONE = re.compile(rf"\s*(=|!=|>=|=>|<=|=<|>|<|~>|~|\^|)\s*({_PIECE})\s*,?")
_RANGE = re.compile(rf"\s*({_PIECE})\s+-\s+({_PIECE})\s*")


class Version(NamedTuple):
    """A version; `before` is what stands behind `-`."""

    numbers: tuple[int, int, int]
    before: str


class Constraint(NamedTuple):
    """A sign and the version it compares with; `known` is how many numbers it has written out."""

    sign: str
    version: Version
    known: int


def satisfies(constraint: str, version: str) -> bool:
    """Whether a version satisfies one of the alternatives; raise `EvaluationError`."""
    alternatives = [_constraints(part) for part in constraint.split("||")]
    found = read(version)
    return any(all(_checks(each, found) for each in every) for every in alternatives)


def read(text: str) -> Version:
    """Read a version; raise `EvaluationError`."""
    match = _VERSION.fullmatch(text)
    if not match:
        raise EvaluationError("Invalid Semantic Version")
    return Version((int(match[1]), int(match[2] or 0), int(match[3] or 0)), match[4] or "")


def _constraints(text: str) -> list[Constraint]:
    text = _RANGE.sub(lambda m: f">= {m[1]}, <= {m[6]}", text)
    found, position = list[Constraint](), 0
    while position < len(text.rstrip()):
        match = _ONE.match(text, position)
        if not match:
            raise EvaluationError(f"improper constraint: {text}")
        found.append(_constraint(match))
        position = match.end()
    if not found:
        raise EvaluationError(f"improper constraint: {text}")
    return found


def _constraint(match: re.Match[str]) -> Constraint:
    parts = [match[3], match[4], match[5]]
    known = next((i for i, part in enumerate(parts) if not part or not part.isdecimal()), 3)
    numbers = [int(part) if i < known and part else 0 for i, part in enumerate(parts)]
    version = Version((numbers[0], numbers[1], numbers[2]), match[6] or "" if known == 3 else "")
    return Constraint({"=>": ">=", "=<": "<=", "~>": "~"}.get(match[1], match[1]), version, known)


def _checks(each: Constraint, version: Version) -> bool:
    sign, wanted, known = each
    if version.before and not wanted.before:
        return False
    if sign in ("", "=") and known < 3:
        sign = "~"
    if sign == "^":
        return _compatible(version, wanted, known)
    if sign == "~":
        return known == 0 or (
            compare(version, wanted) >= 0
            and version.numbers[: min(known, 2)] == wanted.numbers[: min(known, 2)]
        )
    if known < 3 and sign in ("!=", ">", "<="):
        same = version.numbers[:known] == wanted.numbers[:known]
        if sign == "!=":
            return not same
        after = compare(version, wanted) > 0
        return (after and not same) if sign == ">" else (same or not after)
    order = compare(version, wanted)
    signs = {"": order == 0, "=": order == 0, "!=": order != 0, ">": order > 0, "<": order < 0}
    return {**signs, ">=": order >= 0, "<=": order <= 0}[sign]


def _compatible(version: Version, wanted: Version, known: int) -> bool:
    """`^`: the first number that is not zero stays."""
    if known == 0:
        return True
    if compare(version, wanted) < 0:
        return False
    fixed = next((i for i, number in enumerate(wanted.numbers) if number), known - 1)
    fixed = min(fixed, known - 1)
    return version.numbers[: fixed + 1] == wanted.numbers[: fixed + 1]


def compare(left: Version, right: Version) -> int:
    """Return a number below, at or above zero as `left` is before, like or after `right`."""
    if left.numbers != right.numbers:
        return 1 if left.numbers > right.numbers else -1
    if not left.before or not right.before:
        return (not left.before) - (not right.before)
    ours, theirs = left.before.split("."), right.before.split(".")
    orders = [_part(a, b) for a, b in zip(ours, theirs, strict=False)]
    return next((order for order in orders if order), len(ours) - len(theirs))


def _part(left: str, right: str) -> int:
    def key(text: str) -> tuple[bool, int, str]:
        return (not text.isdecimal(), int(text) if text.isdecimal() else 0, text)

    return (key(left) > key(right)) - (key(left) < key(right))
