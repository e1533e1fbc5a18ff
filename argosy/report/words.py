"""Words that more than one report writes."""


def counted(number: int, noun: str) -> str:
    """Return `1 pipeline`, `2 pipelines`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
