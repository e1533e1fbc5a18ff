"""Components before and after → which of them came, went or are others now."""

from collections.abc import Iterator, Mapping
from typing import Any

from compiler.tree import Pin
from gitops.plan_change import Change

Components = Mapping[str, Pin]
_SHOWN = 12


def component_changes(before: Components, after: Components) -> Iterator[Change]:
    """Yield a change a component; what it does to pipelines stands with each of them."""
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old is None and new is not None:
            text = f"{_version(new)}content {_short(new)}"
            yield Change("added", "component", name, "", text, "info", None, _data(new))
        elif new is None and old is not None:
            yield Change("removed", "component", name, "", "no longer used", "info", _data(old))
        elif old and new and old != new:
            ends = _data(old), _data(new)
            yield Change("changed", "component", name, "", _text(old, new), "attention", *ends)


def _text(old: Pin, new: Pin) -> str:
    parts = [f"version {old.version or 'none'} → {new.version or 'none'}"]
    parts = parts if old.version != new.version else []
    return ", ".join([*parts, f"content {_short(old)} → {_short(new)}"])


def _version(pin: Pin) -> str:
    return f"version {pin.version}, " if pin.version else ""


def _short(pin: Pin) -> str:
    return pin.digest.removeprefix("sha256:")[:_SHOWN]


def _data(pin: Pin) -> dict[str, Any]:
    return {"version": pin.version, "digest": pin.digest}
