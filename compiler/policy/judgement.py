"""Facts and policies → findings, and which of them are suppressed until when."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from compiler.document import Document
from compiler.policy.builtin import Builtin
from compiler.policy.facts import Facts, place
from compiler.policy.finding import Finding, Suppression
from compiler.policy.settings import Policies, Setting
from compiler.policy.view import View, Violation
from compiler.policy.written import Evaluate, EvaluationFailure, Written
from compiler.policy.written import at as asserted
from compiler.problems import Location, Problem, nearest
from compiler.project import Environment
from compiler.record import record, replace

# a finding that begins so is of the policy itself, and nobody can suppress it
_UNANSWERED = "it has no answer: "


@record
class Judgement:
    """Findings of an environment, those that are suppressed too, and what is to be noticed."""

    findings: tuple[Finding, ...]
    notices: tuple[Problem, ...]

    @property
    def refused(self) -> tuple[Finding, ...]:
        """The findings that stand against a publish."""
        return tuple(f for f in self.findings if f.counts and f.level == "refuse")


@record
class Bench:
    """What findings of an environment are made by: its policies, their settings, the moment."""

    environment: Environment
    policies: Policies
    settings: Mapping[str, Setting]
    evaluate: Evaluate
    now: datetime

    def judge(self, views: Sequence[View], project: Document) -> Judgement:
        """Return all findings of the pipelines, each with the suppression that holds for it."""
        found = [view.facts for view in views]
        known = [*_of_project(project), *(each for facts in found for each in _of_pipeline(facts))]
        findings = [finding for view in views for finding in self._findings(view)]
        today = self.now.date()
        valid = [each for each in known if _last(each) >= today]
        judged = [_with(finding, valid) for finding in findings]
        names = tuple(facts["pipeline"]["name"] for facts in found)
        notices = _notices(known, judged, findings, today, self.policies, names)
        return Judgement(tuple(sorted(judged, key=_order)), tuple(notices))

    def _findings(self, view: View) -> Iterator[Finding]:
        for name, policy in self.policies.items():
            setting = self.settings[name]
            if setting.level == "off":
                continue
            try:
                for each in dict.fromkeys(self._violations(policy, view, setting.values)):
                    at = place(view.facts, each.step, each.field)
                    yield self._finding(view, name, each, at)
            except EvaluationFailure as failure:
                text = f"{_UNANSWERED}{failure}"
                hint = "mend the policy; until then it counts as broken"
                at = asserted(policy) if isinstance(policy, Written) else Location("argosy.yaml")
                yield self._finding(view, name, Violation(text, "", "", hint), at)

    def _violations(
        self, policy: Builtin | Written, view: View, values: Mapping[str, Any]
    ) -> Iterator[Violation]:
        if isinstance(policy, Builtin):
            yield from policy.check(view, values)
        else:
            yield from policy.check(view, values, self.environment.vars, self.evaluate)

    def _finding(self, view: View, name: str, found: Violation, at: Location) -> Finding:
        level = self.settings[name].level
        return Finding(name, self.environment.name, view.pipeline["name"], found.step,
                       found.message, found.hint, at,
                       "refuse" if level == "refuse" else "warn")  # fmt: skip


def _of_project(document: Document) -> Iterator[Suppression]:
    for number, entry in enumerate(document.value(("suppress",)) or ()):
        yield _suppression(entry, entry.get("pipeline", ""), document.at(("suppress", number)))


def _of_pipeline(facts: Facts) -> Iterator[Suppression]:
    for number, entry in enumerate(facts["suppress"]):
        at = place(facts, "", f"suppress.{number}")
        yield _suppression(entry, facts["pipeline"]["name"], at)


def _suppression(entry: Mapping[str, Any], pipeline: str, at: Location) -> Suppression:
    return Suppression(entry["policy"], pipeline, entry.get("step", ""), entry["reason"],
                       str(entry["until"]), entry.get("owner", ""), at)  # fmt: skip


def _last(found: Suppression) -> date:
    """Return the last day on which a suppression holds; a day that never was is long ago."""
    try:
        return date.fromisoformat(found.until)
    except ValueError:
        return date.min


def _with(finding: Finding, known: Sequence[Suppression]) -> Finding:
    matching = (each for each in known if _covers(each, finding))
    return replace(finding, suppressed=next(matching, None))


def _covers(found: Suppression, finding: Finding) -> bool:
    return (
        found.policy == finding.policy
        and found.pipeline in ("", finding.pipeline)
        and found.step in ("", finding.step)
        and not finding.message.startswith(_UNANSWERED)
    )


def _notices(
    known: Sequence[Suppression],
    judged: Sequence[Finding],
    findings: Sequence[Finding],
    today: date,
    policies: Policies,
    names: Sequence[str],
) -> Iterator[Problem]:
    """Yield suppressions that are wrong, over, or of nothing."""
    used = {finding.suppressed for finding in judged}
    for each in known:
        covered = any(_covers(each, finding) for finding in findings)
        if each.policy not in policies:
            text, hint = f"no policy `{each.policy}`", nearest(each.policy, tuple(policies))
        elif _last(each) < today and covered:
            text = f"the suppression of `{each.policy}` ended on {each.until}: {each.reason}"
            hint = "mend what it was for, or agree on another day"
        elif each not in used and not covered and each.pipeline in ("", *names):
            text, hint = f"the suppression of `{each.policy}` is of nothing", "remove it"
        else:
            continue
        yield Problem("suppression", text, each.at, hint, severity="warning")


def _order(finding: Finding) -> tuple[str, bool, Location, str, str]:
    return (finding.pipeline, finding.level != "refuse", finding.location, finding.policy,
            finding.message)  # fmt: skip
