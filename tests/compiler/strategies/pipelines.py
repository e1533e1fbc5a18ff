"""Pipelines: steps that read each other, and all that is said around them."""

from typing import Any

from tests.compiler.strategies import fields, scripts, steps, terms
from tests.compiler.strategies.chance import DURATIONS, IMAGES, KEYS, Chance, Makers
from tests.compiler.strategies.components import PACKAGED
from tests.compiler.strategies.site import RUN, Site

Fields = dict[str, Any]
EXAMPLE_KEY = "AKIAIOSFODNN7EXAMPLE"
_DEFAULTS = fields.DEFAULTS


def pipeline(
    chance: Chance, name: str, components: dict[str, Fields], callees: dict[str, Fields]
) -> tuple[Fields, Fields]:
    """Return a pipeline, and what others have to know who call it."""
    declared = {key: terms.parameter(chance) for key in chance.some(KEYS, 0, 4)}
    params = {key: body for key, (body, _) in declared.items()}
    values = {key: known for key, (_, known) in declared.items()}
    site = Site(chance, params, values, components, callees)
    for _ in range(chance.count(1, 7)):
        steps.add(site)
    parts = {
        "params": params,
        "defaults": _defaults(site),
        "on": _handlers(site),
        "outputs": _outputs(site),
        "environments": {
            environment: _patch(site) for environment in chance.some(["dev", "prod"], 0, 2)
        },
    }
    head = {"apiVersion": "argosy.dev/v1", "kind": "Pipeline", "name": name}
    found = {**head, **terms.own(chance), **{key: part for key, part in parts.items() if part}}
    if _schedulable(site) and not chance.flag(4):
        found["schedule"] = terms.schedule(chance, values)
    if chance.flag(6):
        site.steps["not-secret"] = {"run": f"echo {EXAMPLE_KEY}"}
        found["notSecret"] = [{"text": EXAMPLE_KEY, "reason": "the key of AWS' own examples"}]
    outputs = {key: _kind(site, entry) for key, entry in parts["outputs"].items()}
    found["steps"] = site.steps
    return found, {"params": params, "values": values, "outputs": outputs}


def _schedulable(site: Site) -> bool:
    return all("default" in body for body in site.params.values())


def _defaults(site: Site) -> Fields:
    chance = site.chance
    names = {f"params.{name}": body["type"] for name, body in site.params.items()}
    return chance.fields(
        {
            "image": lambda: chance.pick(IMAGES),
            "hardware": lambda: chance.pick(["small", "child", "large", {"memory": "1Gi"}]),
            "retries": lambda: terms.retries(chance),
            "timeout": lambda: chance.pick(DURATIONS),
            "env": lambda: fields.environment(chance, {**names, "run.env": "string"}, "D"),
        },
        one_in=4,
    )


def _outputs(site: Site) -> Fields:
    """Outputs of steps; where one may not be there, something that stands in for it."""
    found: Fields = {}
    for key, product in zip(KEYS, site.chance.some(site.products, 0, 3)):
        single = product.type in _DEFAULTS and not product.many
        whole = product.many and product.type != "artifact"
        reference = f"${{{product.name}}}"
        if single and (product.doubtful or site.chance.flag()):
            found[key] = {"from": reference, "default": _DEFAULTS[product.type]}
        elif whole or not (product.many or product.doubtful):
            found[key] = reference
    return found


def _kind(site: Site, entry: Any) -> str:
    reference = entry if isinstance(entry, str) else entry["from"]
    return next(p.kind for p in site.products if f"${{{p.name}}}" == reference)


def _handlers(site: Site) -> Fields:
    chance = site.chance
    late = lambda: {"after": "1h", "do": [_notice(site, late=True)]}  # noqa: E731
    events: Any = {event: lambda: _members(site) for event in ("failure", "success", "exit")}
    found: Fields = chance.fields({**events, "late": late}, one_in=4)
    return found


def _members(site: Site) -> list[Fields]:
    return [
        _notice(site, late=False) if site.chance.flag() else _handler(site)
        for _ in range(site.chance.count(1, 2))
    ]


def _seen(site: Site, *, late: bool) -> dict[str, str]:
    names = {f"params.{name}": body["type"] for name, body in site.params.items()}
    fields = RUN if late else (*RUN, "status")
    return {**names, **{f"run.{name}": "string" for name in fields}}


def _notice(site: Site, *, late: bool) -> Fields:
    said = scripts.text(site.chance, _seen(site, late=late))
    named = {"name": site.name()} if site.chance.flag() else {}
    return {**named, **terms.notice(site.chance, said)}


def _handler(site: Site) -> Fields:
    names, chance = _seen(site, late=False), site.chance
    kind = chance.pick(["run", "command", "python", "uses"])
    reference = chance.pick(list(PACKAGED))
    machine = fields.machine(site, names)
    machine.pop("pod", None)
    if kind != "uses":
        body = scripts.program(chance, kind, names, run=True)
    else:
        body = {"uses": reference, "with": PACKAGED[reference][0], "image": IMAGES[0]}
    return {"name": site.name(), **machine, **body}


def _patch(site: Site) -> Fields:
    """What differs in one environment; what others call stays as it is."""
    chance = site.chance
    params = {name: {"description": chance.text()} for name in site.params}
    softer = {name: {"when": None} for name, body in site.steps.items() if "when" in body}
    makers: Makers = {
        "params": lambda: params,
        "schedule": lambda: None,
        "defaults": lambda: _defaults(site),
        "steps": lambda: {**softer, site.name(): {"run": "true", "timeout": "1d"}},
        "on": lambda: {"exit": _members(site)},
        "outputs": lambda: {"added": _sure(site)},
        "concurrency": lambda: chance.pick([None, 4]),
        "timeout": lambda: chance.pick([None, "3h"]),
        "parallelism": lambda: None,
        "tags": lambda: None,
        "owner": lambda: "é",
        "serviceAccount": lambda: None,
    }
    if _schedulable(site) and chance.flag():
        others: list[Any] = ["@hourly", [{"name": "x", "cron": "5 4 * * 1"}]]
        makers = {**makers, "schedule": lambda: chance.pick(others)}
    patch = chance.fields(makers, one_in=4)
    return {**{k: v for k, v in terms.own(chance).items() if k != "concurrency"}, **patch}


def _sure(site: Site) -> str | None:
    """A reference to an output that is there whatever happens."""
    sure = [p for p in site.products if not p.doubtful and not p.many]
    return f"${{{sure[0].name}}}" if sure else None
