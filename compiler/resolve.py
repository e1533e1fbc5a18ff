"""Spec → Pipeline: defaults, profiles, references and matrix settled, all mistakes collected."""

from collections.abc import Iterator

from compiler import (
    calls,
    digests,
    fans,
    hardware,
    kept,
    matrix,
    notices,
    parameters,
    profiles,
    resolve_schedules,
    resolve_terms,
    uses,
)
from compiler.actions import Actions
from compiler.document import Path
from compiler.duration import go, seconds
from compiler.expansion import used_by
from compiler.hardware import Hardware
from compiler.kept import Checkpoint
from compiler.layers import Layers
from compiler.pipeline import (
    CodeFile,
    Fan,
    Input,
    Output,
    Pipeline,
    Retries,
    Step,
)
from compiler.problems import Location, Problem, nearest
from compiler.project import Environment, Project
from compiler.record import field, record, replace
from compiler.reference import Reference, whole
from compiler.scope import Scope, outputs, problem
from compiler.spec import NOTICES, InputSpec, Spec, StepSpec
from compiler.texts import Texts

_A = {"artifact": "a file", "list": "a list"}


@record
class Resolver:
    """Resolves one spec for one environment; `problems` grows while it works."""

    spec: Spec
    project: Project
    environment: Environment
    problems: list[Problem] = field(default_factory=list)

    @property
    def layers(self) -> Layers:
        """What knows who gives the fields that a step leaves to others."""
        return Layers(self.spec, self.project, self.environment)

    @property
    def texts(self) -> Texts:
        """What reads references and expressions, and reports into the same list."""
        return Texts(self.spec.document, self.problems)

    def pipeline(self, code: tuple[CodeFile, ...]) -> Pipeline:
        """Return the pipeline; it is sound only if no problem was found."""
        spec, document = self.spec, self.spec.document
        steps = [self.step(step, Scope(spec, step)) for step in spec.steps.values()]
        handlers = tuple(
            (event, tuple(self.step(step, Scope(spec, step, handler=True)) for step in members))
            for event, members in spec.handlers.items()
        )
        return Pipeline(
            name=spec.name,
            environment=self.environment.name,
            namespace=self.environment.namespace,
            project=self.project.name,
            params=tuple(parameters.resolve(spec, self.problems)),
            schedules=resolve_schedules.resolve(spec, self.problems),
            timeout=seconds(spec.timeout),
            parallelism=spec.parallelism,
            steps=digests.added(steps, self._undigested),
            handlers=handlers,
            outputs=tuple(calls.outputs(spec, self.texts)) if steps else (),
            code=code,
            terms=resolve_terms.resolve(self.layers, self.problems),
            tracking_uri=self.environment.mlflow_uri or "",
            at=document.key(("name",)),
        )

    def step(self, step: StepSpec, scope: Scope) -> Step:
        """Return the step; what is wrong in the file of its component names who uses it."""
        known = len(self.problems)
        resolved = self._step(step, scope)
        if step.component:
            theirs, ours = step.component.document.source, self.spec.document.source
            files = theirs.templates.keys() - ours.templates.keys()
            user = used_by(self.spec.document, step.path)
            self.problems[known:] = [
                replace(p, related=(*p.related, user)) if p.at.file in files else p
                for p in self.problems[known:]
            ]
        return resolved

    def _fan(self, step: StepSpec, scope: Scope) -> Fan:
        fan, most = fans.resolve(step, scope, self.texts), self.project.combinations
        if len(fan.combinations) > most:
            message = f"the matrix has {len(fan.combinations)} combinations; at most {most}"
            hint = "drop an axis, split the step, or raise `limits: {matrix: …}` in argosy.yaml"
            at = self.spec.document.key(step.path)
            self.problems.append(Problem("large-matrix", message, at, hint))
        return fan

    def _checkpoint(self, step: StepSpec) -> Checkpoint | None:
        return kept.checkpoint(step.checkpoint, self.spec.document.key(step.at("checkpoint")))

    def _undigested(self, step: Step, entry: Input, source: Step) -> None:
        message = f"nothing says whether the file of `{source.name}` has changed"
        hint = f"write `{source.name}` as `run:` or `python:`, or do not cache `{step.name}`"
        self._report("bad-cache", message, ("steps", step.name, "inputs", entry.name), hint)

    def _step(self, step: StepSpec, scope: Scope) -> Step:
        inputs = tuple(self._inputs(step, scope))
        self.texts.plain(step.pod, step.at("pod"))
        action, used = Actions(self.spec, self.texts).action(step, scope)
        env, in_env = self._env(step, scope)
        arguments, given = uses.resolve(step, scope, self.texts)
        return Step(
            name=step.name,
            action=action,
            image=self._image(step),
            hardware=self._hardware(step),
            env=env,
            secrets=tuple((k, v["secret"], v["key"]) for k, v in step.secrets.items()),
            retries=self._retries(step),
            timeout=self._timeout(step),
            needs=tuple(self._needs(step)),
            inputs=inputs,
            outputs=tuple(
                Output(o.name, o.path.rstrip("/"), o.type)
                for o in outputs(self.spec, step).values()
            ),
            fan=self._fan(step, scope),
            when=self.texts.condition(step.when, step.at("when"), scope),
            references=tuple(dict.fromkeys((*used, *in_env, *given))),
            tolerated=step.tolerated or step.kind in NOTICES,
            cache=kept.cache(step.cache, self.spec.document.key(step.at("cache"))),
            checkpoint=self._checkpoint(step),
            parallelism=step.parallelism,
            pod=step.pod,
            arguments=arguments,
            at=self.spec.document.key(step.path),
        )

    def _report(self, code: str, message: str, path: Path, hint: str = "") -> None:
        self.problems.append(Problem(code, message, self.spec.document.at(path), hint))

    def _image(self, step: StepSpec) -> str:
        image = self.layers.image(step).value
        if image is None:
            hint = "set `image:` here, or under `defaults:` of the pipeline or the project"
            at = self.spec.document.key(step.path)
            self.problems.append(Problem("no-image", f"step `{step.name}` has no image", at, hint))
        return str(image or "")

    def _hardware(self, step: StepSpec) -> Hardware:
        if step.kind in NOTICES:
            return notices.HARDWARE
        given = self.layers.hardware(step)
        at = given.at or self.spec.document.key(step.path)
        if isinstance(given.value, str):
            self.problems.append(self._unknown_profile(given.value, at))
            return Hardware()
        body = given.value or {}
        if "extends" in body:
            self.problems.append(self._unknown_profile(body["extends"], given.part("extends").at))
            return Hardware()
        if given.document is self.spec.document:
            nodes = self.project.nodes
            faults = profiles.faults(self.spec.document, given.path, body, nodes)
            self.problems.extend(faults)
            if faults:
                return Hardware()
        named = self.layers.field(step, "hardware").at
        return replace(hardware.read(body), at=named or self.spec.document.key(step.path))

    def _unknown_profile(self, name: str, at: Location | None) -> Problem:
        known = self.project.profiles(self.environment)
        others = [
            other.name
            for other in self.project.environments.values()
            if name in self.project.profiles(other)
        ]
        message, hint = f"no hardware profile `{name}`", nearest(name, known)
        if others:
            message += f" in environment `{self.environment.name}`"
            hint = (
                f"{', '.join(others)} has it: bind it under "
                f"`environments: {{{self.environment.name}: {{hardware: …}}}}` too"
            )
        return Problem("unknown-profile", message, at or self.spec.document.at(()), hint)

    def _timeout(self, step: StepSpec) -> str:
        """Return how long an attempt may take; a watch for the late is there until the end."""
        found = self.layers.field(step, "timeout").value or ""
        return "" if step.kind in NOTICES else go(found)

    def _retries(self, step: StepSpec) -> Retries | None:
        if step.kind in NOTICES:
            return None  # it insists by itself
        found = {key: given.value for key, given in self.layers.retries(step).items()}
        if not found:
            return None
        on = tuple(found.get("on", ()))
        return Retries(found["limit"], go(found["backoff"]), go(found["maxBackoff"]), on)

    def _needs(self, step: StepSpec) -> Iterator[str]:
        for index, name in enumerate(step.needs):
            if name in self.spec.steps and name != step.name:
                yield name
                continue
            hint = nearest(name, [known for known in self.spec.steps if known != step.name])
            what = "a step cannot need itself" if name == step.name else f"no step `{name}`"
            self._report("unknown-step", what, step.at("needs", index), hint)

    def _inputs(self, step: StepSpec, scope: Scope) -> Iterator[Input]:
        for name, entry in step.inputs.items():
            reference = whole(entry.source)
            if reference is None or reference.namespace != "steps":
                hint = 'write "${steps.STEP.outputs.NAME}"; parameters need no input'
                self._report("bad-input", "an input is one output of one step", entry.at, hint)
            elif refused := problem(scope, reference.dotted, 0, reference.end, entry.at):
                self.problems.append(refused)
            elif (message := self._scattered(reference)) and scope.kind(
                reference.dotted
            ) == "artifact":
                self._report("bad-input", message, entry.at, "list the items in the spec")
            else:
                declared = step.component and step.component.inputs.get(name)
                kind = declared.type if declared else scope.kind(reference.dotted) or ""
                default = self._stand_in(entry, kind)
                yield Input(name, *reference.output, kind, default)

    def _scattered(self, reference: Reference) -> str:
        step, _ = reference.output
        known = not isinstance(self.spec.steps[step].fan.items, str)
        return "" if known else f"the files of `{step}` are as many as its items at run time"

    def _stand_in(self, entry: InputSpec, kind: str) -> str | None:
        """Return the text of an input's default; report one that the input cannot have."""
        if entry.default is None:
            return None
        if kind in ("artifact", "list"):
            hint = "only a single value can have one; use `when` in the step that reads it"
            at = (*entry.at[:-1], "default")
            self._report("bad-input", f"the default of {_A[kind]} cannot be given", at, hint)
        elif message := parameters.mistyped(kind, entry.default):
            self._report("bad-input", message, (*entry.at[:-1], "default"))
        elif changed := parameters.altered(entry.default):
            self._report("bad-input", changed[0], (*entry.at[:-1], "default"), changed[1])
        return matrix.text(entry.default)

    def _env(
        self, step: StepSpec, scope: Scope
    ) -> tuple[tuple[tuple[str, str], ...], list[Reference]]:
        pairs, used = [], list[Reference]()
        for name, given in self.layers.env(step).items():
            text = matrix.text(given.value)
            used += self.texts.checked(text, given.path, scope)
            pairs.append((name, self.texts.written(text, given.path, scope)))
        return tuple(pairs), used
