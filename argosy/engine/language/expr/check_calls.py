"""Whether arguments fit the parameters of a function, overload by overload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argosy.engine.language.errors import LocatedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from argosy.engine.language.expr.checks import Checker
    from argosy.engine.language.expr.natures import Nature, Overload
    from compiler.exprlang.tree import Node


def called(
    checker: Checker, name: str, ways: Sequence[Overload], arguments: Sequence[Node], call: Node
) -> Nature:
    """Return what the first fitting overload gives; raise what is wrong with the last."""
    natures = [checker.nature(argument) for argument in arguments]
    wrong: LocatedError | None = None
    for way in ways:
        wrong = _wrong(name, way, natures, arguments, call)
        if wrong is None:
            return way.gives
    assert wrong is not None  # noqa: S101 - every function has a way to be called
    raise wrong


def _wrong(
    name: str, way: Overload, natures: Sequence[Nature], arguments: Sequence[Node], call: Node
) -> LocatedError | None:
    if len(natures) != len(way.takes):
        few = "not enough" if len(natures) < len(way.takes) else "too many"
        return LocatedError(f"{few} arguments to call {name}", call.at)
    for wanted, nature, argument in zip(way.takes, natures, arguments, strict=True):
        if nature.is_nil and not wanted.takes_nil:
            message = f"cannot use nil as argument (type {wanted}) to call {name}"
            return LocatedError(message, argument.at)
        if not (nature.is_nil or nature.is_unknown or nature.fits(wanted)):
            message = f"cannot use {nature} as argument (type {wanted}) to call {name} "
            return LocatedError(message, argument.at)
    return None
