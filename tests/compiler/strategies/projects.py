"""Projects, whole: environments, profiles, components, and pipelines that call each other."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from tests.compiler.strategies import machines, terms
from tests.compiler.strategies.chance import DURATIONS, IMAGES, OBJECTS, Chance
from tests.compiler.strategies.components import component
from tests.compiler.strategies.pipelines import pipeline

Fields = dict[str, Any]
NAMES = ("score", "p" * 40, "null", "a-b--c", "e1")
_CODE = {
    "train.py": b"print('\xc3\xa9 $(x) $$')\n",
    "tools/it_s.sh": b"#!/bin/sh\n",
    "b.bin": b"\0\xff",
}
_HEAD = "{# it's read by Jinja #}\n{% set who = 'me' %}\n"
_SHOWN = "{{ who }} {{ project }}/{{ env | upper }}: {{ vars.columns | join }}"
_LOOP = """{% for n in [1, 2] %}
  looped-{{ n }}-{{ env }}: {run: "echo {{ n * 2 }} é", needs: []}
{% endfor %}
"""


@dataclass(frozen=True, repr=False)
class Example:
    """A project as data: `argosy.yaml`, components and pipelines by name; `texts` as written."""

    project: Fields
    components: dict[str, Fields]
    pipelines: dict[str, Fields]
    texts: dict[str, str]
    code: dict[str, bytes]

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """Hypothesis would show all of it."""
        printer.text(f"Example({', '.join(self.pipelines)})")

    def write(self, root: Path) -> None:
        for file, text in self.texts.items():
            _write(root / file, text.encode())
        for file, content in self.code.items():
            _write(root / file, content)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@st.composite
def examples(draw: Any) -> Example:
    """Projects that are valid, and use whatever the schemas know."""
    chance = Chance(draw)
    project = _project(chance)
    folder = project.get("pipelines", "pipelines")
    components = {name: component(chance, name) for name in chance.some(["count", "x-1"], 0, 2)}
    pipelines: dict[str, Fields] = {}
    callees: dict[str, Fields] = {}
    for name in chance.some(NAMES, 1, 3):
        pipelines[name], known = pipeline(chance, name, components, dict(callees))
        kept = any("checkpoint" in step for step in pipelines[name]["steps"].values())
        callees |= {} if kept else {name: known}
    texts = {"argosy.yaml": _dumped(chance, project)}
    texts |= {f"components/{n}.yaml": _dumped(chance, body) for n, body in components.items()}
    for name, body in pipelines.items():
        texts[f"{folder}/{name}/pipeline.yaml"] = _templated(chance, body)
    code = [f"{folder}/{name}/{file}" for name in pipelines for file in _CODE]
    code += [f"components/{name}/{file}" for name in components for file in _CODE]
    files = {file: _CODE[next(f for f in _CODE if file.endswith(f))] for file in chance.some(code)}
    return Example(project, components, pipelines, texts, files)


def _project(chance: Chance) -> Fields:
    head = {"apiVersion": "argosy.dev/v1", "kind": "Project", "name": chance.pick(NAMES)}
    spot: Fields = {"nodeSelector": {machines.SPOT: "yes"}}
    more = chance.fields(
        {
            "description": chance.text,
            "pipelines": lambda: "ml/flows é",
            "image": lambda: chance.pick(IMAGES),
            "limits": lambda: {"matrix": chance.pick([12, 5000])},
            "targetArgo": lambda: chance.pick(["3.7", "4.0", "4.1"]),
            "gpu": lambda: _gpu(chance),
            "prices": lambda: _prices(chance),
        }
    )
    return {
        **head,
        **more,
        "hardware": machines.profiles(chance),
        "spot": {
            **spot,
            **({"tolerations": machines.tolerations(chance)} if chance.flag() else {}),
        },
        "defaults": {"image": chance.pick(IMAGES), **terms.shared(chance), **_steps(chance)},
        "environments": {name: _environment(chance, name) for name in ("dev", "prod")},
    }


def _gpu(chance: Chance) -> Fields:
    return chance.fields(
        {
            "resource": lambda: chance.pick(["amd.com/gpu", "nvidia.com/gpu"]),
            "typeLabel": lambda: "a.b/type",
            "memoryLabel": lambda: "a.b/memory",
            "tolerations": lambda: machines.tolerations(chance),
        }
    )


def _prices(chance: Chance) -> Fields:
    prices = chance.fields(
        {
            "cpu": lambda: chance.pick([0, 0.04, 1]),
            "memory": lambda: 1e-3,
            "gpu": lambda: {"NVIDIA-L4": 0.7, "default": 2, "2g.20gb": 0.1},
            "tpu": lambda: {"tpu-v5-lite-podslice": 1.2},
            "spot": lambda: chance.pick([0, 0.35, 1]),
        }
    )
    return {"currency": chance.pick(["EUR", "XXX"]), **prices}


def _steps(chance: Chance) -> Fields:
    return chance.fields(
        {
            "hardware": lambda: chance.pick(["small", "large", {"cpu": "20m"}]),
            "retries": lambda: terms.retries(chance),
            "timeout": lambda: chance.pick(DURATIONS),
        }
    )


def _environment(chance: Chance, name: str) -> Fields:
    repository: Fields = {"repository": "git@x.example:a/é.git"}
    more = chance.fields(
        {
            "description": chance.text,
            "hardware": lambda: {
                "small": chance.pick([machines.SMALL, {**machines.SMALL, "disk": "1Gi"}]),
                "large": "child",
            },
            "gitops": lambda: (
                repository | chance.fields({"branch": lambda: "x/y", "folder": lambda: "envs/a b/"})
            ),
            "mlflow": lambda: {"uri": chance.pick(["http://mlflow:5000", "sqlite:///a'b.db"])},
            "links": lambda: {"argo": "https://argo.acme.com/"},
            "prices": lambda: _prices(chance),
        }
    )
    variables = {"columns": ["a", "b"], "deep": {"é": [1, None, "x"]}, "on": True}
    given = {"namespace": chance.pick([f"ml-{name}", "0", "n" * 63]), "vars": variables}
    account = {"serviceAccount": chance.pick(OBJECTS)} if chance.flag(4) else {}
    return {**given, **more, **terms.shared(chance), **account}


class _Dumper(yaml.SafeDumper):
    """Writes texts in quotes, so that no reader takes them for anything else, and no anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _text(dumper: _Dumper, data: str) -> yaml.ScalarNode:
    plain = data.isascii() and data.isalpha() and data.lower() not in ("true", "false", "null")
    style = None if plain else "|" if "\n" in data else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _text)


def _dumped(chance: Chance, data: Fields, *, flow: bool = True) -> str:
    if flow and chance.flag(4):
        return json.dumps(data, ensure_ascii=False, indent=chance.pick([None, 1]))
    return yaml.dump(
        data,
        Dumper=_Dumper,
        allow_unicode=chance.flag(),
        sort_keys=False,
        width=10**6,
        indent=chance.count(2, 4) if flow else 2,
    )


def _templated(chance: Chance, data: Fields) -> str:
    """Return the text of a pipeline; some are templates."""
    if chance.flag():
        return _dumped(chance, data)
    head = {key: value for key, value in data.items() if key != "steps"}
    whole = head | {"description": _SHOWN, "steps": data["steps"]}
    text = _dumped(chance, whole, flow=False)
    # a text at the end that keeps its last lines is followed by the end of the document
    return _HEAD + text.removesuffix("...\n").rstrip("\n") + "\n" + _LOOP
