"""One DAG → nested ones: no DAG of too many tasks, and bounds for the tasks of one step.

Tasks keep their names. A part waits for the parts that its tasks wait for to end well; what its
tasks read from others arrives as inputs. Where another task may have been skipped or may have
failed, a stand-in without a pod takes its place in `depends`: skipped, unless it ended so.
"""

from collections.abc import Callable, Mapping
from typing import Any

from compiler import depends, ports, tags
from compiler.convention import SETTLED
from compiler.edges import MARK
from compiler.matrix import shortened
from compiler.parts import SIZES, Members, Sizes, Task, cut
from compiler.record import field, record

Template = dict[str, Any]
_FINE = "Fine"


def nested(main: Template, members: tuple[Members, ...], sizes: Sizes = SIZES) -> list[Template]:
    """Return the templates that `main` becomes: itself alone where nothing is to be cut."""
    tasks: list[Task] = main["dag"]["tasks"]
    parts = {task: m.step for m in members if m.limit for task in m.tasks}
    if len(tasks) > sizes.largest:
        parts |= cut(tasks, tuple(m for m in members if not m.limit), sizes)
    return _Cutter(main, members, parts).templates() if parts else [main]


@record
class _Part:
    """A nested DAG in the making, or the outer one, whose `name` is empty."""

    name: str
    tasks: list[Task] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)
    files: dict[str, Task] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    results: dict[str, Task] = field(default_factory=dict)
    stand_ins: dict[str, Task] = field(default_factory=dict)
    waits: dict[str, None] = field(default_factory=dict)


