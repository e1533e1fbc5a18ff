"""No run is lost: engines killed at random moments; `make chaos` does it at length."""

import os
import random
from pathlib import Path

from tests.engine.chaos import survive

KILLS = int(os.environ.get("ARGOSY_CHAOS", "6"))
SEED = int(os.environ.get("ARGOSY_SEED") or random.SystemRandom().randrange(10**6))


def test_S01_no_run_is_lost_and_no_step_doubled_by_kills(tmp_path: Path) -> None:
    runs = survive(tmp_path, KILLS, SEED)
    faults = [f"{run.folder.name}: {fault}" for run in runs for fault in run.faults()]
    slowest = max(run.slowest for run in runs)
    began = sum(sum(run.counts().values()) for run in runs)
    print(  # noqa: T201
        f"\nchaos, seed {SEED}: {sum(run.kills for run in runs)} kills in {len(runs)} runs, "
        f"{began} steps begun; lost or doubled: {len(faults)}; "
        f"all processes gone {slowest:.2f} s after a kill at the latest"
    )
    assert faults == []
    assert slowest < (2.0 if "ARGOSY_CHAOS" in os.environ else 20.0)
