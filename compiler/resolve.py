"""Spec → Pipeline: defaults, profiles, references and matrix settled, all mistakes collected."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from compiler import hardware, matrix, parameters
from compiler.document import Path
from compiler.expression import Expression
from compiler.pipeline import (
    Action,
    CodeFile,
    Command,
    Hardware,
    Inline,
    Input,
    Output,
    Pipeline,
    Register,
    Retries,
    Schedule,
    Script,
    Select,
    Step,
)
from compiler.problems import Problem, nearest
from compiler.project import Environment, Project
from compiler.reference import Reference, references
from compiler.scope import Scope, outputs, problem
from compiler.shell import translate
from compiler.spec import Spec, StepSpec
from compiler.texts import Texts
from compiler.variables import variable

_MAX_BACKOFF = "30m"


@dataclass
class Resolver:
    """Resolves one spec for one environment; `problems` grows while it works."""

    spec: Spec
    project: Project
    environment: Environment
    problems: list[Problem] = field(default_factory=list)

    @property
    def texts(self) -> Texts:
        """What reads references and expressions, and reports into the same list."""
        return Texts(self.spec.document, self.problems)

    def pipeline(self, code: tuple[CodeFile, ...]) -> Pipeline:
        """Return the pipeline; it is sound only if no problem was found."""
        spec, document = self.spec, self.spec.document
        steps = [self._step(step, Scope(spec, step)) for step in spec.steps.values()]
        handlers = tuple(
            (event, tuple(self._step(step, Scope(spec, step, handler=True)) for step in members))
            for event, members in spec.handlers.items()
        )
        return Pipeline(
            name=spec.name,
            environment=self.environment.name,
            namespace=self.environment.namespace,
            project=self.project.name,
            owner=spec.owner,
            description=spec.description,
            params=tuple(parameters.resolve(spec, self.problems)),
            schedule=_schedule(spec.schedule),
            steps=tuple(steps),
            handlers=handlers,
            code=code,
            service_account=self.environment.service_account,
            tracking_uri=self.environment.mlflow_uri or "",
            at=document.key(("name",)),
        )

    def _step(self, step: StepSpec, scope: Scope) -> Step:
        inputs = tuple(self._inputs(step, scope))
        action, used = self._action(step, scope)
        env, in_env = self._env(step, scope)
        return Step(
            name=step.name,
            action=action,
            image=self._image(step),
            hardware=self._hardware(step),
            env=env,
            secrets=tuple((k, v["secret"], v["key"]) for k, v in step.secrets.items()),
            retries=self._retries(step),
            timeout=step.timeout or self._default("timeout") or "",
            needs=tuple(self._needs(step)),
            inputs=inputs,
            outputs=tuple(
                Output(o.name, o.path.rstrip("/"), o.type)
                for o in outputs(self.spec, step).values()
            ),
            axes=tuple((axis, matrix.kind(values)) for axis, values in step.matrix.items()),
            combinations=matrix.combinations(step.matrix),
            when=self.texts.expression(step.when, step.at("when"), scope.types(), scope),
            references=tuple(dict.fromkeys((*used, *in_env))),
            at=self.spec.document.key(step.path),
        )

    def _report(self, code: str, message: str, path: Path, hint: str = "") -> None:
        self.problems.append(Problem(code, message, self.spec.document.at(path), hint))

    def _default(self, name: str) -> Any:
        return self.spec.defaults.get(name, self.project.defaults.get(name))

    def _image(self, step: StepSpec) -> str:
        if step.kind in ("select", "register"):
            return step.image or self.project.image
        image = step.image or self._default("image") or ""
        if not image:
            hint = "set `image:` here, or under `defaults:` of the pipeline or the project"
            at = self.spec.document.key(step.path)
            self.problems.append(Problem("no-image", f"step `{step.name}` has no image", at, hint))
        return str(image)

    def _hardware(self, step: StepSpec) -> Hardware:
        wanted = step.hardware if step.hardware is not None else self._default("hardware")
        if isinstance(wanted, dict):
            return hardware.read(wanted)
        if wanted is None:
            return Hardware()
        found = self.project.profile(self.environment, wanted)
        if found is None:
            known = self.project.profiles(self.environment)
            path = step.at("hardware") if step.hardware else ("defaults", "hardware")
            self._report(
                "unknown-profile", f"no hardware profile `{wanted}`", path, nearest(wanted, known)
            )
        return found or Hardware()

    def _retries(self, step: StepSpec) -> Retries | None:
        wanted = step.retries if step.retries is not None else self._default("retries")
        body: Mapping[str, Any] = (
            {"limit": wanted} if isinstance(wanted, int) else wanted or {"limit": 0}
        )
        if not body["limit"]:
            return None
        return Retries(
            body["limit"], body.get("backoff", "30s"), body.get("maxBackoff", _MAX_BACKOFF)
        )

    def _needs(self, step: StepSpec) -> Iterator[str]:
        for index, name in enumerate(step.needs):
            if name in self.spec.steps and name != step.name:
                yield name
                continue
            hint = nearest(name, [known for known in self.spec.steps if known != step.name])
            what = "a step cannot need itself" if name == step.name else f"no step `{name}`"
            self._report("unknown-step", what, step.at("needs", index), hint)

    def _inputs(self, step: StepSpec, scope: Scope) -> Iterator[Input]:
        for name, text in step.inputs.items():
            path = step.at("inputs", name)
            found = list(references(text))
            if len(found) != 1 or str(found[0]) != text or found[0].namespace != "steps":
                hint = 'write "${steps.STEP.outputs.NAME}"; parameters need no input'
                self._report("bad-input", "an input is one output of one step", path, hint)
                continue
            if refused := problem(scope, found[0].dotted, 0, len(text), path):
                self.problems.append(refused)
                continue
            producer, output = found[0].output
            known = outputs(self.spec, self.spec.steps[producer])
            yield Input(name, producer, output, known[output].type)

    def _env(
        self, step: StepSpec, scope: Scope
    ) -> tuple[tuple[tuple[str, str], ...], list[Reference]]:
        pairs, used = [], list[Reference]()
        for path, mapping in (("defaults",), self._default_env()), (step.path, step.env):
            for name, value in mapping.items():
                text = matrix.text(value)
                pairs.append((name, text))
                used += self.texts.checked(text, (*path, "env", name), scope)
        return tuple(dict(pairs).items()), used

    def _default_env(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.spec.defaults.get("env", {})
        return found

    def _action(self, step: StepSpec, scope: Scope) -> tuple[Action, list[Reference]]:
        path = step.at(step.kind)
        if step.kind == "run":
            return self._script(step.action, path, scope)
        if step.kind == "command":
            used = [
                reference
                for index, argument in enumerate(step.action)
                for reference in self.texts.checked(argument, (*path, index), scope)
            ]
            return Command(tuple(step.action)), used
        if step.kind == "python":
            return self._inline(step.action, path), []
        if step.kind == "select":
            return self._select(step), []
        return self._register(step, scope), []

    def _script(self, text: str, path: Path, scope: Scope) -> tuple[Script, list[Reference]]:
        translated = translate(text, variable)
        used = self.texts.checked(text, path, scope) if "{{" not in text else []
        if "{{" in text:
            used = self.texts.checked(text.replace("{{", "{ {"), path, scope)
        for item in translated.misplaced:
            width = item.reference.end - item.reference.start
            at = self.spec.document.within(path, item.reference.start, width)
            message = f"{item.reference} {item.where} would not be expanded safely"
            self.problems.append(Problem("misplaced-reference", message, at, item.remedy))
        return Script(translated.script), used

    def _inline(self, text: str, path: Path) -> Inline:
        for reference in references(text):
            width = reference.end - reference.start
            at = self.spec.document.within(path, reference.start, width)
            name = reference.path.rpartition(".")[2]
            hint = f'write `{reference.namespace}["{name}"]`: these objects are there, typed'
            message = "references are not replaced in `python:`"
            self.problems.append(Problem("reference-in-python", message, at, hint))
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
        elif not source.matrix:
            self._report(
                "select",
                f"step `{source.name}` has no matrix to select from",
                (*path, "from"),
                "refer to its outputs directly",
            )
        else:
            numbers = [o.name for o in source.outputs.values() if o.type in ("number", "integer")]
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
        found = list(references(body["from"]))
        source, output = "", ""
        if len(found) != 1 or found[0].namespace != "steps" or str(found[0]) != body["from"]:
            self._report(
                "register",
                "`from` is one artifact of one step",
                (*path, "from"),
                'write "${steps.STEP.outputs.NAME}"',
            )
        elif refused := problem(scope, found[0].dotted, 0, len(body["from"]), (*path, "from")):
            self.problems.append(refused)
        elif scope.types()[found[0].dotted] != "artifact":
            self._report(
                "register",
                f"{found[0]} is a value, not a model",
                (*path, "from"),
                "name an output that is a file or a folder",
            )
        else:
            source, output = found[0].output
        gates = self._gates(body.get("gates", ()), (*path, "gates"), source, scope)
        return Register(body["model"], source, output, gates, body.get("alias", ""))

    def _gates(
        self, texts: tuple[str, ...], path: Path, source: str, scope: Scope
    ) -> tuple[Expression, ...]:
        if not source:
            return ()
        prefix = f"steps.{source}.outputs."
        metrics = {
            name.removeprefix(prefix): kind
            for name, kind in scope.types().items()
            if name.startswith(prefix) and kind in ("number", "integer")
        }
        types = {**metrics, **{f"champion.{name}": kind for name, kind in metrics.items()}}
        found = [self.texts.expression(t, (*path, i), types, None) for i, t in enumerate(texts)]
        return tuple(gate for gate in found if gate)


def _schedule(body: Any) -> Schedule | None:
    if body is None:
        return None
    body = {"cron": body} if isinstance(body, str) else body
    crons = [body["cron"]] if isinstance(body["cron"], str) else body["cron"]
    timezone, policy = body.get("timezone", "Etc/UTC"), body.get("concurrency", "forbid")
    return Schedule(tuple(crons), timezone, policy.capitalize())
