"""What stands under a step's kind → its action, references checked."""

from collections.abc import Mapping, Sequence
from typing import Any

from compiler import calls
from compiler.document import Document, Path
from compiler.duration import go, seconds
from compiler.expression import Expression
from compiler.pipeline import (
    Action,
    Approval,
    Command,
    Inline,
    Notice,
    Register,
    Resource,
    Script,
    Select,
)
from compiler.problems import Problem, nearest
from compiler.record import record
from compiler.reference import Reference, references, whole
from compiler.scope import Scope, outputs, problem
from compiler.shell import translate
from compiler.spec import LATE, NOTICES, Spec, StepSpec
from compiler.texts import Texts
from compiler.variables import variable

_NUMBERS = ("number", "integer")
_OPTIONS = ("url", "channel", "from", "server", "port", "tls")


@record
class Actions:
    """Reads the actions of the steps of `spec`; what is wrong goes to the problems of `texts`."""

    spec: Spec
    texts: Texts

    @property
    def _document(self) -> Document:
        return self.spec.document

    def _report(self, code: str, message: str, path: Path, hint: str = "") -> None:
        self.texts.problems.append(Problem(code, message, self._document.at(path), hint))

    def action(self, step: StepSpec, scope: Scope) -> tuple[Action, list[Reference]]:
        path = step.at(step.kind)
        if step.kind == "run":
            return self._script(step.action, path, scope)
        if step.kind == "command":
            used = [
                reference
                for index, argument in enumerate(step.action)
                for reference in self.texts.checked(argument, (*path, index), scope)
            ]
            written = [
                self.texts.written(argument, (*path, index), scope)
                for index, argument in enumerate(step.action)
            ]
            return Command(tuple(written)), used
        if step.kind == "python":
            return self._inline(step.action, path), []
        if step.kind == "select":
            return self._select(step), []
        if step.kind == "register":
            return self._register(step, scope), []
        if step.kind == "approval":
            return self._approval(step, scope)
        if step.kind in NOTICES:
            return self._notice(step, scope)
        if step.kind == "pipeline":
            return calls.resolve(step, scope, self.texts)
        return self._resource(step, scope)

    def _approval(self, step: StepSpec, scope: Scope) -> tuple[Approval, list[Reference]]:
        body, path = step.action, step.at("approval", "message")
        used = self.texts.checked(body["message"], path, scope)
        approvers = tuple(body.get("approvers", ()))
        self.texts.plain(list(approvers), step.at("approval", "approvers"))
        return Approval(body["message"], approvers, go(body.get("timeout", ""))), used

    def _notice(self, step: StepSpec, scope: Scope) -> tuple[Notice, list[Reference]]:
        body, path = step.action, step.at(step.kind)
        text = body.get("text", "")
        used = self.texts.checked(text, (*path, "text"), scope)
        if step.kind == "webhook" and ("url" in body) == ("secret" in body):
            self._report("notice", "a webhook has a `url` or a `secret`", path, "write one of them")
        if step.kind == "webhook" and ("secret" in body) != ("key" in body):
            self._report("notice", "a secret has a name and a key", path, "`{secret: …, key: …}`")
        secret = (body["secret"], body.get("key", "")) if "secret" in body else None
        options = [(name, str(body[name])) for name in _OPTIONS if name in body]
        options += [("to", address) for address in body.get("to", ())]
        after = self._late(step) if step.path[1] == LATE else ""
        return Notice(step.kind, text, secret, tuple(options), after), used

    def _late(self, step: StepSpec) -> str:
        """Return when a run is late; report what no run lives to see."""
        path, limit = ("on", LATE, "after"), self.spec.timeout
        after = str(self._document.value(path))
        if limit and seconds(after) >= seconds(limit) and step.path[-1] == 0:
            self._report("notice", f"no run is late: it is ended after {limit}", path)
        return after

    def _resource(self, step: StepSpec, scope: Scope) -> tuple[Resource, list[Reference]]:
        body, path = step.action, step.at("resource")
        used = self._within(body["manifest"], (*path, "manifest"), scope)
        conditions = (body.get("success", ""), body.get("failure", ""))
        self.texts.plain({key: body.get(key) for key in ("success", "failure")}, path)
        return Resource(body.get("action", "create"), body["manifest"], *conditions), used

    def _within(self, data: Any, path: Path, scope: Scope) -> list[Reference]:
        """Return the references of every text of `data`."""
        if isinstance(data, str):
            return self.texts.checked(data, path, scope)
        if not isinstance(data, Mapping | list):
            return []
        parts = data.items() if isinstance(data, Mapping) else enumerate(data)
        for key in data if isinstance(data, Mapping) else ():
            if "{{" in key or any(references(key)):
                hint = "only values may hold references"
                self._report("braces", f"`{key}` cannot be a key", (*path, key), hint)
        return [used for key, value in parts for used in self._within(value, (*path, key), scope)]

    def _script(self, text: str, path: Path, scope: Scope) -> tuple[Script, list[Reference]]:
        translated = translate(text, variable)
        used = self.texts.named(text, path, scope)
        for item in translated.misplaced:
            width = item.reference.end - item.reference.start
            at = self._document.within(path, item.reference.start, width)
            message = f"{item.reference} {item.where} would not be expanded safely"
            self.texts.problems.append(Problem("misplaced-reference", message, at, item.remedy))
        return Script(translated.script), used

    def _inline(self, text: str, path: Path) -> Inline:
        for reference in references(text):
            width = reference.end - reference.start
            at = self._document.within(path, reference.start, width)
            name = reference.path.rpartition(".")[2]
            hint = f'write `{reference.namespace}["{name}"]`: these objects are there, typed'
            message = "references are not replaced in `python:`"
            self.texts.problems.append(Problem("reference-in-python", message, at, hint))
        return Inline(text)

    def _select(self, step: StepSpec) -> Select:
        body, path = step.action, step.at("select")
        source = self.spec.steps.get(body["from"])
        if source is None:
            self._report(
                "unknown-step",
                f"no step `{body['from']}`",
                (*path, "from"),
                nearest(body["from"], tuple(self.spec.steps)),
            )
        elif not source.fan.axes:
            hint = "give it a `matrix`" if source.fan.many else "refer to its outputs directly"
            message = f"step `{source.name}` has no matrix to select from"
            self._report("select", message, (*path, "from"), hint)
        else:
            numbers = [o.name for o in source.outputs.values() if o.type in _NUMBERS]
            if body["by"] not in numbers:
                self._report(
                    "select",
                    f"`{body['by']}` is no number that `{source.name}` puts out",
                    (*path, "by"),
                    nearest(body["by"], numbers),
                )
        return Select(body["from"], body["by"], body.get("mode", "max"))

    def _register(self, step: StepSpec, scope: Scope) -> Register:
        body, path = step.action, step.at("register")
        source, output = self._model(body["from"], (*path, "from"), scope)
        gates = self._gates(body.get("gates", ()), (*path, "gates"), source)
        return Register(body["model"], source, output, gates, body.get("alias", ""))

    def _model(self, text: str, path: Path, scope: Scope) -> tuple[str, str]:
        """Return the step and the artifact of it that `text` refers to; nothing if it is none."""
        reference = whole(text)
        if reference is None or reference.namespace != "steps":
            hint = 'write "${steps.STEP.outputs.NAME}"'
            self._report("register", "`from` is one artifact of one step", path, hint)
            return "", ""
        if refused := problem(scope, reference.dotted, 0, len(text), path):
            self.texts.problems.append(refused)
            return "", ""
        step, output = reference.output
        if self.spec.steps[step].fan.many:
            hint = f"choose one first: `best: {{select: {{from: {step}, by: …}}}}`"
            self._report("register", f"step `{step}` puts out many models", path, hint)
        elif scope.kind(reference.dotted) == "artifact":
            return step, output
        else:
            hint = "name an output that is a file or a folder"
            self._report("register", f"{reference} is a value, not a model", path, hint)
        return "", ""

    def _gates(self, texts: Sequence[str], path: Path, source: str) -> tuple[Expression, ...]:
        if not source:
            return ()
        known = outputs(self.spec, self.spec.steps[source])
        metrics = {name: output.type for name, output in known.items() if output.type in _NUMBERS}
        types = {**metrics, **{f"champion.{name}": kind for name, kind in metrics.items()}}
        found = [self.texts.gate(text, (*path, index), types) for index, text in enumerate(texts)]
        return tuple(gate for gate in found if gate)
