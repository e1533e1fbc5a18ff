"""What each example under `pipelines/` promises: how it ends, here and on a cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Promise:
    """The end of a run; the phases of nodes that end otherwise than well; outputs by node.

    `refused` is the field for which this machine does not run it, `differ` are outputs that are
    different each time.
    """

    end: str = "Succeeded"
    phases: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    refused: str = ""
    differ: tuple[str, ...] = ()


PROMISES = {
    "digits": Promise(
        outputs={"register": {"version": "1", "uri": "models:/digits/1"}},
    ),
    "wine": Promise(outputs={"register": {"version": "1"}}),
    "quality": Promise(),
    "backfill": Promise(
        outputs={
            "missing": {"months": '["2026-01", "2026-03", "2026-04", "2026-06"]'},
            "report": {"total": "1024083.83"},
        },
    ),
    "fan-in": Promise(
        phases={"train-oracle-0": "Failed"},
        outputs={
            "best": {"selected": "train-knn-1"},
            "gather": {"worst": "0.933333"},
        },
    ),
    "features": Promise(outputs={"build": {"rows": "124"}}),
    "calls-features": Promise(
        phases={"warn": "Skipped"},
        outputs={"compare": {"best": "true", "gain": "0.333333"}},
    ),
    "components": Promise(
        outputs={"table": {"size": "2734"}, "split": {"kept": "90"}},
        differ=("waited",),
    ),
    "cached": Promise(
        outputs={"show": {"top": "seed layer token epoch batch"}},
        differ=("counted",),
    ),
    "spot-training": Promise(
        phases={"train(0)": "Failed"},
        outputs={"train": {"resumed": "4"}},
    ),
    "approval": Promise(outputs={"register": {"version": "1"}}),
    "resource-job": Promise(outputs={"validate": {"folds": "3"}}, refused="resource"),
    "rejected-model": Promise(
        end="Failed",
        phases={"register": "Failed", "serve": "Omitted"},
    ),
    "failure-notice": Promise(end="Failed", phases={"check": "Failed"}),
}
