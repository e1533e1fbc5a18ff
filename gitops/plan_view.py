"""WorkflowTemplate → View: the pipeline as its steps, cut up so that equal parts are equal data.

Every field of the object is in exactly one place of the view, else a change could go unseen.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.memo import unwrapped
from compiler.record import field, record
from gitops.plan_data import copied
from gitops.plan_difference import same
from gitops.plan_read import rewrite

_SELF = "(this)"
_MATRIX = "matrix-"
_TERM = re.compile(r"\(?([A-Za-z0-9][-A-Za-z0-9]*)\.\w+(?: \|\| \1\.\w+)*\)?")


@record
class Task:
    """A task of a step: its matrix values, and all else with its own name left out."""

    matrix: Mapping[str, str]
    body: Mapping[str, Any]


@record
class StepView:
    """A leaf template and the tasks that run it; `handler` if it runs after the pipeline's end."""

    name: str
    handler: bool
    tasks: Mapping[str, Task]
    template: Mapping[str, Any]
    candidates: Mapping[str, Any] = field(default_factory=dict)


@record
class View:
    """A WorkflowTemplate: steps in their order, parameters by name, and the `rest`."""

    steps: Mapping[str, StepView]
    parameters: Mapping[str, Mapping[str, Any]]
    rest: Mapping[str, Any]


def view(manifest: Mapping[str, Any], code: tuple[str, ...] = ()) -> View:
    """Return the view of a WorkflowTemplate whose code files are `code`."""
    rest = copied(manifest)
    spec = rest.get("spec")
    templates = unwrapped(pop_named(spec, "templates"))
    entrypoint = spec.get("entrypoint") if isinstance(spec, dict) else None
    tasks = list(_tasks(templates, entrypoint, _handlers(spec, templates)))
    names = {task: step for task, step, *_ in tasks}
    whole = {step: [t for t, s in names.items() if s == step] for step in names.values()}
    steps: dict[str, StepView] = {}
    for step in whole:
        template = templates.pop(step, {})
        _fold_mounts(template, code)
        mine = [(task, body, final) for task, name, body, final in tasks if name == step]
        steps[step] = _step(step, mine, template, whole)
    if templates and isinstance(spec, dict):
        spec["templates"] = [{**template, "name": name} for name, template in templates.items()]
    arguments = spec.get("arguments") if isinstance(spec, dict) else None
    return View(steps, pop_named(arguments, "parameters"), _pruned(rest))


def pop_named(owner: Any, key: str) -> dict[str, dict[str, Any]]:
    """Take the list at `key` out of `owner`, by name; take nothing if it is no such list."""
    items = owner.get(key) if isinstance(owner, dict) else None
    if not isinstance(items, list):
        return {}
    named = {item["name"]: item for item in items if isinstance(item, dict) and _is_named(item)}
    if len(named) != len(items):
        return {}
    owner.pop(key)
    return {name: {k: v for k, v in item.items() if k != "name"} for name, item in named.items()}


def _is_named(item: Mapping[str, Any]) -> bool:
    return isinstance(item.get("name"), str)


def _pruned(value: Any) -> Any:
    """Leave out what became empty by taking things out of it."""
    spec = value.get("spec")
    if isinstance(spec, dict) and spec.get("arguments") == {}:
        del spec["arguments"]
    return value


def _handlers(spec: Any, templates: Mapping[str, Any]) -> set[str]:
    """Return the DAGs that run only after the end: those that `onExit` reaches."""
    found = {spec.get("onExit")} if isinstance(spec, dict) else set()
    return {name for name in found if isinstance(name, str) and name in templates}


def _tasks(
    templates: Mapping[str, dict[str, Any]], entrypoint: Any, handlers: set[str]
) -> Iterator[tuple[str, str, dict[str, Any], bool]]:
    """Take the tasks that run leaf templates out of their DAGs: task, step, body, handler."""
    seen: set[str] = set()
    for owner, template in templates.items():
        tasks = pop_named(template.get("dag"), "tasks")
        groups = []
        for name, body in tasks.items():
            leaf = body.get("template")
            if isinstance(leaf, str) and _is_group(templates.get(leaf)):
                groups.append({"name": name, **body})
                continue
            step = leaf if isinstance(leaf, str) and _belongs(name, leaf) else name
            place = {} if owner == entrypoint else {"dag": owner}
            task = f"{owner}/{name}" if name in seen else name
            seen.add(name)
            yield task, step, body | place, owner in handlers
        if groups:
            template["dag"]["tasks"] = groups


def _is_group(template: Any) -> bool:
    return isinstance(template, dict) and ("dag" in template or "steps" in template)


def _belongs(task: str, template: str) -> bool:
    """Whether a task runs the template of its own step; that of a call is `PIPELINE--STEP`."""
    names = (template, template.rpartition("--")[2])
    return any(task == name or task.startswith(f"{name}-") for name in names)


def _step(
    name: str,
    tasks: list[tuple[str, dict[str, Any], bool]],
    template: dict[str, Any],
    whole: Mapping[str, list[str]],
) -> StepView:
    bodies = {task: body for task, body, _ in tasks}
    template, bodies, candidates = _candidates(template, bodies)
    views = {task: _task(name, task, body, whole) for task, body in bodies.items()}
    return StepView(name, any(final for *_, final in tasks), views, template, candidates)


