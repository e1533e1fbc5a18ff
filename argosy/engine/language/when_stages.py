"""Words of a condition → tree → value, as govaluate plans and evaluates it."""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.go import regular
from argosy.engine.language.values import octets, same, shown
from compiler.golang.numbers import power, quotient, truncated
from compiler.govaluate.tokens import COMPARATORS, Token

_LEVELS: Sequence[tuple[str, Sequence[str], str]] = (
    ("SEPARATOR", (",",), ""),
    (
        "TERNARY",
        ("?", ":", "??"),
        "Value '{}' cannot be used with the ternary operator '{}', it is not a bool",
    ),
    (
        "LOGICALOP",
        ("||",),
        "Value '{}' cannot be used with the logical operator '{}', it is not a bool",
    ),
    (
        "LOGICALOP",
        ("&&",),
        "Value '{}' cannot be used with the logical operator '{}', it is not a bool",
    ),
    (
        "COMPARATOR",
        COMPARATORS,
        "Value '{}' cannot be used with the comparator '{}', it is not a number",
    ),
    *(
        ("MODIFIER", signs, "Value '{}' cannot be used with the modifier '{}', it is not a number")
        for signs in (("^", "&", "|"), (">>", "<<"), ("+", "-"), ("*", "/", "%"), ("**",))
    ),
)
_PREFIX = "Value '{}' cannot be used with the prefix '{}'"


class Stage(NamedTuple):
    """An operand (no sign), or a sign with what it joins; `left` of a prefix is None."""

    sign: str
    left: "Stage | None" = None
    right: "Stage | None" = None
    value: Any = None
    complaint: str = ""


def plan(words: Sequence[Token]) -> Stage | None:
    """Return the tree; words that stand behind a whole condition are ignored, as govaluate does."""
    return _Planner(words).level(0)


class _Planner:
    def __init__(self, words: Sequence[Token]) -> None:
        self.words, self.position = words, 0

    def level(self, depth: int) -> Stage | None:
        if depth == len(_LEVELS):
            return self.operand()
        kind, signs, complaint = _LEVELS[depth]
        left = self.level(depth + 1)
        while self.position < len(self.words):
            token = self.words[self.position]
            if token.kind != kind or token.value not in signs:
                break
            self.position += 1
            left = Stage(token.value, left, self.level(depth + 1), complaint=complaint)
        return left

    def operand(self) -> Stage | None:
        if self.position >= len(self.words):
            return None
        token = self.words[self.position]
        if token.kind == "CLAUSE_CLOSE":
            return None
        self.position += 1
        if token.kind == "CLAUSE":
            inner = self.level(0)
            self.position += 1
            return Stage("()", right=inner)
        if token.kind == "PREFIX":
            return Stage(f"prefix {token.value}", right=self.operand(), complaint=_PREFIX)
        if token.kind == "ACCESSOR":
            return Stage("access", value=token.value)
        return Stage("", value=token.value)


def evaluate(stage: Stage | None) -> Any:
    """Return the value of a stage; raise `EvaluationError` in govaluate's words."""
    if stage is None or not stage.sign:
        return stage.value if stage else None
    if stage.sign == "access":
        raise EvaluationError(f"No parameter '{stage.value[0]}' found.")
    left = evaluate(stage.left)
    if _decided(stage.sign, left):
        return left if stage.sign in ("&&", "||", "??", ":") else None
    right = evaluate(stage.right)
    _check(stage, left, right)
    return _OPERATIONS[stage.sign](left, right)


def _decided(sign: str, left: Any) -> bool:
    """Whether the left side alone gives the value."""
    if sign in ("&&", "?"):
        return left is False
    return left is True if sign == "||" else sign in (":", "??") and left is not None


def _check(stage: Stage, left: Any, right: Any) -> None:
    sign = stage.sign
    if sign in _BOTH:
        if not _BOTH[sign](left, right):
            raise EvaluationError(stage.complaint.format(shown(left), sign))
        return
    for value, test in zip((left, right), _EACH.get(sign, ()), strict=False):
        if test and not test(value):
            raise EvaluationError(
                stage.complaint.format(shown(value), sign.removeprefix("prefix "))
            )


def _is_number(value: Any) -> bool:
    return isinstance(value, float)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _alike(left: Any, right: Any) -> bool:
    return (_is_number(left) and _is_number(right)) or (_is_text(left) and _is_text(right))


def _addable(left: Any, right: Any) -> bool:
    return (_is_number(left) and _is_number(right)) or _is_text(left) or _is_text(right)


_BOTH: Mapping[str, Callable[[Any, Any], bool]] = {
    **dict.fromkeys(("<", "<=", ">", ">="), _alike),
    "+": _addable,
}
_Test = Callable[[Any], bool]
_EACH: Mapping[str, tuple[_Test | None, _Test | None]] = {
    **dict.fromkeys(
        ("-", "*", "/", "%", "**", "&", "|", "^", "<<", ">>"), (_is_number, _is_number)
    ),
    **dict.fromkeys(("&&", "||"), (_is_bool, _is_bool)),
    **dict.fromkeys(("=~", "!~"), (_is_text, _is_text)),
    "in": (None, lambda value: isinstance(value, list)),
    "?": (_is_bool, None),
    "prefix !": (None, _is_bool),
    **dict.fromkeys(("prefix -", "prefix ~"), (None, _is_number)),
}


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def computed(left: Any, right: Any) -> bool:
        return compare(octets(left), octets(right)) if _is_text(left) else compare(left, right)

    return computed


def _sum(left: Any, right: Any) -> Any:
    if _is_text(left) or _is_text(right):
        return shown(left) + shown(right)
    return left + right


def _bits(combine: Callable[[int, int], int]) -> Callable[[float, float], float]:
    return lambda left, right: float(combine(truncated(left), truncated(right)))


def _matches(text: str, pattern: str) -> bool:
    try:
        return regular.found(pattern, text)
    except EvaluationError as error:
        raise EvaluationError(f"Unable to compile regexp pattern '{pattern}': {error}") from None


def _joined(left: Any, right: Any) -> list[Any]:
    return [*left, right] if isinstance(left, list) else [left, right]


_OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "()": lambda _, right: right,
    "==": same,
    "!=": lambda left, right: not same(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "=~": _matches,
    "!~": lambda left, right: not _matches(left, right),
    "in": lambda left, right: any(same(left, item) for item in right),
    "&&": operator.and_,
    "||": operator.or_,
    "+": _sum,
    "-": operator.sub,
    "*": operator.mul,
    "/": quotient,
    "%": lambda left, right: math.fmod(left, right) if right and math.isfinite(left) else math.nan,
    "**": power,
    "&": _bits(operator.and_),
    "|": _bits(operator.or_),
    "^": _bits(operator.xor),
    "<<": _bits(lambda left, right: (left << right) % 2**64 if 0 <= right < 64 else 0),
    ">>": _bits(lambda left, right: left % 2**64 >> right if 0 <= right < 64 else 0),
    "?": lambda left, right: right if left else None,
    ":": lambda left, right: right if left is None else left,
    "??": lambda left, right: right if left is None else left,
    ",": _joined,
    "prefix -": lambda _, right: -right,
    "prefix !": lambda _, right: not right,
    "prefix ~": lambda _, right: float(~truncated(right)),
}
