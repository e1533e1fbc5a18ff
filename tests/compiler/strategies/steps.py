"""Steps of every kind, each reading what those before it put out."""

from collections.abc import Callable
from typing import Any

from tests.compiler.strategies import fields, scripts
from tests.compiler.strategies.chance import DURATIONS, IMAGES, Chance
from tests.compiler.strategies.components import PACKAGED, reads_run
from tests.compiler.strategies.site import NUMBERS, RUN, Product, Site

Fields = dict[str, Any]
Names = dict[str, str]
Made = tuple[Fields, Names]
WIDER = {("integer", "number"), *((kind, "string") for kind in ("integer", "number", "boolean"))}
_DIGESTED = ("run", "python")


def add(site: Site) -> None:
    """Draw one more step, of a kind that is possible by now."""
    ready: dict[str, Callable[[Site], Made]] = {
        "run": _program("run"),
        "command": _program("command"),
        "python": _program("python"),
        "uses": _uses,
        "approval": _approval,
        "resource": _resource,
    }
    ready |= {"select": _select} if any(site.matrices()) else {}
    ready |= {"register": _register} if any(map(_model, site.products)) else {}
    ready |= {"pipeline": _pipeline} if site.callees else {}
    rare = [kind for kind in ready if kind in ("select", "register", "pipeline")]
    kinds = rare if rare and site.chance.flag() else list(ready)
    kind, name = site.chance.pick(kinds), site.name()
    needs = site.chance.some(list(site.steps), 0, 2)
    body, outputs = ready[kind](site)
    names = {k: v for k, v in site.names().items() if "cache" not in body or k not in _VOLATILE}
    extra = site.chance.fields(
        {
            "needs": lambda: needs,
            "when": lambda: scripts.condition(site.chance, names | _own(site, body)),
            "continueOnError": site.chance.flag,
        },
        one_in=3,
    )
    body |= {key: value for key, value in extra.items() if value is not None}
    digested = kind in _DIGESTED or (kind == "select" and _digests(site, body))
    site.add(name, body, outputs, digested=digested)


_VOLATILE = tuple(f"run.{name}" for name in RUN[:3])


def _own(site: Site, body: Fields) -> Names:
    """The inputs of a step and the axes of its matrix, as a condition sees them."""
    references = {
        name: entry if isinstance(entry, str) else entry["from"]
        for name, entry in body.get("inputs", {}).items()
    }
    known = {f"${{{product.name}}}": product.kind for product in site.products}
    wired = {f"inputs.{name}": known[found] for name, found in references.items()}
    axes = {f"matrix.{a}": v for a, v in body.get("matrix", {}).items()}
    kinds = {int: "integer", str: "string", bool: "boolean", float: "number"}
    plain = {
        name: kinds[type(values[0])]
        for name, values in axes.items()
        if not name.endswith(("include", "exclude"))
    }
    return wired | plain


def _digests(site: Site, body: Fields) -> bool:
    return all(product.digested for product in site.of(body["select"]["from"]))


def _program(kind: str) -> Callable[[Site], Made]:
    """A step with a program of its own."""

    def made(site: Site) -> Made:
        chance, cached = site.chance, site.chance.flag(4)
        fan, axes = fields.fan(site)
        wired, given = fields.inputs(site, cached=cached)
        names = {**site.names(cached=cached), **axes, **given}
        body: Fields = {**fan, **wired}
        body |= scripts.program(chance, kind, names, run=not cached)
        left, kinds = fields.outputs(chance)
        if "matrix" in fan:
            left.setdefault("outputs", {})["loss"] = {"value": "loss", "type": "number"}
            kinds["loss"] = "number"
        body |= {**left, **fields.machine(site, names)}
        body |= fields.often(chance, body)
        if cached:
            body["cache"] = _cache(chance)
        return body, kinds

    return made


def _cache(chance: Chance) -> Any:
    kept = {"maxAge": lambda: chance.pick(DURATIONS), "salt": lambda: chance.pick(["é'", 2])}
    return chance.pick([True, False, chance.fields(kept, least=1)])


def _uses(site: Site) -> Made:
    own = {name: body for name, body in site.components.items() if _wired(site, body) is not None}
    if not own or site.chance.flag(4):
        return _packaged(site)
    name = site.chance.pick(list(own))
    component, chance = own[name], site.chance
    fan, axes = fields.fan(site)
    cached = chance.flag(4) and not reads_run(component)
    wired = _wired(site, component) or {}
    cached = cached and not any("outputs" in str(value) for value in wired.values())
    names = {**site.names(cached=cached), **axes}
    given = {
        key: _argument(chance, body, names)
        for key, body in component.get("params", {}).items()
        if "default" not in body or chance.flag()
    }
    kinds = {
        n: o.get("type", "string") if isinstance(o, dict) else "artifact" for n, o in _o(component)
    }
    body = {**fan, "uses": name, **({"with": given} if given else {})}
    body |= {"inputs": wired} if wired else {}
    if component.get("open") and chance.flag():
        body["outputs"], kinds = {"further": "further.bin"}, {**kinds, "further": "artifact"}
    body |= fields.machine(site, names)
    body |= fields.often(chance, body)
    return body | ({"cache": _cache(chance)} if cached else {}), kinds


def _o(component: Fields) -> list[tuple[str, Any]]:
    return list(component.get("outputs", {}).items())


def _wired(site: Site, component: Fields) -> Fields | None:
    """The inputs of a component, None if one that it needs is not to be had."""
    found: Fields = {}
    for name, body in component.get("inputs", {}).items():
        fitting = [p for p in site.products if _fits(p, body["type"])]
        if fitting and (not body.get("optional") or site.chance.flag()):
            found[name] = f"${{{site.chance.pick(fitting).name}}}"
        elif not body.get("optional"):
            return None
    return found


