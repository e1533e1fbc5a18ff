"""Classes of characters in regular expressions."""

from collections.abc import Callable, Mapping, Sequence

Test = Callable[[str], bool]


def character(sign: str, *, ignore_case: bool) -> Test:
    """Return the test for one character."""
    if not ignore_case:
        return sign.__eq__
    return {sign, sign.lower(), sign.upper()}.__contains__


def either(tests: Sequence[Test]) -> Test:
    """Return the test for what passes one of `tests`."""
    return tests[0] if len(tests) == 1 else lambda c: any(test(c) for test in tests)


def _among(letters: str) -> Test:
    return frozenset(letters).__contains__


def _ranges(*pairs: str) -> Test:
    return lambda c: any(pair[0] <= c <= pair[1] for pair in pairs)


def _not(test: Test) -> Test:
    return lambda c: not test(c)


_DIGIT, _SPACE, _WORD = _ranges("09"), _among("\t\n\f\r "), _ranges("09", "az", "AZ", "__")
CLASSES: Mapping[str, Test] = {
    "d": _DIGIT,
    "s": _SPACE,
    "w": _WORD,
    "D": _not(_DIGIT),
    "S": _not(_SPACE),
    "W": _not(_WORD),
}
POSIX: Mapping[str, Test] = {
    "alnum": _ranges("09", "AZ", "az"),
    "alpha": _ranges("AZ", "az"),
    "ascii": _ranges("\x00\x7f"),
    "blank": _among("\t "),
    "cntrl": _ranges("\x00\x1f", "\x7f\x7f"),
    "digit": _DIGIT,
    "graph": _ranges("!~"),
    "lower": _ranges("az"),
    "print": _ranges(" ~"),
    "punct": _ranges("!/", ":@", "[`", "{~"),
    "space": _among("\t\n\v\f\r "),
    "upper": _ranges("AZ"),
    "word": _WORD,
    "xdigit": _ranges("09", "AF", "af"),
}
