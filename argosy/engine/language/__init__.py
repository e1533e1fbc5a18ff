"""Argo's template language: texts + a scope of dotted names → texts, values, decisions.

A scope is a mapping of dotted names (`inputs.parameters.x`, `tasks.a.outputs.result`, `item.k`) to
texts; names are looked up one by one, and a large one says itself what lies `below` (`Scope`).
"""

from typing import TYPE_CHECKING, Any

from argosy.engine.language.depends import holds
from argosy.engine.language.errors import EvaluationError, RefusedError, SubstitutionError
from argosy.engine.language.scope import Layers, Scope
from argosy.engine.language.tags import left_over, substitute
from argosy.engine.language.templates import names

if TYPE_CHECKING:
    from argosy.engine.language.expression import decide, evaluate, output
    from argosy.engine.language.when import condition

__all__ = [
    "EvaluationError",
    "Layers",
    "RefusedError",
    "Scope",
    "SubstitutionError",
    "condition",
    "decide",
    "evaluate",
    "holds",
    "left_over",
    "names",
    "output",
    "substitute",
]


def __getattr__(name: str) -> Any:
    """Import what computes expressions when something asks for it, as most runs never do."""
    if name == "condition":
        from argosy.engine.language import when

        return when.condition
    if name not in ("decide", "evaluate", "output"):
        raise AttributeError(name)
    from argosy.engine.language import expression

    return getattr(expression, name)
