"""The items of a fan-out: what `{{item}}` stands for, and how nodes are called (Argo's Item).

An item is kept as its JSON text: numbers and escapes arrive as they were written.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from argosy.engine.language.errors import EvaluationError
from argosy.engine.language.go.json_mistakes import mistake
from argosy.engine.language.values import HTML, to_json
from compiler.record import record

_PIECE = re.compile(r'"(?:\\.|[^"\\])*"|\s+|[^"\s]', re.DOTALL)
_PARENTHESES = str.maketrans("", "", "()")
_FIXED = {"\\u003c": "<", "\\u003e": ">", "\\u0026": "&"}


@record
class Item:
    """An item by its compact JSON text."""

    raw: str

    @property
    def text(self) -> str:
        """What `{{item}}` of no list and no map stands for: JSON without the quotes of a text."""
        text = self.raw[1:-1] if self.raw.startswith('"') else self.raw
        return re.sub("|".join(map(re.escape, _FIXED)), lambda match: _FIXED[match[0]], text)

    def scope(self) -> dict[str, str]:
        """Return the tags that the item defines."""
        if not self.raw.startswith("{"):
            return {"item": self.raw if self.raw.startswith("[") else self.text}
        pairs = {key: Item(raw) for key, raw in _members(self.raw)}
        written = ",".join(f"{to_json(key)}:{pairs[key].raw}" for key in sorted(pairs))
        fields = {f"item.{key}": item.text for key, item in pairs.items()}
        return {**fields, "item": f"{{{written}}}"}

    def name(self, task: str, index: int) -> str:
        """Return how Argo calls the node of the item: `task(0:value)`."""
        return f"{task}({index}:{self._label().translate(_PARENTHESES)})"

    def _label(self) -> str:
        if self.raw.startswith("{"):
            return ",".join(sorted(f"{key}:{Item(raw).text}" for key, raw in _members(self.raw)))
        if self.raw.startswith("["):
            return f"[{' '.join(item.text for item in _elements(self.raw))}]"
        return "[]" if self.raw == "null" else self.text


def item(value: Any) -> Item:
    """Return an item of `withItems`, which is plain data: a number is what 64 bits hold of it."""
    return Item(to_json(_held(value)))


def _held(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _held(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_held(item) for item in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return float(value)
    return 0 if isinstance(value, float) and value == 0 else value


def items(text: str) -> list[Item]:
    """Return the items of a `withParam`; raise `EvaluationError` in Argo's words."""
    complaint = f"withParam value could not be parsed as a JSON list: {text.strip()}: "
    try:
        found = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise EvaluationError(complaint + mistake(text, error.pos)) from None
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"{complaint}{error}") from None
    if found is None:
        return []
    if not isinstance(found, list):
        kinds = {dict: "object", str: "string", bool: "bool"}
        kind = kinds.get(type(found), "number")
        raise EvaluationError(
            f"{complaint}json: cannot unmarshal {kind} into Go value of type []v1alpha1.Item"
        )
    return _elements(_compact(text))


def _refuse(word: str) -> Any:
    raise ValueError(f"invalid character '{word[0]}' looking for beginning of value")


def _compact(text: str) -> str:
    pieces = (match[0] for match in _PIECE.finditer(text) if not match[0].isspace())
    return "".join(piece.translate(HTML) if piece[0] == '"' else piece for piece in pieces)


def _elements(raw: str) -> list[Item]:
    return [Item(part) for part in _split(raw[1:-1])]


def _members(raw: str) -> Iterator[tuple[str, str]]:
    for part in _split(raw[1:-1]):
        quoted = _PIECE.match(part)
        if quoted:
            yield json.loads(quoted[0]), part[quoted.end() + 1 :]


def _split(inside: str) -> Iterator[str]:
    """Yield what stands between the commas of a compact list or map."""
    depth, start = 0, 0
    for match in _PIECE.finditer(inside):
        sign = match[0]
        depth += (sign in "[{") - (sign in "]}")
        if sign == "," and not depth:
            yield inside[start : match.start()]
            start = match.end()
    if inside:
        yield inside[start:]