def _task(step: str, task: str, body: dict[str, Any], whole: Mapping[str, list[str]]) -> Task:
    matrix = {}
    arguments = body.get("arguments")
    parameters = pop_named(arguments, "parameters")
    for name in list(parameters):
        if name.startswith(_MATRIX) and parameters[name].keys() == {"value"}:
            matrix[name.removeprefix(_MATRIX)] = parameters.pop(name)["value"]
    if parameters:
        body["arguments"]["parameters"] = [{"name": n, **p} for n, p in parameters.items()]
    elif arguments == {}:
        del body["arguments"]
    if body.get("template") == step:
        body["template"] = _SELF
    if isinstance(body.get("depends"), str):
        body["depends"] = _terms(body["depends"], whole)
    suffix = task.removeprefix(step)
    if suffix.startswith("-") and matrix:
        own = re.compile(rf"{re.escape(suffix)}(?![A-Za-z0-9])")
        body = rewrite(body, lambda text: own.sub(f"-{_SELF}", text))
    return Task(matrix, body)


def _terms(depends: str, whole: Mapping[str, list[str]]) -> list[str] | str:
    """Return what must be over, one term a step where all tasks of a step are waited for."""
    terms = depends.split(" && ")
    if not all(_TERM.fullmatch(term) for term in terms):
        return depends
    owners = {task: (step, tasks) for step, tasks in whole.items() for task in tasks}
    folded = []
    for term in terms:
        name = _TERM.fullmatch(term)[1]  # type: ignore[index]
        step, tasks = owners.get(name, (name, [name]))
        forms = [re.sub(rf"\b{re.escape(name)}\.", f"{task}.", term) for task in tasks]
        complete = all(form in terms for form in forms)
        folded.append(re.sub(rf"\b{re.escape(name)}\.", f"{step}.", term) if complete else term)
    return list(dict.fromkeys(folded))


def _fold_mounts(template: dict[str, Any], code: tuple[str, ...]) -> None:
    """Write `all` for the mounts of code files if a container has each of them."""
    container = template.get("container")
    mounts = container.get("volumeMounts") if isinstance(container, dict) else None
    if not isinstance(container, dict) or not isinstance(mounts, list):
        return
    tops = sorted({path.split("/")[0] for path in code})
    expected = [
        {"name": "code", "mountPath": f"/work/{top}", "subPath": top, "readOnly": True}
        for top in tops
    ]
    if expected and all(any(same(mount, one) for mount in mounts) for one in expected):
        others = [mount for mount in mounts if not any(same(mount, one) for one in expected)]
        container["volumeMounts"] = [*others, {"name": "code", "files": "all"}]


def _candidates(
    template: dict[str, Any], bodies: dict[str, dict[str, Any]]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]], dict[str, Any]]:
    """Take what a select step holds per candidate out of its template and task."""
    container = template.get("container")
    names = flags(container).get("candidate", []) if isinstance(container, dict) else []
    if not names or len(bodies) != 1:
        return template, bodies, {}
    ((task, body),) = bodies.items()
    own: dict[str, list[Any]] = {name: [] for name in names}
    whole: dict[str, Any] = {"template": template, "task": body}
    for path in _INDEXED:
        owner: Any = whole
        for key in path[:-1]:
            owner = owner.get(key, {}) if isinstance(owner, dict) else {}
        if isinstance(owner, dict) and isinstance(owner.get(path[-1]), list):
            owner[path[-1]] = [i for i in owner[path[-1]] if not _claimed(i, path, names, own)]
    template["container"]["args"] = _without(template["container"]["args"], "--candidate")
    return whole["template"], {task: whole["task"]}, dict(own)


_INDEXED = (
    ("template", "inputs", "parameters"),
    ("template", "inputs", "artifacts"),
    ("template", "container", "env"),
    ("task", "arguments", "parameters"),
    ("task", "arguments", "artifacts"),
)
_INDEX = re.compile(r"(?:value|artifact)-(\d+)-|ARGOSY_VALUE_(\d+)_")


def _claimed(item: Any, path: tuple[str, ...], names: list[str], own: dict[str, list[Any]]) -> bool:
    """Move `item` to the candidate that its name's index means."""
    match = _INDEX.match(item["name"]) if isinstance(item, dict) and _is_named(item) else None
    index = int(match[1] or match[2]) if match else len(names)
    if index >= len(names):
        return False
    task = names[index].split(":")[0]
    replaced = {f"-{index}-": "-N-", f"_{index}_": "_N_", f"/{index}/": "/N/", f".{task}.": ".N."}

    def neutral(text: str) -> str:
        for old, new in replaced.items():
            text = text.replace(old, new)
        return text

    own[names[index]].append({"at": ".".join(path), **rewrite(item, neutral)})
    return True


def flags(container: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the options of a step of Argosy's own; {} unless all are `--name value`."""
    args, command = container.get("args"), container.get("command")
    own = isinstance(command, list) and command[:2] == ["argosy", "step"]
    if not own or not isinstance(args, list) or len(args) % 2:
        return {}
    if not all(isinstance(arg, str) for arg in args):
        return {}
    found: dict[str, list[str]] = {}
    for name, value in zip(args[::2], args[1::2]):
        if not name.startswith("--"):
            return {}
        found.setdefault(name.removeprefix("--"), []).append(value)
    return found


def _without(args: list[str], flag: str) -> list[str]:
    pairs = zip(args[::2], args[1::2])
    return [part for pair in pairs if pair[0] != flag for part in pair]
