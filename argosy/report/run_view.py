"""A stored run as what its report tells: plain data, bounded, alike for the page and for JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from argosy.engine.nodes import BAD, Node
from argosy.report import excerpt, run_artifacts, run_graph, run_metrics
from argosy.report.excerpt import Excerpt, clean, cut
from argosy.report.run_artifacts import Artifact, Budget
from argosy.report.run_graph import Graph
from argosy.report.run_hardware import Asked, Costs, Meter, Used, asked, used
from argosy.report.run_metrics import Chart
from argosy.report.run_source import StoredRun, Tracking, documents
from argosy.report.run_timeline import Clock
from argosy.report.run_tree import Template, Unit, grow, templates
from argosy.report.run_words import reason
from compiler.convention import RESERVED
from compiler.record import record, replace

ENDED = ("Succeeded", "Failed", "Error")
_VALUE, _VALUES = 2000, 50
_LOG, _FAILED_LOG, _LOGS = 8 * 1024, 32 * 1024, 600 * 1024


@record
class Attempt:
    """One try of a step; times in seconds since the epoch."""

    phase: str
    reason: str
    started: float | None
    finished: float | None
    exit_code: int | None
    used: Used | None


@record
class Step:
    """A step as the report tells of it.

    `ready` is when all that it waits for had ended, `waited` the seconds from then to its start;
    `critical` steps are those that the length of the run hangs on.
    """

    name: str
    label: str
    kind: str
    template: str
    phase: str
    reason: str
    ready: float | None
    started: float | None
    finished: float | None
    waited: float | None
    exit_code: int | None
    cached: bool
    critical: bool
    attempts: tuple[Attempt, ...]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    artifacts: tuple[Artifact, ...]
    asked: Asked
    used: Used | None
    cost: float | None
    log: Excerpt | None

    @property
    def took(self) -> float | None:
        """Return the seconds from its first start to its end."""
        if self.started is None or self.finished is None:
            return None
        return max(self.finished - self.started, 0.0)


@record
class Model:
    """A version that the run registered, and where it came from."""

    model: str
    version: int
    aliases: tuple[str, ...]
    metrics: Mapping[str, float]
    params: Mapping[str, str]
    data: Mapping[str, str]
    lineage: Mapping[str, str]


@record
class RunView:
    """All that a report tells; `told` is when it was told, in seconds since the epoch."""

    name: str
    uid: str
    workflow: str
    phase: str
    message: str
    started: float
    finished: float | None
    told: float
    source: str
    environment: str
    runtime: str
    host: str
    tool: str
    parameters: Mapping[str, str]
    steps: tuple[Step, ...]
    graph: Graph
    charts: tuple[Chart, ...]
    models: tuple[Model, ...]
    costs: Costs | None
    notes: tuple[str, ...]

    @property
    def live(self) -> bool:
        """Whether the run goes on."""
        return self.phase in ("Running", "Pending")

    @property
    def took(self) -> float:
        """Return the seconds that the run took, or takes so far."""
        return max((self.finished or self.told) - self.started, 0.0)


def view(stored: StoredRun, tracking: Tracking, at: float) -> RunView:
    """Return what there is to tell of a run `at` a time."""
    stored = replace(stored, nodes=tuple(_own(node, stored.started) for node in stored.nodes))
    about = stored.description
    objects = documents(about.manifests)
    known = templates(objects)
    live = stored.phase in ("Running", "Pending")
    roots = grow(stored.nodes, known, live=live)
    meter = Meter(about.prices)
    steps = tuple(_Teller(stored, roots, known, meter).steps())
    outputs = ((s.label, name, value) for s in steps for name, value in s.outputs.items())
    charts = run_metrics.charts(outputs, tracking.histories)
    return RunView(
        name=_short(about.name),
        uid=_short(about.uid),
        workflow=_short(about.workflow),
        phase=stored.phase,
        message=_short(stored.message),
        started=stored.started,
        finished=stored.finished,
        told=at,
        source=_short(about.source),
        environment=_short(about.environment),
        runtime=_short(str(about.options.get("runtime", "process"))),
        host=_short(about.host),
        tool=_short(about.version),
        parameters=_values(_given(objects, about.parameters)),
        steps=steps,
        graph=run_graph.draw(roots, about.name),
        charts=tuple(charts),
        models=tuple(Model(**found) for found in tracking.models),
        costs=meter.costs((step.cost for step in steps), _workflow(objects)),
        notes=tracking.notes,
    )


def _own(node: Node, started: float) -> Node:
    """Leave out when a node ran, and what it used, if that was in an earlier run."""
    if node.finished is None or node.finished > started:
        return node
    return replace(node, started=None, finished=None, usage=None)


class _Teller:
    """Tells the steps of one run within one budget."""

    def __init__(
        self, stored: StoredRun, roots: Sequence[Unit], known: Mapping[str, Template], meter: Meter
    ) -> None:
        self._stored, self._roots, self._known, self._meter = stored, roots, known, meter
        self._clock, self._files, self._logs = Clock(roots), Budget(), _LOGS
        self._critical = {unit.name for unit in self._clock.critical()}

    def steps(self) -> Iterator[Step]:
        """Yield the steps in the order of the graph, handlers last."""
        for root in self._roots:
            for unit in root.steps():
                yield self._step(unit)

    def _step(self, unit: Unit) -> Step:
        node = unit.node or Node(unit.name, unit.template, "Pod")
        attempts = unit.attempts or [node]
        last, ready = attempts[-1], self._clock.ready(unit)
        template = self._known.get(node.template, {})
        ready = self._stored.started if ready is None and unit.parent else ready
        return Step(
            name=node.name,
            label=_short(node.within(self._stored.description.name)),
            kind=node.type,
            template=_short(node.template),
            phase=node.phase,
            reason=_short(reason(_worst(node, last))),
            ready=ready,
            started=node.started,
            finished=node.finished,
            waited=None if None in (node.started, ready) else max(node.started - ready, 0.0),  # type: ignore[operator]
            exit_code=last.exit_code,
            cached=node.cached,
            critical=unit.name in self._critical,
            attempts=tuple(_attempt(one) for one in attempts if one.type != "Skipped"),
            inputs=_values(last.inputs or node.inputs),
            outputs=_values(node.parameters),
            artifacts=tuple(self._artifacts(last.artifacts or node.artifacts)),
            asked=asked(template),
            used=used(attempts),
            cost=self._meter.cost(attempts, template),
            log=self._log(last),
        )

    def _artifacts(self, found: Mapping[str, Path]) -> Iterator[Artifact]:
        for name, path in found.items():
            yield run_artifacts.describe(_short(name), path, self._stored.folder, self._files)

    def _log(self, node: Node) -> Excerpt | None:
        limit = min(_FAILED_LOG if node.phase in BAD else _LOG, self._logs)
        if node.log is None or limit <= 0:
            return None
        try:
            found = excerpt.log(node.log, limit)
        except OSError:
            return None
        self._logs -= min(found.size, limit)
        return found


def _worst(node: Node, last: Node) -> Node:
    """Return which of a step and its last attempt says more about the end."""
    return last if last.phase in BAD and node.phase in BAD else node


def _attempt(node: Node) -> Attempt:
    measured = used([node])
    why = _short(reason(node))
    return Attempt(node.phase, why, node.started, node.finished, node.exit_code, measured)


def _short(text: str) -> str:
    return clean(cut(text, _VALUE))


def _values(found: Mapping[str, str]) -> dict[str, str]:
    return {_short(name): _short(str(value)) for name, value in list(found.items())[:_VALUES]}


def _given(objects: Sequence[Mapping[str, Any]], given: Mapping[str, str]) -> Mapping[str, str]:
    """Return the parameters of a run: those it was given, and its defaults."""
    declared = _workflow(objects).get("spec", {}).get("arguments") or {}
    known = declared.get("parameters") or ()
    defaults = {str(one["name"]): one["value"] for one in known if "name" in one and "value" in one}
    return {k: v for k, v in {**defaults, **given}.items() if k != RESERVED}


def _workflow(objects: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the object that ran, as an estimate takes it: with its spec at the top."""
    for found in objects:
        spec = found.get("spec")
        if isinstance(spec, Mapping) and "entrypoint" in spec.get("workflowSpec", spec):
            return {"spec": spec.get("workflowSpec", spec)}
    return {}