class _Cutter:
    """Moves the tasks of `main` into parts, and carries over their borders what they read."""

    def __init__(
        self, main: Template, members: tuple[Members, ...], parts: Mapping[str, str]
    ) -> None:
        self.main = main
        self.owner = {name: step for step in members for name in step.tasks}
        names = _part_names(parts, {task["name"] for task in main["dag"]["tasks"]})
        self.place = {name: names[parts[name]] if name in parts else "" for name in self.owner}
        self.limits = {names[step.step]: step.limit for step in members if step.limit}
        self.parts: dict[str, _Part] = {name: _Part(name) for name in ("", *names.values())}

    def templates(self) -> list[Template]:
        """Return the outer DAG, then its parts."""
        outer = self.parts[""]
        for task in self.main["dag"]["tasks"]:
            part = self.parts[self.place.get(task["name"], "")]
            part.tasks.append(self._moved(part, task))
        outputs = self._outputs(outer)
        inner = [part for name, part in self.parts.items() if name]
        for part in inner:
            self._settle(part)
        calls = [self._call(part) for part in inner]
        tasks = [*outer.tasks, *calls, *outer.stand_ins.values()]
        whole = {**self.main, "dag": {**self.main["dag"], "tasks": tasks}}
        whole |= {"outputs": outputs} if outputs else {}
        return [whole, *(self._template(part) for part in inner)]

    def _moved(self, part: _Part, task: Task) -> Task:
        """Return a task as it stands in its part."""
        after = self._after(part, task.get("depends", ""))
        given = self._data(part, task.get("arguments", {}))
        texts: Task = {k: self._text(part, task[k]) for k in ("when", "withParam") if k in task}
        found = {**task, "depends": after, **texts, "arguments": given}
        return {key: value for key, value in found.items() if value}

    def _after(self, part: _Part, text: str) -> str:
        """Return what a task of `part` waits for; that others ended well needs no stand-ins."""
        foreign = {t for t, _ in depends.terms(text) if self.place.get(t, "") != part.name}
        for step in {self.owner[task].step: self.owner[task] for task in foreign}.values():
            if step.soft and (known := step.fine()) in text:
                ends = [f"{task}.{_FINE}" for task in step.tasks if task in foreign]
                text = text.replace(known, " && ".join(ends))
        return depends.replaced(text, self._term(part))

    def _term(self, part: _Part) -> Callable[[str, str], str]:
        def change(task: str, result: str) -> str:
            home = self.place.get(task, "")
            if home == part.name:
                return f"{task}.{result}"
            self._wait(part, task)
            if self.owner[task].soft and result != _FINE and not task.endswith(MARK):
                return self._stand_in(part, task, result)
            return f"{home}.Succeeded" if not part.name else ""

        return change

    def _wait(self, part: _Part, task: str) -> None:
        """Make a part start when those of the others that `task` belongs to have ended well."""
        home = self.place[task]
        if part.name and home != part.name:
            part.waits[home or task] = None

    def _stand_in(self, part: _Part, task: str, result: str) -> str:
        """Return the term of what stands for a task of another part, skipped if it ended else."""
        name = f"{task}--{result.lower()}"
        if name not in part.stand_ins:
            key, home = ports.outcome(task, result), self.place[task]
            text = ports.ended(task, result)
            carried = self._carried(part, task, key, {"expression": text}, f"{{{{={text}}}}}")
            found: Task = {"name": name, "template": SETTLED}
            found |= {"depends": f"{home}.Succeeded"} if not part.name else {}
            part.stand_ins[name] = {**found, "when": ports.holds(carried[1], result)}
        return f"{name}.Succeeded"

    def _carried(
        self, part: _Part, task: str, key: str, put_out: dict[str, str], direct: str
    ) -> tuple[str, str]:
        """Let a value of `task` reach `part`; return how a tag and an expression read it there."""
        home = self.place[task]
        self._wait(part, task)
        outside = direct
        if home:
            self.parts[home].values[key] = put_out
            outside = f"{{{{tasks.{home}.outputs.parameters.{key}}}}}"
            if not part.name:
                return outside, f"tasks['{home}'].outputs.parameters['{key}']"
        part.inputs[key] = outside
        return f"{{{{inputs.parameters.{key}}}}}", f"inputs.parameters['{key}']"

    def _data(self, part: _Part, given: Mapping[str, Any]) -> Task:
        """Return arguments as they read in `part`."""
        files = [self._file(part, item) for item in given.get("artifacts", ())]
        rest = tags.rewrite({k: v for k, v in given.items() if k != "artifacts"}, self._tag(part))
        return {**rest, "artifacts": files} if files else dict(rest)

    def _text(self, part: _Part, text: str) -> str:
        found: str = tags.rewrite(text, self._tag(part))
        return found

    def _tag(self, part: _Part) -> Callable[[str], str]:
        def change(tag: str) -> str:
            return ports.rewritten(tag, lambda reading: self._read(part, reading))

        return change

    def _read(self, part: _Part, reading: ports.Reading) -> tuple[str, str] | None:
        """Return how `part` reads what another part holds, as tag and as expression."""
        if not reading.task:
            if part.name:
                part.inputs[reading.name] = f"{{{{inputs.parameters.{reading.name}}}}}"
            return None
        step = self.owner[reading.task]
        if self.place[reading.task] == part.name:
            return None
        maybe = reading.safe or step.soft
        key = ports.value(reading.task, reading.name, maybe=maybe)
        if not maybe:
            direct = f"{{{{tasks.{reading.task}.outputs.parameters.{reading.name}}}}}"
            return self._carried(part, reading.task, key, {"parameter": direct}, direct)
        safe = ports.safe(reading.task, reading.name, tolerated=step.tolerated, fan=step.fan)
        text = f"toJson({safe})"
        _, found = self._carried(part, reading.task, key, {"expression": text}, f"{{{{={text}}}}}")
        return f"{{{{=fromJSON({found})}}}}", f"fromJSON({found})"

    def _file(self, part: _Part, item: Task) -> Task:
        match = ports.FILE.fullmatch(item["from"])
        if not match:
            return self._own_file(part, item)
        task, name = match.groups()
        home = self.place[task]
        if home == part.name:
            return item
        self._wait(part, task)
        key = ports.value(task, name, maybe=False)
        optional = {"optional": True} if self.owner[task].soft or "optional" in item else {}
        source = item["from"]
        if home:
            self.parts[home].results[key] = {"name": key, "from": source, **optional}
            source = f"{{{{tasks.{home}.outputs.artifacts.{key}}}}}"
            if not part.name:
                return {**item, "from": source}
        part.files[key] = {"name": key, "from": source, **optional}
        return {**item, "from": f"{{{{inputs.artifacts.{key}}}}}"}

    def _own_file(self, part: _Part, item: Task) -> Task:
        """Hand a file on that is an input of the outer DAG itself."""
        name = item["from"].strip("{} ").rpartition(".")[2]
        if part.name:
            part.files[name] = {**item, "name": name}
        return item

    def _settle(self, part: _Part) -> None:
        """A DAG ends as its last tasks ended: what may fail must not be the last."""
        waited = {name for task in part.tasks for name, _ in depends.terms(task.get("depends", ""))}
        lasts = [self.owner[task["name"]] for task in part.tasks if task["name"] not in waited]
        for step in {step.step: step for step in lasts if step.tolerated}.values():
            after = depends.replaced(step.fine(), self._own_term(part, step))
            name = f"{step.step}--settled"
            part.tasks.append({"name": name, "template": SETTLED, "depends": after})

    def _own_term(self, part: _Part, step: Members) -> Callable[[str, str], str]:
        """Change terms as in `part`, tasks of `step` that are elsewhere left out."""
        change = self._term(part)

        def own(task: str, result: str) -> str:
            elsewhere = self.place[task] != part.name and self.owner[task] is step
            return "" if elsewhere else change(task, result)

        return own

    def _call(self, part: _Part) -> Task:
        """Return the task of the outer DAG that runs a part."""
        outer = self.parts[""]
        terms = [
            f"{name}.Succeeded" if name in self.parts else self._after(outer, self._fine(name))
            for name in part.waits
        ]
        after = " && ".join(dict.fromkeys(terms))
        parameters = [{"name": key, "value": text} for key, text in part.inputs.items()]
        given = {"parameters": parameters, "artifacts": list(part.files.values())}
        found = {
            "name": part.name,
            "template": self._name(part),
            "depends": after,
            "arguments": {key: value for key, value in given.items() if value},
        }
        return {key: value for key, value in found.items() if value}

    def _fine(self, task: str) -> str:
        return f"{task}.Succeeded" if task.endswith(MARK) else self.owner[task].fine()

    def _name(self, part: _Part) -> str:
        return shortened(f"{self.main['name']}--{part.name}")

    def _template(self, part: _Part) -> Template:
        files = [{k: v for k, v in item.items() if k != "from"} for item in part.files.values()]
        inputs = {"parameters": [{"name": key} for key in part.inputs], "artifacts": files}
        values = [{"name": key, "valueFrom": value} for key, value in part.values.items()]
        outputs = {"parameters": values, "artifacts": list(part.results.values())}
        found = {
            "name": self._name(part),
            "inputs": {key: value for key, value in inputs.items() if value},
            "outputs": {key: value for key, value in outputs.items() if value},
            "parallelism": self.limits.get(part.name, 0),
            "dag": {"tasks": [*part.tasks, *part.stand_ins.values()]},
        }
        return {key: value for key, value in found.items() if value}

    def _outputs(self, outer: _Part) -> Task:
        """Return what the outer DAG puts out, read from its parts."""
        found = self.main.get("outputs", {})
        values = []
        for item in found.get("parameters", ()):
            source = item["valueFrom"]
            if "expression" in source:
                text = self._text(outer, f"{{{{={source['expression']}}}}}")[3:-2]
                source = {**source, "expression": text}
            else:
                source = {**source, "parameter": self._text(outer, source["parameter"])}
            values.append({**item, "valueFrom": source})
        files = [self._file(outer, item) for item in found.get("artifacts", ())]
        return {k: v for k, v in {"parameters": values, "artifacts": files}.items() if v}


def _part_names(parts: Mapping[str, str], taken: set[str]) -> dict[str, str]:
    """Return the name of each part by the first of its steps, none that a task has."""
    found = {}
    for first in dict.fromkeys(parts.values()):
        name = shortened(f"from-{first}")
        found[first] = f"{name}-part" if name in taken else name
    return found
