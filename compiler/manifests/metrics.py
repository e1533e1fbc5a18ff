"""Prometheus metrics: their names, labels and values."""

import re

from compiler.manifests.context import Context
from compiler.manifests.findings import Path
from compiler.manifests.holders import Data, mapping, mappings, words

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
KINDS = ("gauge", "counter", "histogram")


def check(ctx: Context, metrics: Data, path: Path) -> None:
    """Report metrics that the controller does not take."""
    for index, metric in enumerate(mappings(metrics.get("prometheus"))):
        name, at = words(metric.get("name")), (*path, "prometheus", index)
        if not _NAME.fullmatch(name):
            message = f"metric name '{name}' is invalid. Metric names must contain alphanumeric"
            ctx.report("V38", (*at, "name"), f"{message} characters or '_'")
        for label in mappings(metric.get("labels")):
            if not _NAME.fullmatch(words(label.get("key"))):
                message = f"metric label '{label.get('key')}' is invalid"
                ctx.report("V38", (*at, "labels"), message)
        if not metric.get("help"):
            message = f"metric '{name}' must contain a help string under 'help: ' field"
            ctx.report("V38", (*at, "help"), message)
        _values(ctx, metric, at)


def _values(ctx: Context, metric: Data, at: Path) -> None:
    for kind in KINDS:
        if metric.get(kind) is not None and not mapping(metric[kind]).get("value"):
            ctx.report("V38", (*at, kind), f"missing {kind}.value")
    gauge = mapping(metric.get("gauge"))
    if gauge.get("realtime") is True and "resourcesDuration." in words(gauge.get("value")):
        message = "'resourcesDuration.*' metrics cannot be used in real-time"
        ctx.report("V38", (*at, "gauge"), message)
