"""What a run begins with: its description, and what this machine has."""

import os
from collections.abc import Mapping
from typing import Any

from argosy import __version__
from argosy.engine.journal import Description
from argosy.engine.manifests import Bundle
from argosy.engine.snapshot import snapshot
from compiler.convention import RESERVED


def machine() -> tuple[float, float]:
    """Return the cpu (cores) and memory (bytes) of this machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return float(cores or 1), float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def describe(
    manifests: Bundle,
    name: str,
    parameters: Mapping[str, str],
    variables: tuple[str, ...],
    started: float,
    workspace: str,
    options: Mapping[str, Any] | None,
) -> Description:
    """Return what the journal keeps of a new run; `started` is in seconds since the epoch.

    Prices, by which reports tell costs, come among the `options`.
    """
    kept = dict(options or {})
    prices = kept.pop("prices", {})
    return Description(
        name,
        _uuid(),
        manifests.name,
        workspace,
        parameters.get(RESERVED, ""),
        snapshot(manifests),
        parameters,
        kept,
        variables,
        prices,
        host=os.uname().nodename,
        version=__version__,
        started=started,
    )


def _uuid() -> str:
    """Return a random UUID; the library's module takes longer to import than a step to start."""
    text = os.urandom(16).hex()
    variant = "89ab"[int(text[16], 16) % 4]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"
