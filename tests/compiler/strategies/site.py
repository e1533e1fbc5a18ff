"""Site: what the steps drawn so far put out, for those that come after them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.compiler.strategies.chance import WORDS, Chance

Fields = dict[str, Any]
RUN = ("name", "uid", "source", "env", "pipeline")
NUMBERS = ("number", "integer")


@dataclass(frozen=True)
class Product:
    """An output of a step: its type, and what is to be minded by who reads it.

    `many`: of a step that runs many times, `unknown`: as often as a list is long. `doubtful`: it
    may not be there. `digested`: a cache can tell when it changes. `items` are those of a list.
    """

    step: str
    output: str
    type: str
    many: bool
    unknown: bool
    doubtful: bool
    digested: bool
    items: Any

    @property
    def name(self) -> str:
        return f"steps.{self.step}.outputs.{self.output}"

    @property
    def kind(self) -> str:
        return "list" if self.many and self.type != "artifact" else self.type


@dataclass
class Site:
    """A pipeline that grows; `params` and `values` by name, callees and components by name."""

    chance: Chance
    params: dict[str, Fields]
    values: dict[str, list[Any]]
    components: dict[str, Fields]
    callees: dict[str, Fields]
    products: list[Product] = field(default_factory=list)
    steps: dict[str, Fields] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)

    def name(self) -> str:
        """A name that no other step or handler has."""
        found = self.chance.pick([word for word in WORDS if word not in self.taken])
        self.taken.add(found)
        return found

    def names(self, *, cached: bool = False) -> dict[str, str]:
        """What every step may refer to by value, with its type."""
        found = {f"params.{name}": body["type"] for name, body in self.params.items()}
        found |= {f"run.{name}": "string" for name in (RUN[3:] if cached else RUN)}
        return found | {p.name: p.kind for p in self.products if p.kind != "artifact"}

    def lists(self) -> dict[str, Any]:
        """References to lists, each with the type of its items, or those of their fields."""
        found = {
            f"params.{name}": body.get("items", "string")
            for name, body in self.params.items()
            if body["type"] == "list"
        }
        many = [p for p in self.products if p.kind == "list" and p.many]
        one = [p for p in self.products if p.kind == "list" and not p.many and p.items]
        return found | {p.name: p.type for p in many} | {p.name: p.items for p in one}

    def add(self, name: str, body: Fields, outputs: dict[str, str], *, digested: bool) -> None:
        """Take in a step with the types of its outputs."""
        self.steps[name] = body
        before = {*re.findall(r"steps\.([a-z0-9-]+)\.outputs", json.dumps(body))}
        before |= {*body.get("needs", ()), body.get("select", {}).get("from", "")}
        unknown = isinstance(body.get("foreach"), str)
        own = "when" in body or body.get("continueOnError") or unknown
        if own or before & self.doubtful:
            self.doubtful.add(name)
        many = "matrix" in body or "foreach" in body
        for output, kind in outputs.items():
            doubt = name in self.doubtful
            items = _items(body.get("outputs", {}).get(output))
            self.products.append(Product(name, output, kind, many, unknown, doubt, digested, items))

    def matrices(self) -> Iterator[tuple[str, str]]:
        """Steps with a matrix, each with a number that it puts out."""
        for product in self.products:
            if "matrix" in self.steps[product.step] and product.type in NUMBERS:
                yield product.step, product.output

    def of(self, step: str) -> list[Product]:
        return [product for product in self.products if product.step == step]


def _items(output: Any) -> Any:
    """The type of the items of a list, None of what is none or is declared elsewhere."""
    known = isinstance(output, dict) and output.get("type") == "list"
    return output.get("items", "string") if known else None
