"""Policies about money: what a run, and a month of its schedules, may cost."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from compiler.cost import Estimate
from compiler.policy.view import View, Violation

Settings = Mapping[str, Any]
_DAYS = 30
_MOST = _DAYS * 24 * 60 + 1
_HINT = "smaller `hardware:`, a shorter `timeout:`, fewer combinations, or another limit"


def of_run(view: View, settings: Settings) -> Iterator[Violation]:
    """Yield a run that may cost more than `limit`, or of which nobody can say."""
    for found, _ in _estimates(view):
        yield from _judged(view, settings, found, 1, "a run", "defaults")
    yield from _unpriced(view)


def of_month(view: View, settings: Settings) -> Iterator[Violation]:
    """Yield schedules whose runs of the next 30 days may cost more than `limit`."""
    for found, name in _estimates(view):
        runs = sum(_runs(view, cron) for cron in view.objects if _calls(cron, name))
        if runs:
            what = f"{runs} runs in {_DAYS} days"
            yield from _judged(view, settings, found, runs, what, "schedule")
    if any(manifest.get("kind") == "CronWorkflow" for manifest in view.objects):
        yield from _unpriced(view)


def _judged(
    view: View, settings: Settings, found: Estimate, runs: int, what: str, field: str
) -> Iterator[Violation]:
    limit = settings["limit"]
    cost = (found.most if settings["retries"] else found.run) * runs
    currency = view.tariff.prices.currency if view.tariff else ""
    gaps = f", not counting {'; '.join(found.gaps)}" if found.gaps else ""
    if cost > limit:
        text = f"{what} may cost {cost:.2f} {currency}{gaps}; the limit is {limit:g}"
        yield Violation(text, "", field, _HINT)
    elif gaps and settings["complete"]:
        yield Violation(
            f"what {what} may cost is not known{gaps}", "", field, "say what is missing"
        )


def _unpriced(view: View) -> Iterator[Violation]:
    if view.tariff is None:
        hint = "write `prices:` into argosy.yaml"
        yield Violation("what it costs is not known: there are no prices", "", "", hint)


def _estimates(view: View) -> Iterator[tuple[Estimate, str]]:
    for manifest in view.objects:
        if view.tariff and manifest.get("kind") == "WorkflowTemplate":
            yield view.tariff.estimate(manifest), str(manifest["metadata"]["name"])


def _calls(cron: Mapping[str, Any], name: str) -> bool:
    spec = cron.get("spec") or {}
    called = (spec.get("workflowSpec") or {}).get("workflowTemplateRef") or {}
    return cron.get("kind") == "CronWorkflow" and called.get("name", name) == name


def _runs(view: View, cron: Mapping[str, Any]) -> int:
    """Return how often an object starts a run in the 30 days that come."""
    from compiler.firing import fires

    spec, end = cron["spec"], view.now + timedelta(days=_DAYS)
    if spec.get("suspend"):
        return 0
    zone, moments = ZoneInfo(spec.get("timezone") or "UTC"), set()
    for line in spec.get("schedules") or [spec.get("schedule", "")]:
        for moment in islice(fires(line, zone, view.now), _MOST):
            if moment >= end:
                break
            moments.add(moment)
    return len(moments)
