"""What steps asked of their machine, what they used of it, and what that costs."""

from collections.abc import Iterable, Mapping
from typing import Any

from argosy.engine.nodes import Node
from argosy.report.run_tree import Template
from compiler.quantity import amount
from compiler.record import record

_HOUR = 3600
_PLAIN = ("cpu", "memory", "ephemeral-storage")


@record
class Asked:
    """Requests and limits of a step's main container; cores, bytes; None where nothing is said.

    `others` are further resources in words, such as `nvidia.com/gpu 1`.
    """

    cpu: float | None = None
    cpu_limit: float | None = None
    memory: int | None = None
    memory_limit: int | None = None
    others: tuple[str, ...] = ()


@record
class Used:
    """Processor time of all attempts in seconds, and the highest peak of memory in bytes."""

    cpu: float
    memory: int


@record
class Costs:
    """What a run costs by its prices, `run` for the time it took, `most` by its time-outs.

    `gaps` are what is not in it, in words.
    """

    currency: str
    run: float
    most: float | None
    gaps: tuple[str, ...]


def asked(template: Template) -> Asked:
    """Return what a template asks for; what is no quantity is as good as not said."""
    container = template.get("container") or template.get("script") or {}
    resources = container.get("resources") or {}
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    names = dict.fromkeys(name for name in (*limits, *requests) if name not in _PLAIN)
    memory, most = (_amount(side.get("memory")) for side in (requests, limits))
    return Asked(
        _amount(requests.get("cpu")),
        _amount(limits.get("cpu")),
        None if memory is None else int(memory),
        None if most is None else int(most),
        tuple(f"{name} {limits.get(name, requests.get(name))}" for name in names),
    )


def _amount(text: object) -> float | None:
    try:
        return None if text is None else amount(str(text))
    except ValueError:
        return None


def used(attempts: Iterable[Node]) -> Used | None:
    """Return what all attempts used together; None when nothing was measured."""
    # what never ran used nothing, and whatever ran has memory
    found = [node.usage for node in attempts if node.usage is not None and node.usage.memory]
    if not found:
        return None
    return Used(sum(usage.cpu for usage in found), max(usage.memory for usage in found))


class Meter:
    """Counts what a run costs by the prices that were captured when it started.

    They are plain data in the shape of a `Tariff`; prices that cannot be read are as good as none.
    """

    def __init__(self, prices: Mapping[str, Any]) -> None:
        from compiler.cost import Prices, Tariff
        from compiler.hardware import Nodes

        self._tariff = None
        try:
            if prices:
                self._tariff = Tariff(Prices(**prices["prices"]), Nodes(**prices["nodes"]))
        except (KeyError, TypeError):
            return

    def cost(self, attempts: Iterable[Node], template: Template) -> float | None:
        """Return what the attempts cost for the time that they took."""
        if self._tariff is None:
            return None
        rate = _rate(self._tariff, template)
        spans = [(n.finished or 0) - (n.started or 0) for n in attempts if n.started and n.finished]
        return None if rate is None else rate * sum(max(span, 0) for span in spans) / _HOUR

    def costs(self, steps: Iterable[float | None], workflow: Mapping[str, Any]) -> Costs | None:
        """Return what the whole costs; None without prices."""
        if self._tariff is None:
            return None
        known = [cost for cost in steps if cost is not None]
        try:
            estimate = self._tariff.estimate(workflow)
        except (AttributeError, KeyError, TypeError, ValueError):
            return Costs(self._tariff.prices.currency, sum(known), None, ())
        return Costs(self._tariff.prices.currency, sum(known), estimate.most, estimate.gaps)


def _rate(tariff: Any, template: Template) -> float | None:
    try:
        return float(tariff.hourly(template))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
