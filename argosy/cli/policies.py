"""Policies of a project, put to the pipelines of an environment."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from compiler.policy.builtin import builtins
from compiler.policy.facts import Facts, facts
from compiler.policy.finding import Finding
from compiler.policy.judgement import Bench, Judgement
from compiler.policy.settings import Policies, Setting, resolve
from compiler.policy.view import View
from compiler.policy.written import EvaluationFailure, read_policies
from compiler.problems import Location, Problem, Rejected
from compiler.record import record, replace
from compiler.render import Compiled, compile_pipeline
from compiler.tree import RenderedTree

if TYPE_CHECKING:
    from argosy.cache.rendering import Fresh, Rendering
    from compiler.project import Environment, Project
    from gitops.pin import Pins

_FILE = "facts.json"
_SHORT = 10


@record
class Court:
    """The policies of a project, and how strict each is in an environment."""

    project: "Project"
    environment: "Environment"
    policies: Policies
    settings: Mapping[str, Setting]

    @property
    def asked(self) -> int:
        """How many of the policies are not off."""
        return sum(setting.level != "off" for setting in self.settings.values())

    def views(
        self,
        names: Sequence[str] = (),
        pins: "Pins | None" = None,
        fresh: "Mapping[str, Fresh] | None" = None,
    ) -> list[View]:
        """Return what policies see of the named pipelines (default: all that are not broken).

        Those of `fresh` are compiled already.
        """
        tariff, now = self.project.tariff(self.environment), datetime.now(UTC)
        found = _facts(self.project, self.environment, names, pins, fresh or {})
        return [View(each, tariff, now) for each in found]

    def judge(
        self,
        names: Sequence[str] = (),
        pins: "Pins | None" = None,
        fresh: "Mapping[str, Fresh] | None" = None,
    ) -> Judgement:
        """Return what the policies find in the named pipelines, as they are pinned."""
        now, views = datetime.now(UTC), self.views(names, pins, fresh)
        bench = Bench(self.environment, self.policies, self.settings, _Evaluation(), now)
        found = bench.judge(views, self.project.document)
        return _mendable(found, pins) if pins and pins.revisions() else found


def court(project: "Project", environment: "Environment") -> Court:
    """Return the policies for `environment`; raise `Rejected` with all that is wrong with them."""
    own: dict[str, Any] = dict(builtins())
    written, problems = read_policies(project.root, tuple(own))
    policies = {**own, **{policy.name: policy for policy in written}}
    settings, more = resolve(project.document, environment.name, policies)
    if problems or more:
        raise Rejected([*problems, *more])
    return Court(project, environment, policies, settings)


def check(project: "Project", environments: Sequence[str]) -> tuple[Problem, ...]:
    """Return what is wrong with policies and their settings in any of the environments."""
    found: dict[Problem, None] = {}
    for name in environments:
        try:
            court(project, project.environments[name])
        except Rejected as rejected:
            found |= dict.fromkeys(rejected.problems)
    return tuple(found)


def _facts(
    project: "Project",
    environment: "Environment",
    names: Sequence[str],
    pins: "Pins | None",
    fresh: "Mapping[str, Fresh]",
) -> list[Facts]:
    wanted = [name for name in names or project.pipelines if not (pins and pins.of(name))]
    found = list(_here(project, environment.name, wanted, fresh))
    for revision in pins.revisions() if pins else ():
        found += _then(project, environment.name, pins, revision, names)
    return sorted(found, key=lambda each: str(each["pipeline"]["name"]))


def _here(
    project: "Project", environment: str, names: Sequence[str], fresh: "Mapping[str, Fresh]"
) -> Iterator[Facts]:
    from argosy.cache.rendering import rendering

    # the name picks a shelf of its own
    with rendering(project, f"{environment}/policy") as found:
        found.make = partial(_made, project, environment)
        for name in names:
            tree = _of(found, name, fresh.get(name))
            if tree is not None:
                yield json.loads(tree.files[f"{name}/{_FILE}"])


def _of(found: "Rendering", name: str, known: "Fresh | None") -> RenderedTree | None:
    """Return the facts of a pipeline as a file; None if it is rejected, as its render will say."""
    if known:
        tree = _written(known.compiled)
        found.adopt(name, tree, known.inputs)
        return tree
    try:
        return found.tree([name])
    except Rejected:
        return None


def _made(project: "Project", environment: str, name: str) -> RenderedTree:
    return _written(compile_pipeline(project, name, environment))


def _written(compiled: Compiled) -> RenderedTree:
    content = json.dumps(facts(compiled), ensure_ascii=False)
    return RenderedTree({f"{compiled.pipeline.name}/{_FILE}": content.encode()})


def _then(
    project: "Project", environment: str, pins: "Pins | None", revision: str, names: Sequence[str]
) -> Iterator[Facts]:
    """Yield the facts of what is pinned to `revision`, as it was there."""
    from argosy.cli import revisions

    if pins is None:
        return
    with revisions.pinned(project, revision, pins) as then:
        known = then.pipelines if environment in then.environments else ()
        asked = [name for name in known if not names or name in names]
        for name in (name for name in asked if pins.of(name) == revision):
            with suppress(Rejected):
                yield _dated(facts(compile_pipeline(then, name, environment)), revision)


def _dated(found: dict[str, Any], revision: str) -> Facts:
    """Name the files of a pinned revision as git does: those that lie here say something else."""
    prefix = f"{revision[:_SHORT]}:"
    places = {key: [prefix + file, *rest] for key, (file, *rest) in found["places"].items()}
    return {**found, "places": places}


def _mendable(found: Judgement, pins: "Pins") -> Judgement:
    """Return a judgement with places in files of now: what is pinned is told at its pin."""
    places = {sha[:_SHORT]: pins.at(*path) for sha, path in pins.revisions().items()}

    def told(at: Location, message: str) -> tuple[Location, str]:
        pin = places.get(at.file.partition(":")[0])
        return (pin, f"{message} ({at})") if pin else (at, message)

    findings, notices = list[Finding](), list[Problem]()
    for finding in found.findings:
        location, message = told(finding.location, finding.message)
        findings.append(replace(finding, location=location, message=message))
    for notice in found.notices:
        at, message = told(notice.at, notice.message)
        notices.append(replace(notice, at=at, message=message))
    return Judgement(tuple(findings), tuple(notices))


class _Evaluation:
    """Evaluates expressions; one that was found to be without end is not tried again."""

    def __init__(self) -> None:
        self._endless: dict[str, str] = {}

    def __call__(self, text: str, names: Mapping[str, Any]) -> Any:
        from argosy.engine.language.errors import EvaluationError, RefusedError
        from argosy.engine.language.expression import evaluate_over

        if text in self._endless:
            raise EvaluationFailure(self._endless[text])
        try:
            return evaluate_over(text, names)
        except EvaluationFailure:
            raise
        except EvaluationError as error:
            said = str(error).split("\n", 1)[0]
            if isinstance(error, RefusedError):
                self._endless[text] = said
            raise EvaluationFailure(said) from None
        except (RecursionError, MemoryError, OverflowError, ValueError, TypeError) as error:
            raise EvaluationFailure(f"it cannot be computed ({type(error).__name__})") from None
