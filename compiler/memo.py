"""A cached step → Argo's `memoize`: a key of everything that its outputs follow from.

It stands on a DAG of one task, not on the step's own template: a hit on a template with a
`retryStrategy` leaves Argo 3.7 waiting for ever for what comes after it, and a cache that is full
would fail a pod that went well, but not a DAG.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.code import Code
from compiler.pipeline import Inline, Pipeline, Script, Step

_TAG = re.compile(r"\{\{(=?)\s*(.*?)\s*\}\}")
_OF_THE_RUN = re.compile(r"workflow\.(name|uid)|pod\.name|workflow\.parameters\.argosy-source")


def layered(
    pipeline: Pipeline, step: Step, leaf: dict[str, Any], code: Code
) -> list[dict[str, Any]]:
    """Return the templates of a step whose own is `leaf`: of a cached one, two."""
    if step.cache is None:
        return [leaf]
    return [
        {**leaf, "name": attempts(step.name)},
        wrapped(leaf, _memoize(pipeline, step, leaf, code)),
    ]


def attempts(name: str) -> str:
    """Return the template that runs a cached step when there is no hit."""
    return f"{name}-attempts"


def wrapped(leaf: Mapping[str, Any], memoize: Mapping[str, Any]) -> dict[str, Any]:
    """Return the DAG that runs `leaf` unless there is a hit, and puts out the same."""
    name, inputs, outputs = leaf["name"], leaf.get("inputs", {}), leaf.get("outputs", {})
    given = {
        "parameters": [
            {"name": p["name"], "value": f"{{{{inputs.parameters.{p['name']}}}}}"}
            for p in inputs.get("parameters", ())
        ],
        "artifacts": [
            {"name": a["name"], "from": f"{{{{inputs.artifacts.{a['name']}}}}}", **_optional(a)}
            for a in inputs.get("artifacts", ())
        ],
    }
    task = {"name": name, "template": attempts(name), "arguments": _filled(given)}
    taken = {
        "parameters": inputs.get("parameters", []),
        "artifacts": [{"name": a["name"], **_optional(a)} for a in inputs.get("artifacts", ())],
    }
    put_out = {
        "parameters": [
            {"name": p["name"], "valueFrom": {"parameter": _output(name, "parameters", p)}}
            for p in outputs.get("parameters", ())
        ],
        "artifacts": [
            {"name": a["name"], "from": _output(name, "artifacts", a)}
            for a in outputs.get("artifacts", ())
        ],
    }
    found = {"inputs": _filled(taken), "outputs": _filled(put_out), "memoize": memoize}
    return _filled({"name": name, **found, "dag": {"tasks": [_filled(task)]}})


def unwrapped(templates: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return templates by name with each pair of `layered` as the one that was written first."""
    found = dict(templates)
    for name, template in templates.items():
        leaf = templates.get(attempts(name))
        if leaf and "memoize" in template and "memoize" not in leaf:
            memoize = template["memoize"]
            if wrapped({**leaf, "name": name}, memoize) == {"name": name, **template}:
                found[name] = {**leaf, "memoize": memoize}
                del found[attempts(name)]
    return found


def _output(task: str, kind: str, output: Mapping[str, Any]) -> str:
    return f"{{{{tasks.{task}.outputs.{kind}.{output['name']}}}}}"


def _optional(artifact: Mapping[str, Any]) -> dict[str, bool]:
    return {"optional": True} if artifact.get("optional") else {}


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value}


def _memoize(pipeline: Pipeline, step: Step, leaf: Mapping[str, Any], code: Code) -> dict[str, Any]:
    assert step.cache is not None  # noqa: S101 - the caller has asked
    values = ", ".join(_values(leaf))
    digest = f"{{{{=sprig.sha256sum(toJson([{values}]))}}}}"
    # a dot is part of none of these names: what they are together is unique in the cluster
    name = f"argosy-cache.{pipeline.namespace}.{pipeline.name}.{step.name}"
    return {
        "key": f"{step.name}-{_content(step, leaf, code)}-{digest}",
        "maxAge": step.cache.max_age,
        "cache": {"configMap": {"name": name, "key": "outputs"}},
    }


def _values(leaf: Mapping[str, Any]) -> list[str]:
    """Return, as expressions, the run-time values that the step gets; not what a run is called."""
    given = leaf.get("inputs", {}).get("parameters", ())
    found = [f"inputs.parameters['{parameter['name']}']" for parameter in given]
    for computed, tag in _TAG.findall("\n".join(_texts(leaf["container"]))):
        if computed:
            found.append(f"({tag})")
        elif not _OF_THE_RUN.fullmatch(tag):
            head, _, name = tag.rpartition(".")
            found.append(f"{head}['{name}']")
    return list(dict.fromkeys(found))


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    parts = data.values() if isinstance(data, Mapping) else data
    for part in parts if isinstance(data, Mapping | list) else ():
        yield from _texts(part)


def _content(step: Step, leaf: Mapping[str, Any], code: Code) -> str:
    """Return a digest of what does not change from run to run: image, command, code, files."""
    assert step.cache is not None  # noqa: S101 - the caller has asked
    container = {key: leaf["container"].get(key) for key in ("image", "command", "args", "env")}
    own = step.action.text if isinstance(step.action, Script | Inline) else ""
    files = [
        (file.path, file.executable, hashlib.sha256(file.content).hexdigest())
        for file in code.files
        if not file.path.startswith(".argosy/") or file.path == ".argosy/_inline.py"
    ]
    parts = [container, leaf.get("inputs"), leaf.get("outputs"), own, files, step.cache.salt]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
