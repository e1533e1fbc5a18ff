"""Flow that fails at run time: hooks, conditions, loops, skipped producers, recursion."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.manifests import conditions, depends, expressions
from compiler.manifests.findings import Finding, Judge, Path
from compiler.manifests.holders import Data, Holder, callers, kind, mapping, mappings, words
from compiler.manifests.holders import parameters as declared
from compiler.manifests.late_part import Part, finding
from compiler.manifests.loops import loops
from compiler.manifests.tags import replaced, simple, text

_NODE = re.compile(r"(?:tasks|steps)(?:\.([-\w]+)|\[['\"]([^'\"]+)['\"]\])")
_FATAL = ("when", "withParam", "withSequence")
_EXPRESSION = re.compile(r"\{\{=.*?\}\}", re.DOTALL)
_TAG = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_INTEGER = re.compile(r"[-+]?[0-9]+")


def hooks(part: Part) -> Iterator[Finding]:
    """G2, V13: what runs at the exit of a task exists and gets its inputs."""
    for at, task in part.callers():
        for name, hook in mapping(task.get("hooks")).items():
            body, here = mapping(hook), (*at, "hooks", name)
            yield from _hook(part.base, body, here)
            if name != "exit" and not body.get("expression") and "dag" in at:
                message = f"Expression required for hook {name}"
                yield finding("V13", here, message, Judge.ERROR)
        if task.get("onExit"):
            yield from _hook(part.base, {"template": task["onExit"]}, (*at, "onExit"), task)


def exits(base: Holder) -> Iterator[Finding]:
    """G2: what runs at the exit of the workflow exists and gets its inputs."""
    for name, hook in mapping(base.spec.get("hooks")).items():
        yield from _hook(base, mapping(hook), (*base.path, "hooks", name), base.spec)


def _hook(base: Holder, hook: Data, at: Path, caller: Data | None = None) -> Iterator[Finding]:
    name = words(hook.get("template"))
    if hook.get("templateRef") is not None or "{{" in name:
        return
    found = base.template(name)
    if found is None:
        yield finding("G02", at, f"template {name} not found", Judge.ERROR)
        return
    given = {words(p.get("name")) for p in declared(hook, "arguments")}
    given |= {words(p.get("name")) for p in declared(caller or {}, "arguments")}
    for parameter in declared(found[0], "inputs"):
        open_ = not any(parameter.get(key) is not None for key in ("value", "default", "valueFrom"))
        if open_ and words(parameter.get("name")) not in given:
            message = f"inputs.parameters.{parameter.get('name')} was not supplied"
            yield finding("G02", at, message, Judge.ERROR)


def order(part: Part) -> Iterator[Finding]:
    """G3, G4: nobody refers to what did not end before it starts."""
    tasks = {words(task.get("name")): task for _, task in part.callers()}
    dag = kind(part.template) == "dag"
    before = depends.ancestors(tasks) if dag else {}
    group = {words(step.get("name")): _number(at) for at, step in part.callers()}
    for at, task in part.callers():
        name = words(task.get("name"))
        earlier = {n for n in _nodes(task) if not dag and n in group and group[n] < _number(at)}
        known = before[name] if dag else earlier
        for key, other in _references(task):
            if other in tasks and other not in known and other != name:
                message = f"`{other}` has not ended when `{name}` starts"
                judge = Judge.ERROR if key in _FATAL else Judge.WRONG
                yield finding("G04" if dag else "G03", (*at, key), message, judge)


def _number(at: Path) -> int:
    """Return the number of the group in which a step stands."""
    return int(at[-2]) if isinstance(at[-2], int) else 0


def _references(task: Data) -> Iterator[tuple[str, str]]:
    """Yield the keys of a task whose tags refer to others, with each of these."""
    if "{{" not in text(task):
        return
    for key, value in task.items():
        if key not in ("hooks", "onExit", "inline"):
            yield from ((key, other) for other in sorted(_nodes(value)))


def _nodes(value: Any) -> set[str]:
    """Return the tasks or steps that the tags in a value refer to."""
    parts = re.findall(r"\{\{(.*?)\}\}", text(value), re.DOTALL)
    return {m[1] or m[2] for tag in parts for m in _NODE.finditer(tag.replace('\\"', '"'))} - {
        "name"
    }


def dependencies(part: Part) -> Iterator[Finding]:
    """G7: `depends` can be read, and names no word of its grammar."""
    for at, task in part.callers():
        expression = words(task.get("depends"))
        if not expression:
            continue
        taken = [name for name in depends.needed(task) if name in expressions.WORDS]
        message = f"unable to evaluate expression: unexpected token {taken[0]}" if taken else ""
        try:
            expressions.uses(depends.expanded(expression).replace("-", "_"))
        except expressions.UnreadableError as mistake:
            message = f"unable to evaluate expression '{expression}': {mistake}"
        if message:
            yield finding("G07", (*at, "depends"), message, Judge.ERROR)


def condition(part: Part) -> Iterator[Finding]:
    """G8: `when` can be read, as far as its values are known."""
    given = mappings(mapping(part.base.spec.get("arguments")).get("parameters"))
    values = {
        f"workflow.parameters.{words(p.get('name'))}": words(p["value"])
        for p in given
        if p.get("value") is not None
    }
    for at, task in part.callers():
        when = words(task.get("when"))
        if not when:
            continue
        known = words(replaced(_EXPRESSION.sub("{{0}}", when), values))
        shown = _TAG.sub("1", known)
        if wrong := conditions.wrong(shown, boolean=shown == known):
            message = f"Invalid 'when' expression '{when}': {wrong}"
            yield finding("G08", (*at, "when"), message, Judge.ERROR)


def items(part: Part) -> Iterator[Finding]:
    """G11, N1, N3: what a loop runs over is a list, of items that arrive as they are written."""
    for at, task in part.callers():
        given, listed = task.get("withItems"), words(task.get("withParam"))
        if given == [] and not listed:
            message = "no items: the task runs once, with the literal {{item}}"
            yield finding("N01", (*at, "withItems"), message, Judge.WRONG)
        for index, item in enumerate(given if isinstance(given, list) else ()):
            if isinstance(item, str) and json.dumps(item, ensure_ascii=False) != f'"{item}"':
                message = "quotes, backslashes and line breaks of an item arrive escaped"
                yield finding("N03", (*at, "withItems", index), message, Judge.WRONG)
        if listed and "{{" not in listed and not _is_list(listed):
            message = f"withParam value could not be parsed as a JSON list: {listed}"
            yield finding("G11", (*at, "withParam"), message, Judge.ERROR)
        yield from _sequence(task.get("withSequence"), (*at, "withSequence"))


def _is_list(value: str) -> bool:
    try:
        return isinstance(json.loads(value), list)
    except ValueError:
        return False


def _sequence(sequence: Any, at: Path) -> Iterator[Finding]:
    if not isinstance(sequence, Mapping):
        return
    if sequence.get("count") is None and sequence.get("end") is None:
        message = "neither end nor count was specified in withSequence"
        yield finding("G11", at, message, Judge.ERROR)
    for key in ("count", "start", "end"):
        value = words(sequence.get(key))
        if value and "{{" not in value and not _INTEGER.fullmatch(value):
            message = f'strconv.Atoi: parsing "{value}": invalid syntax'
            yield finding("G11", (*at, key), message, Judge.ERROR)


def producers(part: Part) -> Iterator[Finding]:
    """G15, N4, N5, N6, N9, N10: outputs that are not there when somebody asks for them."""
    tasks = {words(task.get("name")): task for _, task in part.callers()}
    for at, task in part.callers():
        for index, artifact in enumerate(mappings(_given(task, "artifacts"))):
            source = words(artifact.get("from"))
            for other in sorted(_nodes(source) & set(tasks)):
                here = (*at, "arguments", "artifacts", index)
                yield from _artifact(part, tasks[other], artifact, here)
        for index, parameter in enumerate(mappings(_given(task, "parameters"))):
            here = (*at, "arguments", "parameters", index, "value")
            yield from _parameter(part, tasks, task, words(parameter.get("value")), here)


def _given(task: Data, sort: str) -> Any:
    return mapping(task.get("arguments")).get(sort)


def _artifact(part: Part, producer: Data, artifact: Data, at: Path) -> Iterator[Finding]:
    source = words(artifact["from"])
    if loops(producer):
        message = f'Unable to resolve: "{source}": artifacts of a loop cannot be referred to'
        yield finding("N05", at, message, Judge.ERROR)
    called = part.called(producer) or {}
    name = source.rstrip("} ").rpartition(".")[2]
    for output in mappings(mapping(called.get("outputs")).get("artifacts")):
        if output.get("optional") and output.get("name") == name and not artifact.get("optional"):
            message = "an optional output that is missing fails whoever takes it as if it were not"
            yield finding("N06", at, message, Judge.UNSURE)


def _parameter(
    part: Part, tasks: Mapping[str, Data], task: Data, value: str, at: Path
) -> Iterator[Finding]:
    for tag in simple(value):
        sort, _, rest = tag.strip().partition(".")
        name, _, what = rest.partition(".")
        if sort not in ("tasks", "steps") or name not in tasks or not what.startswith("outputs."):
            continue
        producer = tasks[name]
        if _may_skip(producer) and _goes_on(part, task, name):
            rule = "N09" if _empty(producer) else "N10" if _default(part, producer) else "G15"
            message = f"`{name}` may be skipped; then the text {{{{{tag}}}}} itself arrives"
            yield finding(rule, at, message, Judge.WRONG)
        if what == "outputs.result" and loops(producer) and producer.get("withSequence") is None:
            message = f"fails unless every run of `{name}` prints JSON"
            yield finding("N04", at, message, Judge.UNSURE)


def _may_skip(task: Data) -> bool:
    return bool(task.get("when")) or _empty(task)


def _empty(task: Data) -> bool:
    count = words(mapping(task.get("withSequence")).get("count"))
    return words(task.get("withParam")).replace(" ", "") == "[]" or count == "0"


def _default(part: Part, producer: Data) -> bool:
    outputs = declared(part.called(producer) or {}, "outputs")
    return any(mapping(o.get("valueFrom")).get("default") is not None for o in outputs)


def _goes_on(part: Part, task: Data, name: str) -> bool:
    """Whether a task starts although the one called `name` was skipped."""
    if kind(part.template) != "dag":
        return True
    terms = depends.expanded(depends.expression(task))
    results = {f"{name}.Skipped", f"{name}.Omitted"}
    if "!" in terms:
        return any(result in terms for result in results)

    def true(result: str) -> bool:
        return result in results or not result.startswith(f"{name}.")

    return depends.holds(terms, true)


def recursions(base: Holder) -> Iterator[Finding]:
    """G17: a template that comes back to itself on a way without a condition never ends."""
    calls: dict[str, list[tuple[str, Path]]] = {}
    for index, template in enumerate(mappings(base.spec.get("templates"))):
        calls[words(template.get("name"))] = [
            (words(task.get("template")), (*base.path, "templates", index, *at))
            for at, task in callers(template)
            if not task.get("when") and task.get("templateRef") is None
        ]
    reached = depends.ancestors(
        {n: {"dependencies": [c for c, _ in found if c in calls]} for n, found in calls.items()}
    )
    for name, found in calls.items():
        for other, at in found:
            if other in calls and (other == name or name in reached[other]):
                message = "Maximum recursion depth exceeded"
                yield finding("G17", at, message, Judge.ERROR)


def emptiness(part: Part) -> Iterator[Finding]:
    """V17: an empty list of steps is gone when Argo reads what it wrote."""
    if part.template.get("steps") == []:
        message = f"Template '{words(part.template.get('name'))}' missing specification"
        yield finding("V17", (*part.path, "steps"), message, Judge.ERROR)


RULES = (hooks, order, dependencies, condition, items, producers, emptiness)
