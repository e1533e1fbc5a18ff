"""`withSequence`: the numbers of a fan-out, written as its format says."""

import json
import re
from collections.abc import Mapping
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.fanout import Item
from argosy.engine.language.go.printf import printf
from compiler.golang.strconv import parse_int

_MOST = 1_000_000


def sequence(declared: Mapping[str, Any]) -> list[Item]:
    """Return the items of a `withSequence` whose tags are replaced (Argo's expandSequence)."""
    start = _number(declared.get("start", 0))
    if declared.get("end") is not None:
        end = _number(declared["end"])
    elif declared.get("count") is not None:
        count = _number(declared["count"])
        if count == 0:
            return []
        end = start + count - 1
    else:
        raise EvaluationError("neither end nor count was specified in withSequence")
    if abs(end - start) >= _MOST:
        raise EvaluationError(f"a sequence from {start} to {end} has more than {_MOST} items")
    numbers = range(start, end + 1) if start <= end else range(start, end - 1, -1)
    written = str(declared.get("format") or "%d")
    return [_item(printf(written, number)) for number in numbers]


def _item(text: str) -> Item:
    """Return the text as an item; Argo puts it between quotes and reads that as JSON."""
    raw = f'"{text}"'
    if control := re.search(r"[\x00-\x1f]", text):
        raise EvaluationError(f"invalid character '{_shown(control[0])}' in string literal")
    if escape := re.search(r"(?:^|[^\\])(?:\\\\)*\\([^\"\\/bfnrtu])", text):
        raise EvaluationError(f"invalid character '{escape[1]}' in string escape code")
    try:
        json.loads(raw)
    except ValueError:
        raise EvaluationError(f"invalid character in string {raw}") from None
    return Item(raw)


def _shown(control: str) -> str:
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(control, f"\\x{ord(control):02x}")


def _number(value: Any) -> int:
    try:
        return parse_int(str(value))
    except ValueError as error:
        raise EvaluationError(f'strconv.Atoi: parsing "{value}": {error}') from None
