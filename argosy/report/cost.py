"""What a pipeline costs, in a line."""

from gitops.plan_cost import DAYS, Cost, CostChange

ASSUMES = (
    "costs: every attempt lasts its whole timeout and every branch is taken; "
    "cores, memory, GPUs and TPUs as requested, nothing else"
)


def words(change: CostChange) -> str:
    """Return `up to 0.26 → 0.52 EUR a run, 1.56 with every retry`, and what 30 days cost."""
    before, after, currency = change.before, change.after, change.currency
    if after is None:
        return f"no more {_run(before, before, currency)}" if before else ""
    parts = [_run(before or after, after, currency)]
    if after.runs or (before and before.runs):
        month = _moved((before or after).month, after.month)
        runs = "1 run" if after.runs == 1 else f"{after.runs} runs"
        parts.append(f"{month} {currency} in {DAYS} days ({runs})")
    if after.gaps:
        parts.append(f"not in it: {', '.join(after.gaps)}")
    return "; ".join(parts)


def _run(before: Cost, after: Cost, currency: str) -> str:
    most = _moved(before.most, after.most)
    text = f"up to {_moved(before.run, after.run)} {currency} a run"
    return text if after.most == after.run else f"{text}, {most} with every retry"


def _moved(before: float, after: float) -> str:
    old, new = _money(before), _money(after)
    return new if old == new else f"{old} → {new}"


def _money(value: float) -> str:
    return "less than 0.01" if 0 < value < 0.01 else f"{value:,.2f}"
