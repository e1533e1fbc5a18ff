"""What was meant by a misspelt name, by the fewest slips of a finger."""

from collections.abc import Sequence

_SLIPS = 2
_SHORT = 4
_LONG = 100  # letters: nobody types so long a name, and the time goes with their square


def closest(name: str, known: Sequence[str]) -> str:
    """Return the name of `known` that `name` is a misspelling of; nothing if it is of none."""
    if len(name) > _LONG:
        return ""
    known = [other for other in dict.fromkeys(known) if len(other) <= _LONG]
    slips = {other: distance(plain(name), plain(other)) for other in known}
    most = _SLIPS if len(plain(name)) >= _SHORT else 1
    near = [other for other, number in slips.items() if number <= min(most, len(other) - 1)]
    if near:
        return min(near, key=lambda other: (slips[other], other[:1] != name[:1]))
    from difflib import get_close_matches

    # for what was shortened or has another ending
    return next(iter(get_close_matches(name, known, n=1)), "")


def plain(name: str) -> str:
    """Return a name without what tells `node_selector` from `nodeSelector`."""
    return name.lower().replace("_", "").replace("-", "")


def distance(one: str, other: str) -> int:
    """Return how many letters were lost, added, mistaken or swapped with their neighbour."""
    if abs(len(one) - len(other)) > _SLIPS:
        return _SLIPS + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, mine in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != mine))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == mine:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
