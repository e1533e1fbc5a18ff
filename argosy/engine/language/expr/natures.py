"""What expr-lang knows of a value before it computes it: its Go type, and that of its elements."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from argosy.engine.language.values import AnyMap


class Nature(NamedTuple):
    """A type as Go writes it, empty when unknown; `element` of an array when it is known."""

    type: str = ""
    element: "Nature | None" = None
    is_nil: bool = False
    way: "Overload | None" = None  # how a method is called
    many: bool = False  # whether it gives more than an expression can take

    def __str__(self) -> str:
        """How expr-lang shows it in messages."""
        return self.type or "unknown"

    @property
    def is_unknown(self) -> bool:
        return (not self.type and not self.is_nil) or self.type == "interface {}"

    @property
    def is_number(self) -> bool:
        return self.type in ("int", "float64")

    @property
    def is_integral(self) -> bool:
        """Whether its kind is an integer, as that of a span is."""
        return self.type in ("int", *_INTEGRAL)

    @property
    def takes_nil(self) -> bool:
        """Whether nil is one of its values."""
        return self.type == "interface {}" or self.type.startswith("*")

    @property
    def is_array(self) -> bool:
        return self.type.startswith("[]")

    @property
    def is_map(self) -> bool:
        return self.type.startswith("map[")

    @property
    def is_function(self) -> bool:
        return self.type.startswith("func(")

    @property
    def elements(self) -> "Nature":
        """The nature of what an array or a map holds."""
        if self.element is not None:
            return self.element
        if self.is_array:
            return Nature(self.type[2:])
        return Nature(self.type.partition("]")[2]) if self.is_map else UNKNOWN

    def fits(self, wanted: "Nature") -> bool:
        """Whether Go assigns a value of it to the wanted type."""
        if self.is_nil:
            return wanted.type == "interface {}"
        if not self.type or not wanted.type:
            return False
        return wanted.type in (self.type, "interface {}")


_INTEGRAL = ("time.Duration", "time.Month", "time.Weekday")
DEFINED = ("time.Time", "*time.Location", *_INTEGRAL)
UNKNOWN = Nature()
NIL = Nature(is_nil=True)
BOOL, INT, FLOAT, STRING = (Nature(name) for name in ("bool", "int", "float64", "string"))
ANY = Nature("interface {}")
ARRAY, TEXTS = Nature("[]interface {}"), Nature("[]string")
MAP, ANY_MAP = Nature("map[string]interface {}"), Nature("map[interface {}]interface {}")
GROUPS = Nature("map[interface {}][]interface {}")
TIME, DURATION, LOCATION = (
    Nature("time.Time"),
    Nature("time.Duration"),
    Nature("*time.Location"),
)
# by the letters of signatures
NATURES: Mapping[str, Nature] = {
    "s": STRING,
    "i": INT,
    "j": INT,
    "u": INT,
    "f": FLOAT,
    "b": BOOL,
    "t": TIME,
    "d": DURATION,
    "l": LOCATION,
    "v": Nature("*semver.Version"),
    "M": Nature("time.Month"),
    "W": Nature("time.Weekday"),
}


def array_of(element: Nature) -> Nature:
    """Return the nature of a list whose elements are known."""
    return Nature("[]interface {}", element)


_OF: Sequence[tuple[type, Nature]] = (
    (bool, BOOL),
    (int, INT),
    (float, FLOAT),
    (str, STRING),
    (list, ARRAY),
    (AnyMap, ANY_MAP),
    (Mapping, MAP),
)


def of(value: Any) -> Nature:
    """Return the nature of a value of a scope."""
    if value is None:
        return NIL
    return next((nature for kind, nature in _OF if isinstance(value, kind)), UNKNOWN)


class Overload(NamedTuple):
    """One way to call a function."""

    takes: tuple[Nature, ...]
    gives: Nature


def _ways(gives: Nature, *ways: Sequence[Nature]) -> tuple[Overload, ...]:
    return tuple(Overload(tuple(takes), gives) for takes in ways)


# the types of expr-lang's builtin.go, in its order, for the last one names what is wrong
BUILTINS: Mapping[str, tuple[Overload, ...]] = {
    "type": _ways(STRING, (ANY,)),
    "string": _ways(STRING, (ANY,)),
    "toJSON": _ways(STRING, (ANY,)),
    "trim": _ways(STRING, (STRING,), (STRING, STRING)),
    **dict.fromkeys(("trimPrefix", "trimSuffix"), _ways(STRING, (STRING, STRING), (STRING,))),
    **dict.fromkeys(("upper", "lower", "toBase64", "fromBase64"), _ways(STRING, (STRING,))),
    "fromJSON": _ways(ANY, (STRING,)),
    **dict.fromkeys(("split", "splitAfter"), _ways(TEXTS, (STRING, STRING), (STRING, STRING, INT))),
    "replace": _ways(STRING, (STRING, STRING, STRING, INT), (STRING, STRING, STRING)),
    "repeat": _ways(STRING, (STRING, INT)),
    "join": _ways(STRING, (TEXTS, STRING), (ARRAY, STRING), (ARRAY,), (TEXTS, STRING), (TEXTS,)),
    **dict.fromkeys(("indexOf", "lastIndexOf"), _ways(INT, (STRING, STRING))),
    **dict.fromkeys(("hasPrefix", "hasSuffix"), _ways(BOOL, (STRING, STRING))),
    "sort": _ways(
        ARRAY,
        *((Nature(name), STRING) for name in ("[]interface {}", "[]int", "[]float64", "[]string")),
        *((Nature(name),) for name in ("[]interface {}", "[]float64", "[]string", "[]int")),
    ),
    **dict.fromkeys(
        ("bitand", "bitor", "bitxor", "bitnand", "bitshl", "bitshr", "bitushr"),
        _ways(INT, (INT, INT)),
    ),
    "bitnot": _ways(INT, (INT,)),
    "duration": _ways(DURATION, (STRING,)),
    "timezone": _ways(LOCATION, (STRING,)),
}
# Argo's own
FUNCTIONS: Mapping[str, tuple[Overload, ...]] = {
    **dict.fromkeys(("asInt", "asFloat"), _ways(ANY, (ANY,))),
    "jsonpath": _ways(ANY, (STRING, STRING)),
    "toJson": _ways(STRING, (ANY,)),
}
