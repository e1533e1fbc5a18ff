"""Leaf templates that differ in nothing but the step they belong to → one template for all.

Up to some number each step keeps a template of its own: pods are called after their template.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

Template = dict[str, Any]
_FEW = 100
_INPUT = "argosy-step"
_TAG = f"{{{{inputs.parameters.{_INPUT}}}}}"


def shared(templates: list[Template], few: int = _FEW) -> list[Template]:
    """Return `templates` with equal leaves joined, named after their content."""
    if len(templates) <= few:
        return templates
    equal: dict[str, list[Template]] = {}
    for template in templates:
        if step := _step(template):
            content = json.dumps({**_neutral(template, step), "name": ""}, sort_keys=True)
            equal.setdefault(content, []).append(template)
    names = {
        template["name"]: (_name(content), _step(template))
        for content, group in equal.items()
        for template in group
        if len(group) > 1
    }
    return list({t["name"]: t for t in _joined(templates, names)}.values())


def _joined(templates: list[Template], names: dict[str, tuple[str, str]]) -> Iterator[Template]:
    for template in templates:
        if template["name"] in names:
            name, step = names[template["name"]]
            yield {**_with_input(_neutral(template, step)), "name": name}
        elif "dag" in template:
            tasks = [_told(task, names) for task in template["dag"]["tasks"]]
            yield {**template, "dag": {**template["dag"], "tasks": tasks}}
        else:
            yield template


def _name(content: str) -> str:
    return f"shared-{sha256(content.encode()).hexdigest()[:8]}"


def _step(template: Template) -> str:
    """Return the step that a leaf belongs to, as it is told it; nothing for other templates."""
    env = template.get("container", {}).get("env", ())
    return next((str(v.get("value", "")) for v in env if v["name"] == "ARGOSY_STEP"), "")


def _neutral(template: Template, step: str) -> Template:
    """Return a leaf that reads its step, and so the name of its script, from an input."""
    container = template["container"]
    command = [_script(word, step) for word in container.get("command", ())]
    env = [{**v, "value": _TAG} if v["name"] == "ARGOSY_STEP" else v for v in container["env"]]
    return {**template, "container": {**container, "command": command, "env": env}}


def _script(word: str, step: str) -> str:
    known = (f".argosy/{step}.sh", f".argosy/{step}.py")
    return f".argosy/{_TAG}{word[-3:]}" if word in known else word


def _with_input(template: Template) -> Template:
    inputs = template.get("inputs", {})
    found = {**inputs, "parameters": [*inputs.get("parameters", ()), {"name": _INPUT}]}
    return {"name": "", "inputs": {}, **template} | {"inputs": found}


def _told(task: Template, names: dict[str, tuple[str, str]]) -> Template:
    if task.get("template") not in names:
        return task
    name, step = names[task["template"]]
    given = task.get("arguments", {})
    parameters = [*given.get("parameters", ()), {"name": _INPUT, "value": step}]
    return {**task, "template": name, "arguments": {**given, "parameters": parameters}}
