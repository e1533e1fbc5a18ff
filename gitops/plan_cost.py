"""What a run costs and what its schedule makes of it, before and after a change."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from compiler.cost import Tariff
from compiler.record import record
from gitops.plan_read import SCHEDULE, Folder
from gitops.schedule import next_times

DAYS = 30
_RUNS = DAYS * 24 * 60 + 1


@record
class Cost:
    """The cost of a run, `most` with every retry, of `runs` in 30 days and `gaps`: what is not in.

    No schedule, or no clock to read it by, is no runs.
    """

    run: float
    most: float
    runs: int
    gaps: tuple[str, ...]

    @property
    def month(self) -> float:
        """The cost of all runs of 30 days that a schedule starts."""
        return self.run * self.runs


@record
class CostChange:
    """What a pipeline cost and what it is to cost, in one currency."""

    currency: str
    before: Cost | None
    after: Cost | None


def cost_change(
    before: Folder | None, after: Folder | None, tariff: Tariff | None, now: datetime | None
) -> CostChange | None:
    """Return what both cost; None without prices."""
    if tariff is None:
        return None
    old, new = (_cost(side, tariff, now) if side else None for side in (before, after))
    return CostChange(tariff.prices.currency, old, new)


def _cost(folder: Folder, tariff: Tariff, now: datetime | None) -> Cost | None:
    template = folder.objects.get("workflowtemplate")
    if template is None:
        return None
    try:
        found = tariff.estimate(template)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None  # what is published was not written by us
    crons = [found for key, found in folder.objects.items() if key.startswith(SCHEDULE)]
    runs = sum(_runs(cron, now) for cron in crons)
    return Cost(found.run, found.most, runs, found.gaps)


def _runs(cron: Mapping[str, Any], now: datetime | None) -> int:
    spec = cron.get("spec")
    if not isinstance(spec, Mapping) or now is None or spec.get("suspend"):
        return 0
    zone, end = str(spec.get("timezone", "")), now + timedelta(days=DAYS)
    return len(next_times(spec.get("schedules", ()), zone, now, _RUNS, end))