def _fits(product: Product, wanted: str) -> bool:
    known = not (product.unknown and product.type == "artifact")
    return known and (product.kind == wanted or (product.kind, wanted) in WIDER)


def _argument(chance: Chance, parameter: Fields, names: Names) -> Any:
    """A value for a parameter: one that it takes, or a reference to one of its type."""
    kind, limits = parameter["type"], {"enum", "pattern", "min", "max"} & parameter.keys()
    fitting = [n for n, known in names.items() if known == kind or (known, kind) in WIDER]
    if fitting and not limits and chance.flag():
        return f"${{{chance.pick(fitting)}}}"
    if kind == "string" and not limits:
        return scripts.text(chance, {name: k for name, k in names.items() if k != "list"})
    return {"string": "a", "integer": 2, "number": 1.5, "boolean": True, "list": ["a"]}[kind]


def _packaged(site: Site) -> Made:
    reference = site.chance.pick(list(PACKAGED))
    given, kinds = PACKAGED[reference]
    names = site.names()
    body = {"uses": reference, "image": IMAGES[0], "with": given}
    machine = fields.machine(site, names)
    return {**body, **{k: v for k, v in machine.items() if k != "image"}}, dict(kinds)


def _approval(site: Site) -> Made:
    chance = site.chance
    asked = {"message": scripts.text(chance, site.names())}
    asked |= chance.fields(
        {
            "approvers": lambda: chance.some(["ml-leads", "é@x", "a b"]),
            "timeout": lambda: chance.pick(DURATIONS),
        }
    )
    return {"approval": asked, **({"image": IMAGES[1]} if chance.flag(4) else {})}, {}


def _resource(site: Site) -> Made:
    chance = site.chance
    fan, axes = fields.fan(site)
    wired, given = fields.inputs(site, cached=False)
    values = {name: kind for name, kind in given.items() if kind != "artifact"}
    names = {**site.names(), **axes, **values}
    action = chance.pick(["create", "apply", "replace", "patch", "delete", "get"])
    named = {"generateName": "x-"} if action == "create" else {"name": "x"}
    manifest = {
        **chance.pick(
            [{"apiVersion": "batch/v1", "kind": "Job"}, {"apiVersion": "v1", "kind": "X9"}]
        ),
        "metadata": {**named, "labels": {"a": "b"}},
        "spec": {"text": scripts.text(chance, names), "list": [1, None, True, {"k'": 0.5}]},
    }
    if names and chance.flag():
        manifest["data"] = {name: f"${{{name}}}" for name in chance.some(list(names))}
    body: Fields = {
        "manifest": manifest,
        **({"action": action} if action != "create" or chance.flag() else {}),
    }
    body |= chance.fields(
        {"success": lambda: "status.succeeded > 0", "failure": lambda: "status.phase == Failed"}
    )
    kinds = {
        n: chance.pick(["string", "integer", "number", "boolean"])
        for n in chance.some(["a", "n"], 0, 2)
    }
    out = {name: {"jsonPath": "{.status.x[0]}", "type": kind} for name, kind in kinds.items()}
    wired = {k: v for k, v in wired.get("inputs", {}).items() if f"inputs.{k}" in values}
    more = chance.fields({"retries": lambda: 2, "timeout": lambda: "2h"}, one_in=3)
    body = {**fan, "resource": body, **more, **({"inputs": wired} if wired else {})}
    return body | ({"outputs": out} if out else {}), kinds


def _select(site: Site) -> Made:
    source, metric = site.chance.pick(list(site.matrices()))
    body = {"select": {"from": source, "by": metric, "mode": site.chance.pick(["max", "min"])}}
    kinds = {product.output: product.type for product in site.of(source)}
    return {**body, **fields.machine(site, site.names())}, {**kinds, "selected": "string"}


def _model(product: Product) -> bool:
    return product.type == "artifact" and not product.many


def _register(site: Site) -> Made:
    chance = site.chance
    product = chance.pick([product for product in site.products if _model(product)])
    model = chance.pick(
        [m for m in ("a", "Churn v1.x", "m-1", "b", "c", "d") if m not in site.models]
    )
    site.models.add(model)
    metrics = [p.output for p in site.of(product.step) if p.type in NUMBERS]
    metrics = [name for name in metrics if name not in ("not", "true")]  # words of conditions
    forms = ("{0} >= 0.8", "{0} > champion.{0} * 0.9", "{0} < 1 or not ({0} == 2)")
    gates = [chance.pick(forms).format(name) for name in metrics]
    body: Fields = {"model": model, "from": f"${{{product.name}}}"}
    body |= {"gates": gates} if gates else {}
    body |= {"alias": chance.pick(["challenger", "A_b-1"])} if chance.flag() else {}
    machine = fields.machine(site, site.names())
    return {"register": body, **machine}, {"version": "integer", "uri": "string"}


def _pipeline(site: Site) -> Made:
    chance = site.chance
    name = chance.pick(list(site.callees))
    callee = site.callees[name]
    fan, axes = fields.fan(site)
    names = {**site.names(), **axes}
    given = {
        key: _value(chance, body, callee["values"][key], names)
        for key, body in callee["params"].items()
        if "default" not in body or chance.flag()
    }
    body = {**fan, "pipeline": name, **({"with": given} if given else {})}
    return body, dict(callee["outputs"])


def _value(chance: Chance, parameter: Fields, values: list[Any], names: Names) -> Any:
    kind = parameter["type"]
    fitting = [n for n, known in names.items() if known == kind or (known, kind) in WIDER]
    if fitting and chance.flag():
        return f"${{{chance.pick(fitting)}}}"
    return chance.pick(values)
