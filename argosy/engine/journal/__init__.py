"""The journal: what happened in every run, written so that no crash takes it back.

Each run has a folder, `runs/NAME`, with its record (`run.db`), lock, logs and artifacts. A list of
all runs (`runs.db`) serves to find them. The engine writes, everything else reads or asks.
"""

from argosy.engine.journal.cleaning import Choice, Cleaned, clean
from argosy.engine.journal.database import Damaged, Newer
from argosy.engine.journal.descriptions import (
    DAMAGED,
    ENDED,
    INTERRUPTED,
    Description,
    Request,
    RunSummary,
    Session,
    StoredRun,
)
from argosy.engine.journal.reading import Follower, load, runs
from argosy.engine.journal.requests import ask
from argosy.engine.journal.resuming import known, reopen
from argosy.engine.journal.writing import Journal, create

__all__ = [
    "DAMAGED",
    "ENDED",
    "INTERRUPTED",
    "Choice",
    "Cleaned",
    "Damaged",
    "Description",
    "Follower",
    "Journal",
    "Newer",
    "Request",
    "RunSummary",
    "Session",
    "StoredRun",
    "ask",
    "clean",
    "create",
    "known",
    "load",
    "reopen",
    "runs",
]
