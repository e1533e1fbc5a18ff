"""Components: those that come with Argosy, and some of a project's own."""

import json
import re
from typing import Any

from tests.compiler.strategies import fields, machines, scripts, terms
from tests.compiler.strategies.chance import DURATIONS, IMAGES, KEYS, TEXTS, Chance

Fields = dict[str, Any]
Given = tuple[Fields, dict[str, str]]
PACKAGED: dict[str, Given] = {
    "argosy/slack@1": ({"text": "it's $5 é", "title": "{}"}, {}),
    "argosy/git-checkout@1": (
        {"repository": "https://x.example/a.git", "commit": "0123456789" * 4},
        {"code": "artifact"},
    ),
    "argosy/http-download@1": (
        {"url": "https://x.example/é.csv", "sha256": "0123456789abcdef" * 4},
        {"file": "artifact", "size": "integer"},
    ),
    "argosy/wait-for@1": (
        {"target": "tcp://db:5432", "within": "5m"},
        {"waited": "integer"},
    ),
    "argosy/papermill@1": ({"notebook": "a b.ipynb"}, {"notebook": "artifact"}),
}


def component(chance: Chance, name: str) -> Fields:
    """A component of the project, which sees nothing but what it declares."""
    params = _params(chance)
    inputs = {
        key: _input(chance) for key in chance.some([k for k in KEYS if k not in params], 0, 2)
    }
    names = {f"params.{key}": body["type"] for key, body in params.items()}
    names |= {f"inputs.{key}": body["type"] for key, body in inputs.items()}
    names |= {"run.env": "string"} | ({"run.name": "string"} if chance.flag(4) else {})
    found: Fields = {"apiVersion": "argosy.dev/v1", "kind": "Component", "name": name}
    found |= {key: value for key, value in (("params", params), ("inputs", inputs)) if value}
    found |= fields.outputs(chance)[0]
    kind = chance.pick(["run", "command", "python"])
    found |= scripts.program(chance, kind, names, run=chance.flag(4))
    return found | _more(chance, names)


def _more(chance: Chance, names: dict[str, str]) -> Fields:
    return chance.fields(
        {
            "version": lambda: chance.count(1, 2**31 - 1),
            "description": chance.text,
            "open": chance.flag,
            "image": lambda: chance.pick(IMAGES),
            "hardware": lambda: chance.pick(["small", machines.hardware(chance)]),
            "env": lambda: fields.environment(chance, names, "C"),
            "secrets": lambda: {"C_S": {"secret": "hub", "key": "token"}},
            "retries": lambda: terms.retries(chance),
            "timeout": lambda: chance.pick(DURATIONS),
            "pod": lambda: machines.pod(chance),
        }
    )


def _params(chance: Chance) -> Fields:
    return {key: _param(chance) for key in chance.some(KEYS, 0, 3)}


def _param(chance: Chance) -> Fields:
    forms: list[Fields] = [
        {"type": "string"},
        {"type": "string", "default": chance.pick(TEXTS), "description": chance.text()},
        {"type": "string", "enum": ["a", "b"], "default": "b"},
        {"type": "string", "pattern": "[a-z]+"},
        {"type": "integer", "min": 1, "max": 2, "default": 1},
        {"type": "number", "default": 1e-5},
        {"type": "boolean"},
        {"type": "list", "items": "string", "default": ["it's"]},
    ]
    return chance.pick(forms)


def _input(chance: Chance) -> Fields:
    found: Fields = {"type": chance.pick(["artifact", *fields.VALUES])}
    found |= {"optional": True} if chance.flag() else {}
    return found | ({"description": chance.text()} if chance.flag(3) else {})


def reads_run(component: Fields) -> bool:
    """Whether a component reads what differs from run to run."""
    return bool(re.search(r"run\.(name|uid|source)|\brun\s*\[", json.dumps(component)))
