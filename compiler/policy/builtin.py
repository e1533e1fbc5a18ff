"""The policies that are here without being written: what each asks, and how strict it is by itself.

Those that no pipeline meets by accident warn; the others are off until somebody sets them.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from compiler.policy import costs, demands, images, ownership, privileges
from compiler.policy.finding import Level
from compiler.policy.view import View, Violation
from compiler.record import field, record

Rule = Callable[[View, Mapping[str, Any]], Iterator[Violation]]


@record
class Builtin:
    """A policy: what it asks, its level and settings by default.

    A setting that is None must be given; `deep` ones look into pods, and fail where these are
    not known.
    """

    name: str
    asks: str
    rule: Rule
    level: Level = "off"
    settings: Mapping[str, Any] = field(default_factory=dict)
    deep: bool = False

    def check(self, view: View, settings: Mapping[str, Any]) -> Iterator[Violation]:
        """Yield what is wrong with a pipeline."""
        yield from self.rule(view, settings)
        for step, pod in view.pods if self.deep else ():
            if pod.unknown:
                text = f"the pod of `{pod.template}` is not known: {pod.unknown}"
                yield Violation(text, step, "resource", "write it so that it can be read")


@cache
def builtins() -> Mapping[str, Builtin]:
    """Return the built-in policies by name."""
    money = {"limit": None, "retries": False, "complete": False}
    found = (
        Builtin("owner-required", "somebody answers for each pipeline", ownership.owned),
        Builtin("image-digests", "images are named by digest", images.digests, deep=True),
        Builtin("allowed-registries", "images come from these registries", images.from_registries,
                settings={"registries": None}, deep=True),
        Builtin("no-moving-tags", "images have a tag that stays", images.unmoving, "warn",
                {"tags": list(images.MOVING)}, deep=True),
        Builtin("gpu-limit", "a pod has at most so many GPUs", demands.few_gpus,
                settings={"limit": None}, deep=True),
        Builtin("max-cost-per-run", "a run costs at most so much", costs.of_run, settings=money),
        Builtin("max-cost-per-month", "schedules cost at most so much in 30 days", costs.of_month,
                settings=money),
        Builtin("timeouts-required", "nothing runs or waits without end", demands.timed,
                settings={"most": ""}),
        Builtin("no-privileged-pods", "pods have no more rights than others of their node",
                privileges.unprivileged, "warn", {"standard": "baseline"}, deep=True),
        Builtin("resources-required", "containers say what they need", demands.resourced,
                settings={"needs": ["requests.cpu", "requests.memory", "limits.memory"]},
                deep=True),
        Builtin("fixed-namespace", "objects are in the namespace of the environment",
                ownership.at_home, "warn", deep=True),
        Builtin("own-service-account", "no pod runs as the account `default`",
                demands.own_account, settings={"allowed": []}, deep=True),
        Builtin("no-overlap", "runs of a schedule do not meet", ownership.apart,
                settings={"allowed": ["forbid"]}),
    )  # fmt: skip
    return {policy.name: policy for policy in found}
