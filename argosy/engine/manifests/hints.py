"""What would be right, for each rule of Argo and Kubernetes that a manifest may break."""

import re
from collections.abc import Mapping
from typing import Any

from compiler.document import held
from compiler.manifests import Finding, Path, shape
from compiler.problems import nearest

_HINTS: Mapping[str, str] = {
    "V02": "shorten the name to 63 characters",
    "V03": "shorten the name to 52 characters",
    "V04": 'give one list: `schedules: ["0 3 * * *"]`',
    "V05": "minute, hour, day of month, month, day of week",
    "V06": "such as Europe/London",
    "V07": "Allow, Forbid or Replace",
    "V09": "keep the templates in the WorkflowTemplate",
    "V10": "name the template to start with: `entrypoint:`",
    "V13": "a hook other than `exit` says when it runs: `expression:`",
    "V19": "give the deadline to the templates it calls",
    "V20": "write whole seconds",
    "V21": "give the timeout to the templates it calls",
    "V22": "write a unit: 30s, 5m",
    "V24": "parallelism belongs to a dag or steps template",
    "V25": "write `image:`",
    "V43": "give it `value:` or `valueFrom:`",
    "V45": "give it a `value:`, or pass one: -p NAME=VALUE",
    "V47": "write a value that the list holds",
    "V50": "pass it in `arguments:`, or give the input a `default:`",
    "V51": "nothing of this name is known there; quote braces that are meant as text",
    "V52": "refer to a step of an earlier group",
    "V53": "name that task in `depends:`",
    "V54": "declare it in `spec.arguments.parameters`",
    "V56": "name the file of that template as well, or their folder",
    "V61": "name a task of the same DAG",
    "V64": "begin the name with a letter",
    "V65": "keep `depends`",
    "V66": "use `depends: a.Succeeded || a.Failed || a.Errored`",
    "V67": "Succeeded, Failed, Errored, Skipped, Omitted or Daemoned, AnySucceeded, AllFailed",
    "V69": "name that task in `depends:`",
    "G02": "name a template of the same workflow, and pass what it takes",
    "G03": "move the one that reads it into a later group",
    "G04": "name that task in `depends:`",
    "G05": "the expression has to be one that can be computed",
    "G06": "spell the tag as Argo knows it; a text with braces belongs in a file of a ConfigMap",
    "G07": "rename the task: the word belongs to the language of expressions",
    "G08": "compare two values of one kind, texts in quotes",
    "G09": "declare it in `volumes:`",
    "G10": "write a duration such as 30s or 5m",
    "G11": "write a whole number, or a JSON list",
    "G15": "read it so: {{=tasks['a']?.outputs?.parameters?.p ?? 'default'}}",
    "G17": "end the recursion by a `when:`",
    "G20": "put {{pod.name}} or {{item}} into the key",
    "N01": "leave the task out, or take the list from a parameter: withParam: '[]' skips it",
    "N02": "write $$$$ for $$, or keep the script in a ConfigMap volume",
    "N03": "pass such text in a file",
    "N08": "pass such text in a file",
    "N09": "read it so: {{=tasks['a']?.outputs?.parameters?.p ?? '[]'}}",
    "N10": "read it so: {{=tasks['a']?.outputs?.parameters?.p ?? 'default'}}",
}
_QUOTED = re.compile(r"'([^']*)'")
_INPUT = re.compile(r"\{\{ *inputs\.(parameters|artifacts)\.([-\w]+)")


def hint(data: Mapping[str, Any], finding: Finding) -> str:
    """Return what would be right instead of a finding in the manifest `data`."""
    if finding.rule == "V11" and (name := _QUOTED.search(finding.message)):
        holder = held(data, finding.path[: finding.path.index("spec") + 1])
        if finding.path[1:2] == ("workflowSpec",):
            holder = held(data, finding.path[:2])
        return nearest(name[1], _names(holder, "templates"))
    if "unknown field" in finding.message:
        known = shape.fields(str(data.get("kind")), finding.path[:-1])
        return nearest(str(finding.path[-1]), known)
    if finding.rule == "V61":
        tasks = held(data, (*finding.path[: finding.path.index("tasks")],))
        return nearest(finding.message.rpartition(" ")[2], _names(tasks, "tasks"))
    if tag := _INPUT.search(finding.message):
        template = held(data, finding.path)
        inputs = _names(held(template, ("inputs",)), tag[1])
        return nearest(tag[2], inputs) or _HINTS[finding.rule]
    return _HINTS.get(finding.rule, "")


def shown(data: Mapping[str, Any], path: Path) -> str:
    """Write a path as Argo does, with names for the members of lists that have them."""
    text, value = "", data
    for part in path:
        value = held(value, (part,))
        if isinstance(part, int):
            name = value.get("name") if isinstance(value, Mapping) else None
            text += f".{name}" if isinstance(name, str) else f"[{part}]"
        else:
            text += f".{part}"
    return text.removeprefix(".").removeprefix("spec.")


def _names(holder: Any, key: str) -> list[str]:
    listed = holder.get(key) if isinstance(holder, Mapping) else None
    items = listed if isinstance(listed, list) else []
    return [str(item["name"]) for item in items if isinstance(item, Mapping) and "name" in item]
