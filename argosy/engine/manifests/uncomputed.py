"""Functions of expressions that are refused here, found where they are written before a run."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from argosy.engine.manifests.bundle import Bundle, Place, Scope
from argosy.engine.manifests.reach import Reached
from compiler.manifests.holders import mapping
from compiler.problems import Problem

_PREFIX = "sprig."
_CALLED = re.compile(r"\bsprig\.(\w+)")
_TAG = re.compile(r"\{\{=(.*?)\}\}", re.DOTALL)
_BARE = ("expression", "fromExpression", "successCondition")


def refused(bundle: Bundle, templates: Sequence[Reached]) -> Iterator[Problem]:
    """Yield the functions that Argo has and the language refuses, each once at its place."""
    whole = {key: value for key, value in bundle.spec.items() if key != "templates"}
    if _PREFIX in str(whole):
        yield from _below(bundle, whole, ("spec",), bundle.scope, "the workflow")
    for each in templates:
        body, scope = each.template.body, each.template.scope
        if _PREFIX in str(body):
            who = f"`{each.template.name}`" if each.template.name else "a template"
            yield from _below(bundle, body, each.path, scope, who)


def _below(bundle: Bundle, value: Any, path: Place, scope: Scope, who: str) -> Iterator[Problem]:
    if isinstance(value, str):
        yield from _in_text(bundle, value, path, scope, who)
        return
    members = enumerate(value) if isinstance(value, list) else mapping(value).items()
    for key, member in members:
        yield from _below(bundle, member, (*path, key), scope, who)


def _in_text(bundle: Bundle, text: str, path: Place, scope: Scope, who: str) -> Iterator[Problem]:
    if _PREFIX not in text:
        return
    from argosy.engine.language.sprig import REFUSED

    expressions = [text] if path[-1] in _BARE else _TAG.findall(text)
    called = (name for each in expressions for name in _CALLED.findall(each))
    for name in dict.fromkeys(name for name in called if name in REFUSED):
        at = bundle.place(path, scope, token=f"sprig.{name}")
        message = f"{who}: `sprig.{name}` is not computed here"
        yield Problem("not-honoured", message, at, REFUSED[name])
