"""Pipeline: the intermediate form. Names, defaults, edges and hardware are final; every node
knows its place (`at`), which does not take part in equality."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from compiler.expression import Expression
from compiler.hardware import Hardware
from compiler.kept import Cache, Checkpoint
from compiler.problems import Location
from compiler.record import field, record
from compiler.reference import Reference
from compiler.schedules import Schedule
from compiler.terms import Terms


@record
class Parameter:
    """A run-time parameter; `default` is its text, None when a run must supply it.

    `limits` are its type, and its min, max and pattern where it has them.
    """

    name: str
    type: str
    default: str | None
    description: str
    enum: tuple[str, ...]
    limits: tuple[tuple[str, str | int | float], ...]
    at: Location = field(compare=False)


@record
class Retries:
    """`limit` further attempts, the first after `backoff`, then doubled; none later than
    `max_backoff` after the first attempt (Argo's `backoff.maxDuration`).

    `on` are the ends of an attempt after which there is another: `failure`, `error`, `spot`,
    `oom` and exit codes; none is any.
    """

    limit: int
    backoff: str
    max_backoff: str
    on: tuple[str | int, ...] = ()


@record
class Input:
    """An input that comes from an output of another step, `type` as declared there.

    That of a step which runs many times is a `list`, or a folder with an entry for each;
    `default` stands in for the value of a step that was skipped.
    """

    name: str
    step: str
    output: str
    type: str
    default: str | None = None
    at: Location | None = field(default=None, compare=False)


@record
class Output:
    """A file or folder (`artifact`), or a small value in a file, at a path of the work folder."""

    name: str
    path: str
    type: str

    @property
    def artifact(self) -> bool:
        """Whether the file itself is the output, rather than a value in it."""
        return self.type == "artifact"


@record
class Script:
    """A shell script whose references are variables already."""

    text: str


@record
class Command:
    """An argv; each argument may hold references."""

    arguments: tuple[str, ...]


@record
class Inline:
    """A Python script that finds `params`, `inputs`, `matrix` and `run` ready."""

    text: str


@record
class Select:
    """Choose the combination of step `source` whose `by` is best."""

    source: str
    by: str
    mode: str


@record
class Register:
    """Register artifact `output` of step `source` as a version of `model`, if all gates pass."""

    model: str
    source: str
    output: str
    gates: tuple[Expression, ...]
    alias: str


@record
class Approval:
    """Wait until a person resumes the run; `timeout` ends the wait, and the step has failed."""

    message: str
    approvers: tuple[str, ...]
    timeout: str


@record
class Resource:
    """A Kubernetes object, as JSON data whose texts may hold references.

    The step waits until the condition `success` or `failure` holds of the object.
    """

    action: str
    manifest: Mapping[str, Any]
    success: str
    failure: str


@record
class Call:
    """Run another pipeline with `arguments` for its parameters, which may hold references."""

    pipeline: "Pipeline"
    arguments: tuple[tuple[str, str], ...]


@record
class Notice:
    """Tell somebody about the run, by slack, webhook or email (`kind`), with `text` or the facts.

    `secret` is the name of a Secret and the key of an address in it; without a key it holds a
    username and a password. `options` are those of `argosy step notify`. `after` makes it a watch
    that tells of a run which has not ended by then.
    """

    kind: str
    text: str
    secret: tuple[str, str] | None
    options: tuple[tuple[str, str], ...]
    after: str


Action = Script | Command | Inline | Select | Register | Approval | Resource | Call | Notice
Combination = tuple[tuple[str, str], ...]


@record
class Fan:
    """How a step multiplies: once for each of `combinations`, or for each item of a list.

    `axes` are names with their types, seen under `namespace`; the list is that which `source`
    refers to when the pipeline runs.
    """

    namespace: str
    axes: tuple[tuple[str, str], ...]
    combinations: tuple[Combination, ...]
    source: Reference | None

    @property
    def many(self) -> bool:
        """Whether the step's outputs are lists."""
        return bool(self.axes)


@record
class Argument:
    """A value of a step's own: `space` and `name` as its program knows it; may hold references."""

    space: str
    name: str
    type: str
    text: str


@record
class Step:
    """One step, everything resolved; `references` are those of its script, command and env.

    The pipeline goes on without it when it fails if it is `tolerated`. The program of a step with
    `arguments` sees these instead of the pipeline's parameters, and no matrix.
    """

    name: str
    action: Action
    image: str
    hardware: Hardware
    env: tuple[tuple[str, str], ...]
    secrets: tuple[tuple[str, str, str], ...]
    retries: Retries | None
    timeout: str
    needs: tuple[str, ...]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    fan: Fan
    when: Expression | None
    references: tuple[Reference, ...]
    tolerated: bool
    cache: Cache | None
    checkpoint: Checkpoint | None
    parallelism: int
    pod: Mapping[str, Any]
    arguments: tuple[Argument, ...] | None
    at: Location = field(compare=False)

    def output(self, name: str) -> Output | None:
        """Return the output called `name`, if there is one."""
        return next((output for output in self.outputs if output.name == name), None)

    def input(self, name: str) -> Input | None:
        """Return the input called `name`, if there is one."""
        return next((entry for entry in self.inputs if entry.name == name), None)


@record
class CodeFile:
    """A file that travels with the pipeline; `origin` is its path in the project."""

    path: str
    content: bytes
    executable: bool
    origin: str = field(default="", compare=False)


@record
class Pipeline:
    """One pipeline in one environment, ready to be written as Argo objects.

    A run may take `timeout` seconds and have `parallelism` pods at once; 0 is no limit. Its
    `outputs` are what a last step would read.
    """

    name: str
    environment: str
    namespace: str
    project: str
    params: tuple[Parameter, ...]
    schedules: tuple[Schedule, ...]
    timeout: int
    parallelism: int
    steps: tuple[Step, ...]
    handlers: tuple[tuple[str, tuple[Step, ...]], ...]
    outputs: tuple[Input, ...]
    code: tuple[CodeFile, ...]
    terms: Terms
    tracking_uri: str
    at: Location = field(compare=False)

    @property
    def members(self) -> tuple[Step, ...]:
        """Every step, then every handler."""
        return (*self.steps, *(step for _, steps in self.handlers for step in steps))

    @cached_property
    def _by_name(self) -> Mapping[str, Step]:
        return {step.name: step for step in self.steps}

    def step(self, name: str) -> Step:
        """Return the step called `name`; raise `KeyError` when there is none."""
        return self._by_name[name]
