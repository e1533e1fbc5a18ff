"""Fields that steps of several kinds have: how often, on what, with which data."""

from typing import Any

from tests.compiler.strategies import machines, scripts, terms
from tests.compiler.strategies.chance import DURATIONS, IMAGES, KEYS, OBJECTS, TEXTS, Chance
from tests.compiler.strategies.site import Product, Site

Fields = dict[str, Any]
Names = dict[str, str]
ITEMS: tuple[Any, ...] = (
    *("string", "integer", "number", "boolean"),
    {"a": "string", "b": "integer", "class": "number", "d": "boolean"},
)
VALUES = ("string", "integer", "number", "boolean", "list")
# values of an axis, and one more, that are told apart in names of tasks
_AXES: dict[str, tuple[list[Any], Any, str]] = {
    "model": (["logreg", "gbm", "it's"], "svm", "string"),
    "depth": ([1, 2, -30], 0, "integer"),
    "rate": ([0.1, 1e-3, 1e22], 0.5, "number"),
    "flag": ([True, False], True, "boolean"),
    "lambda": (['é "x"', "a b"], "x\ty", "string"),
    "k" * 40: (["x" * 70, "y" * 70], "z" * 70, "string"),
}
DEFAULTS = {"string": "é'\"", "integer": 0, "number": 0.5, "boolean": False}


def fan(site: Site) -> tuple[Fields, Names]:
    """How often a step runs, and the names that this gives it."""
    form = site.chance.pick(["once", "once", "matrix", "literal", "rows", "list"])
    if form == "matrix":
        return _matrix(site.chance)
    if form == "literal":
        values, _, kind = site.chance.pick(list(_AXES.values()))
        return {"foreach": values}, {"each.value": kind}
    if form == "rows":
        rows = [{"city": "ulm", "zone": 1}, {"city": "new york", "zone": 2}]
        return {"foreach": rows}, {"each.city": "string", "each.zone": "integer"}
    lists = site.lists()
    if form == "list" and lists:
        name = site.chance.pick(list(lists))
        kinds = lists[name] if isinstance(lists[name], dict) else {"value": lists[name]}
        return {"foreach": f"${{{name}}}"}, {f"each.{key}": kind for key, kind in kinds.items()}
    return {}, {}


def _matrix(chance: Chance) -> tuple[Fields, Names]:
    axes = chance.some(list(_AXES), 1, 2)
    found: Fields = {axis: chance.some(_AXES[axis][0], 2, 3) for axis in axes}
    if chance.flag():
        found["exclude"] = [{axes[0]: found[axes[0]][0]}]
    if chance.flag():
        found["include"] = [{axis: _AXES[axis][1] for axis in axes}]
    return {"matrix": found}, {f"matrix.{axis}": _AXES[axis][2] for axis in axes}


def inputs(site: Site, *, cached: bool) -> tuple[Fields, Names]:
    """Data of other steps, and the names that this gives a step."""
    usable = [p for p in site.products if _arrives(p) and not (cached and _unknown(p))]
    chosen = site.chance.some(usable, 0, 3)
    names = site.chance.some(KEYS, 3, 3)
    found = {name: _input(site.chance, product) for name, product in zip(names, chosen)}
    kinds = {f"inputs.{name}": product.kind for name, product in zip(names, chosen)}
    return ({"inputs": found} if found else {}), kinds


def _arrives(product: Product) -> bool:
    return not (product.unknown and product.type == "artifact")


def _unknown(product: Product) -> bool:
    """Whether a cache cannot tell when it changes."""
    return product.type == "artifact" and not product.digested


def often(chance: Chance, body: Fields) -> Fields:
    """What is said of a step that runs often, and of attempts that go on where one ended."""
    found: Fields = {}
    if ("matrix" in body or "foreach" in body) and chance.flag():
        found["parallelism"] = chance.count(1, 1000)
    if not isinstance(body.get("foreach"), str) and chance.flag(6):
        more = {"size": lambda: "20Gi", "storageClass": lambda: "fast"}
        kept = {"path": "ckpt é/x", **chance.fields(more)}
        found["checkpoint"] = chance.pick(["ckpt", kept])
        found["retries"] = terms.retries(chance, 3)
    return found


def _input(chance: Chance, product: Product) -> Any:
    reference = f"${{{product.name}}}"
    if product.kind in DEFAULTS and chance.flag():
        return {"from": reference, "default": DEFAULTS[product.kind]}
    return {"from": reference} if chance.flag(4) else reference


def outputs(chance: Chance) -> tuple[Fields, Names]:
    """Files and values that a container leaves behind, and their types."""
    found, kinds = {}, {}
    for name in chance.some(KEYS, 0, 3):
        kind = chance.pick(["artifact", "artifact", *VALUES])
        path = chance.pick([f"{name}/", f"o/{name}.txt", f"{name} é'x"])
        value: Fields = {"value": path.rstrip("/"), "type": kind}
        if kind == "string" and chance.flag():
            del value["type"]
        if kind == "list" and chance.flag():
            value |= {"items": chance.pick(ITEMS)}
        found[name], kinds[name] = path if kind == "artifact" else value, kind
    return ({"outputs": found} if found else {}), kinds


def environment(chance: Chance, names: Names, mark: str) -> Fields:
    """Variables that are no others than those with another `mark`."""
    values = {
        f"{mark}_TEXT": scripts.text(chance, names),
        f"{mark}_one_{mark}": chance.pick([1, 0.5, True, "", *TEXTS]),
        f"_{mark}": "x$y $(HOME) $$",
    }
    return {name: values[name] for name in chance.some(list(values))}


def secrets(chance: Chance) -> Fields:
    return {
        name: {"secret": chance.pick(OBJECTS), "key": chance.pick(["key", "a.b_c-D"])}
        for name in chance.some(["S_TOKEN", "_S", "S3"])
    }


def machine(site: Site, names: Names, *, tries: bool = True) -> Fields:
    """What a step that is a pod may say of it."""
    chance = site.chance
    found = chance.fields(
        {
            "image": lambda: chance.pick(IMAGES),
            "hardware": lambda: _hardware(site),
            "env": lambda: environment(chance, names, "E"),
            "secrets": lambda: secrets(chance),
            "retries": lambda: terms.retries(chance),
            "timeout": lambda: chance.pick(DURATIONS),
            "pod": lambda: machines.pod(chance),
        },
        one_in=4,
    )
    if found.get("hardware") == "spotty" or (tries and "attempts" in str(found.get("hardware"))):
        found["retries"] = terms.retries(chance, 3)
    return found


def _hardware(site: Site) -> Any:
    chance = site.chance
    if chance.flag(3):
        return chance.pick(machines.PROFILES)
    if chance.flag(4):
        return {"extends": "small", **machines.inline(chance)}
    spot = {"spot": {"attempts": chance.count(1, 3)}} if chance.flag(4) else {}
    return {**machines.hardware(chance), **spot}
