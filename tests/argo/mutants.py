"""Mutants of manifests, each a function of its number, and what real Argo says to them."""

import copy
import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from compiler.project import load_project
from compiler.render import render

ROOT = Path(__file__).parents[2]
REJECTIONS = Path(__file__).parent / "rejections"
EXAMPLES = Path("~/.cache/argosy-cluster/build/argo-src/examples").expanduser()
STRANGE: tuple[Any, ...] = (
    *(None, 0, -1, 1.5, True, "", "x", [], {}, ["a"], {"a": 1}, [[1]], [{"a": 1}], 2**40, 2**70),
    *("{{inputs.parameters.x}}", "{{workflow.parameters.x}}", "{{tasks.a.outputs.result}}"),
    *("{{workflow.name}}", "{{item}}", "{{pod.name}}", "{{=1+1}}", "{{x", "a b", "a_b", "A", "5"),
    *("a.b", "é", "x" * 130, "30s", "5x", "1Gi", "1.5", "-1", "a && b", "a.Failed", "/a/../.."),
)
Place = tuple[Any, ...]
Manifest = dict[str, Any]


class Loader(yaml.CSafeLoader):
    """Times stay texts, as JSON has them."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if not tag.endswith("timestamp")]
    for first, rules in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def load(text: str) -> list[Manifest]:
    documents = yaml.load_all(text, Loader=Loader)
    return [item for item in documents if isinstance(item, dict) and "kind" in item]


def places(data: Any, at: Place = ()) -> Iterator[Place]:
    if at:
        yield at
    parts = data.items() if isinstance(data, dict) else []
    for key, value in enumerate(data) if isinstance(data, list) else parts:
        yield from places(value, (*at, key))


def found(data: Any, at: Place) -> Any:
    for part in at:
        data = data[part]
    return data


def _misspelt(chance: random.Random, text: str) -> str:
    """Change one name inside a text: of a reference, a dependency, a path."""
    words = list(re.finditer(r"[A-Za-z0-9_-]+", text))
    if not words:
        return text + "{{"
    word = chance.choice(words)
    new = chance.choice(
        [word[0][:-1], word[0] + "x", "", word[0].upper(), chance.choice(words)[0], word[0] + "-"]
    )
    return text[: word.start()] + new + text[word.end() :]


def _changed(chance: random.Random, data: Manifest, base: Manifest) -> None:
    if len(data) < 2:
        return
    at = chance.choice([p for p in places(data) if p != ("kind",) and p[0] != "status"])
    parent, how = found(data, at[:-1]), chance.random()
    value = parent[at[-1]]
    if how < 0.2:
        del parent[at[-1]]
    elif how < 0.45:
        parent[at[-1]] = copy.deepcopy(chance.choice(STRANGE))
    elif how < 0.55:
        parent[at[-1]] = copy.deepcopy(found(base, chance.choice(list(places(base)))))
    elif how < 0.65 and isinstance(parent, dict):
        name = str(at[-1])
        parent[chance.choice([name + "x", name[:-1], name.title(), "name"])] = parent.pop(at[-1])
    elif how < 0.75 and isinstance(parent, list):
        parent.insert(at[-1], copy.deepcopy(value))
    elif isinstance(value, str):
        parent[at[-1]] = _misspelt(chance, value)
    else:
        other = chance.choice(list(places(base)))
        if isinstance(parent, dict):
            parent[str(other[-1])] = copy.deepcopy(found(base, other))


def mutant(number: int, bases: list[Manifest]) -> Manifest:
    """Return one of the manifests, changed in one or two places."""
    chance = random.Random(number)  # noqa: S311
    base = chance.choice(bases)
    while len(base) > 1:
        data = copy.deepcopy(base)
        for _ in range(chance.choice((1, 1, 1, 2))):
            _changed(chance, data, base)
        if data != base and data.get("kind") == base["kind"]:
            return data
    return base


@cache
def golden() -> list[Manifest]:
    """What the compiler is held to, and the small manifests that are wrong in one way each."""
    files = sorted((ROOT / "tests/compiler/expected").rglob("*.yaml"))
    files += sorted(REJECTIONS.glob("*.yaml"))
    texts = [file.read_text("utf-8") for file in files]
    texts += [body.decode() for _, body in sorted(render(load_project(ROOT), "dev").files.items())]
    return [item for text in texts for item in load(text)]


def linted(folder: Path, *manifests: Manifest) -> str:
    """Return what `argo lint` says against manifests, alone together; nothing if all are fine."""
    file = folder / f"{os.getpid()}-{id(manifests)}.yaml"
    bodies = "\n---\n".join(json.dumps(one, ensure_ascii=False) for one in manifests)
    file.write_text(f"# these stand together\n{bodies}\n", "utf-8")
    command = ["argo", "lint", "--offline", "--strict", "--output", "simple", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    file.unlink()
    return "" if ended.returncode == 0 else (ended.stderr + ended.stdout).strip()


_PLURAL = {
    "WorkflowTemplate": "apis/argoproj.io/v1alpha1/namespaces/default/workflowtemplates",
    "ClusterWorkflowTemplate": "apis/argoproj.io/v1alpha1/clusterworkflowtemplates",
    "CronWorkflow": "apis/argoproj.io/v1alpha1/namespaces/default/cronworkflows",
    "Workflow": "apis/argoproj.io/v1alpha1/namespaces/default/workflows",
    "ConfigMap": "api/v1/namespaces/default/configmaps",
}


def refused(manifest: Manifest) -> str:
    """Return what the API server says against a manifest, nothing made; nothing if it is fine."""
    if not manifest.get("apiVersion"):
        return "apiVersion not set"  # says kubectl, before it asks
    metadata = manifest.get("metadata")
    namespace = metadata.get("namespace") if isinstance(metadata, dict) else None
    if isinstance(namespace, str) and re.fullmatch(
        r"|[a-z0-9]([-a-z0-9]{,61}[a-z0-9])?", namespace
    ):
        manifest = {**manifest, "metadata": {**manifest["metadata"], "namespace": "default"}}
    path = f"/{_PLURAL[manifest['kind']]}?dryRun=All&fieldValidation=Strict"
    ended = subprocess.run(
        ["kubectl", "create", "--raw", path, "-f", "-"],
        input=json.dumps(manifest),
        capture_output=True,
        text=True,
        check=False,
    )
    # what is there already was found valid before it was looked for
    taken = ended.returncode == 0 or "(AlreadyExists)" in ended.stderr
    return "" if taken else ended.stderr.strip()


def has_argo() -> bool:
    return shutil.which("argo") is not None
