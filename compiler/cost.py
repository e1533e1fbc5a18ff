"""Manifests → what a run costs at most, by a table of prices.

Every attempt is taken to last its whole timeout, every branch to be taken. Cores and memory as they
are requested, GPUs and TPU chips are what has a price; nothing else does.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from compiler.duration import seconds
from compiler.hardware import Nodes
from compiler.placement import TPU, TPU_TYPE
from compiler.quantity import GIB, amount
from compiler.record import field, record

_HOUR = 3600
_ATTEMPTS = re.compile(r"asInt\(retries\) < (\d+)")
_SHOWN = 3
_DEFAULT = "default"
Body = Mapping[str, Any]


@record
class Prices:
    """Prices for an hour: of a core, a GiB, a GPU or TPU chip by type; `spot` is a factor."""

    currency: str
    cpu: float = 0
    memory: float = 0
    gpu: Mapping[str, float] = field(default_factory=dict)
    tpu: Mapping[str, float] = field(default_factory=dict)
    spot: float = 1


@record
class Estimate:
    """What a run costs if each step succeeds at once, and at most, with every retry.

    `gaps` are what is not in it, in words.
    """

    run: float
    most: float
    gaps: tuple[str, ...]


@record
class Tariff:
    """Prices, and the names by which the clusters' manifests say what is priced."""

    prices: Prices
    nodes: Nodes

    def estimate(self, template: Body) -> Estimate:
        """Return what a run of a WorkflowTemplate costs."""
        spec = template.get("spec", {})
        templates = {item["name"]: item for item in spec.get("templates", ())}
        counts: Counter[str] = Counter()
        gaps: dict[str, None] = {}
        for entry in (spec.get("entrypoint"), spec.get("onExit")):
            _count(templates, entry, 1, counts, gaps)
        run, most, endless = 0.0, 0.0, list[str]()
        for name, count in counts.items():
            attempts = list(self._attempts(templates[name], spec.get("activeDeadlineSeconds", 0)))
            gaps |= dict.fromkeys(self._gaps(templates[name]))
            if "resource" not in templates[name] and not attempts and self.hourly(templates[name]):
                endless.append(f"`{name}`")
            run += count * sum(attempts[:1])
            most += count * sum(attempts)
        return Estimate(run, most, (*gaps, *_without_end(endless)))

    def _attempts(self, template: Body, deadline: int) -> Iterator[float]:
        """Yield what each attempt costs, as long as the run may still last."""
        left = deadline or float("inf")
        longest = seconds(template.get("timeout", "")) or left
        limit = int(template.get("retryStrategy", {}).get("limit", 0))
        rate, spot = self.hourly(template), self._spot_attempts(template)
        for attempt in range(limit + 1 if longest < float("inf") else 0):
            factor = self.prices.spot if attempt < spot else 1
            yield factor * rate * min(longest, left) / _HOUR
            left = max(left - longest, 0)

    def hourly(self, template: Body) -> float:
        """Return what an hour of a template costs on a node that stays."""
        asked = _asked(template)
        cores, memory = (amount(asked.get(name, "0")) for name in ("cpu", "memory"))
        rate = self.prices.cpu * cores + self.prices.memory * memory / GIB
        return rate + sum(count * (price or 0) for _, count, price in self._counted(template))

    def _counted(self, template: Body) -> Iterator[tuple[str, int, float | None]]:
        """Yield GPUs and TPU chips: of what, how many, and what one costs."""
        selector = template.get("nodeSelector", {})
        vendor = self.nodes.gpu_resource.rpartition("/")[0]
        for name, count in _asked(template).items():
            whole = name.removesuffix(".shared")
            table, kind = self.prices.gpu, selector.get(self.nodes.gpu_label, "")
            if whole.startswith(f"{vendor}/mig-"):
                kind = whole.removeprefix(f"{vendor}/mig-")
            elif name == TPU:
                table, kind = self.prices.tpu, selector.get(TPU_TYPE, "")
            elif whole != self.nodes.gpu_resource:
                continue
            what = f"{'TPU' if name == TPU else 'GPU'} {kind or 'of any type'}"
            yield what, int(count), table.get(kind, table.get(_DEFAULT))

    def _spot_attempts(self, template: Body) -> float:
        """Return how many attempts run on spot nodes, as they are known by their labels."""
        labels, selector = self.nodes.spot_selector, template.get("nodeSelector", {})
        if labels and labels.items() <= selector.items():
            return float("inf")
        first = _ATTEMPTS.search(str(template.get("affinity", "")))
        return int(first[1]) if first else 0

    def _gaps(self, template: Body) -> Iterator[str]:
        if "resource" in template:
            yield f"what `{template['name']}` makes"
        for what, _, price in self._counted(template):
            if price is None:
                yield f"{what}, which has no price"


def _without_end(names: list[str]) -> Iterator[str]:
    """Yield, in words, the steps of which nobody says how long they may take."""
    shown = names if len(names) <= _SHOWN else [*names[:_SHOWN], f"{len(names) - _SHOWN} more"]
    if names:
        last = f"{', '.join(shown[:-1])} and {shown[-1]}" if shown[1:] else shown[0]
        yield f"{last}, which {'have' if names[1:] else 'has'} no timeout"


def _asked(template: Body) -> dict[str, str]:
    container = template.get("container") or template.get("script") or {}
    resources = container.get("resources", {})
    return {**resources.get("limits", {}), **resources.get("requests", {})}


def _count(
    templates: Mapping[str, Body],
    name: str | None,
    times: int,
    counts: Counter[str],
    gaps: dict[str, None],
) -> None:
    """Count how often each template of pods runs when `name` runs `times` times."""
    template = templates.get(name or "", {})
    groups = [template.get("dag", {}).get("tasks", ()), *template.get("steps", ())]
    for task in (task for group in groups for task in group):
        called = task.get("template")
        if called not in templates:
            gaps[f"what `{task['name']}` calls"] = None
            continue
        if "withParam" in task:
            gaps[f"all but one of the items of `{called}`, which a run finds out"] = None
        _count(templates, called, times * len(task.get("withItems", "1")), counts, gaps)
    if template and not any(key in template for key in ("dag", "steps", "suspend")):
        counts[str(name)] += times
