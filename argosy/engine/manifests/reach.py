"""Which templates a run may come to, from the entrypoint and the handlers of its end on."""

from collections.abc import Iterator, Mapping

from argosy.engine.failure import EngineError
from argosy.engine.manifests.bundle import Bundle, Data, Place, Scope, Template
from compiler.manifests.holders import callers, mapping, mappings
from compiler.record import record


@record
class Reached:
    """A template: its path in the spec of its scope, and who calls it first, in words."""

    template: Template
    path: Place
    caller: str


@record
class _Call:
    caller: Data
    scope: Scope
    path: Place
    words: str


def reached(bundle: Bundle) -> list[Reached]:
    """Return every template that may run, each once; names that are not there are left out."""
    found: dict[object, Reached] = {}
    calls = list(reversed(list(_first(bundle))))
    while calls:
        call = calls.pop()
        for each in _resolved(bundle, call):
            key = each.path if each.template.name == "" else None
            identity = (each.template.scope.key, each.template.name, key)
            if identity not in found:
                found[identity] = each
                calls += reversed(list(_calls(each)))
    return list(found.values())


def _first(bundle: Bundle) -> Iterator[_Call]:
    spec, scope = bundle.spec, bundle.scope
    yield _Call({"template": spec.get("entrypoint")}, scope, ("spec", "entrypoint"), "entrypoint")
    yield from _ends(spec, scope, ("spec",), "the workflow")


def _calls(within: Reached) -> Iterator[_Call]:
    """Yield what the tasks or steps of a template call, and their hooks."""
    for at, caller in callers(within.template.body):
        path, scope = (*within.path, *at), within.template.scope
        words = f"step `{caller.get('name')}` of `{within.template.name}`"
        yield _Call(caller, scope, path, words)
        yield from _ends(caller, scope, path, words)


def _ends(owner: Data, scope: Scope, path: Place, words: str) -> Iterator[_Call]:
    if owner.get("onExit"):
        at = (*path, "onExit")
        yield _Call({"template": owner["onExit"]}, scope, at, f"exit handler of {words}")
    for name, hook in mapping(owner.get("hooks")).items():
        yield _Call(mapping(hook), scope, (*path, "hooks", name), f"hook `{name}` of {words}")


def _resolved(bundle: Bundle, call: _Call) -> Iterator[Reached]:
    name = str(call.caller.get("template") or "")
    if "{{" in name:  # it is made at run time
        names = list(call.scope.templates)
        given: list[Mapping[str, object]] = [{"template": each} for each in names]
    else:
        given = [call.caller]
    for caller in given:
        try:
            template = bundle.resolve(caller, call.scope)
        except EngineError:
            continue  # the verdict says so
        inline = caller.get("inline") is not None
        path = (*call.path, "inline") if inline else _path(template)
        yield Reached(template, path, call.words)


def _path(template: Template) -> Place:
    named = [str(each.get("name")) for each in mappings(template.scope.spec.get("templates"))]
    return ("spec", "templates", named.index(template.name))
