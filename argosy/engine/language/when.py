"""`when`: a condition in govaluate's notation, after the tags in it were replaced.

Bare words are texts (`heads != tails`), numbers floats, and texts that look like times are times.
"""

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

from argosy.engine.language.errors import EvaluationError, RefusedError
from argosy.engine.language.go import regular
from argosy.engine.language.tags import substitute
from argosy.engine.language.values import shown
from argosy.engine.language.when_stages import evaluate, plan
from compiler.govaluate import Token, UnreadableError, check, named_as_texts, tokens


def condition(text: str, scope: Mapping[str, str]) -> tuple[bool, str]:
    """Return whether a `when` holds, and its text after substitution.

    Raise `EvaluationError` in Argo's words (its controller's shouldExecute).
    """
    written = substitute(text, scope)
    return decides(written), written


def decides(written: str) -> bool:
    """Whether a condition without tags holds; an empty one does."""
    if not written:
        return True
    try:
        value = _evaluated(written)
    except RecursionError:
        raise RefusedError("the condition is nested too deeply") from None
    if not isinstance(value, bool):
        raise EvaluationError(f"Expected boolean evaluation for '{written}'. Got {shown(value)}")
    return value


@lru_cache(maxsize=1024)
def _evaluated(written: str) -> object:
    words = _read(written)
    try:
        check(words)
        _compile_patterns(words)
    except (EvaluationError, UnreadableError) as error:
        raise EvaluationError(f"Failed to parse 'when' expression '{written}': {error}") from None
    try:
        return evaluate(plan(words))
    except EvaluationError as error:
        raise EvaluationError(f"Failed to evaluate 'when' expresion '{written}': {error}") from None


def _read(written: str) -> list[Token]:
    """Read the words, twice as Argo does: what was a name becomes a text."""
    try:
        words = tokens(written)
        check(words)
        _compile_patterns(words)
    except (EvaluationError, UnreadableError) as error:
        if str(error).startswith("runtime error"):  # the controller's own, caught further out
            raise EvaluationError(str(error)) from None
        hint = ' (hint: try wrapping the affected expression in quotes ("))'
        raise EvaluationError(
            f"Invalid 'when' expression '{written}': {error}"
            f"{hint if 'Invalid token' in str(error) else ''}"
        ) from None
    return named_as_texts(words)


def _compile_patterns(words: list[Token]) -> None:
    for sign, pattern in pairwise(words):
        if sign.kind == "COMPARATOR" and sign.value in ("=~", "!~") and pattern.kind == "STRING":
            regular.compiled(pattern.value)
