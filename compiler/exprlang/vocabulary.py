"""The signs of expr-lang and how tightly they bind, and the names of its functions."""

from collections.abc import Mapping

OPERATORS = (
    *("not", "in", "or", "and", "matches", "contains", "startsWith", "endsWith"),
    *("let", "if", "else"),
)
UNARY: Mapping[str, int] = {"not": 50, "!": 50, "-": 90, "+": 90}
BINARY: Mapping[str, int] = {
    "|": 0,
    **dict.fromkeys(("or", "||"), 10),
    **dict.fromkeys(("and", "&&"), 15),
    **dict.fromkeys(("==", "!=", "<", ">", ">=", "<="), 20),
    **dict.fromkeys(("in", "matches", "contains", "startsWith", "endsWith"), 20),
    "..": 25,
    **dict.fromkeys(("+", "-"), 30),
    **dict.fromkeys(("*", "/", "%"), 60),
    **dict.fromkeys(("**", "^"), 100),
    "??": 500,
}
COMPARISONS = ("<", ">", ">=", "<=")
NEGATABLE = ("contains", "matches", "startsWith", "endsWith", "in")
WITH_PREDICATE = (
    *("all", "none", "any", "one", "filter", "map", "count", "sum", "find", "findIndex"),
    *("findLast", "findLastIndex", "groupBy", "sortBy", "reduce"),
)
PREDICATE_OPTIONAL, WITH_THIRD = ("count", "sum"), ("sortBy", "reduce")
PLAIN = (
    *("len", "type", "abs", "ceil", "floor", "round", "int", "float", "string", "trim"),
    *("trimPrefix", "trimSuffix", "upper", "lower", "split", "splitAfter", "replace", "repeat"),
    *("join", "indexOf", "lastIndexOf", "hasPrefix", "hasSuffix", "max", "min", "mean", "median"),
    *("toJSON", "fromJSON", "toBase64", "fromBase64", "now", "duration", "date", "timezone"),
    *("first", "last", "get", "take", "keys", "values", "toPairs", "fromPairs", "reverse", "uniq"),
    *("concat", "flatten", "sort", "bitand", "bitor", "bitxor", "bitnand", "bitnot", "bitshl"),
    *("bitshr", "bitushr"),
)
BUILTINS = (*WITH_PREDICATE, *PLAIN)
