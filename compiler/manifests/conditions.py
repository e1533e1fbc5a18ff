"""`when` conditions as Argo reads them (Knetic/govaluate), words standing for themselves."""

from compiler.govaluate import UnreadableError, check, named_as_texts, tokens

_DECIDE = ("COMPARATOR", "LOGICALOP", "BOOLEAN")


def wrong(text: str, *, boolean: bool = True) -> str:
    """Say what is wrong with a condition; nothing if it can be read.

    `boolean`: whether it is known whole, so that it must also compare something.
    """
    try:
        words = tokens(text)
        check(words)
        check(named_as_texts(words))
    except UnreadableError as mistake:
        return str(mistake)
    decides = any(token.kind in _DECIDE or token.value in ("!", "?") for token in words)
    return f"Expected boolean evaluation for '{text}'" if boolean and not decides else ""
