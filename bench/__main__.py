"""`python -m bench [GROUP …]`: what Argosy takes, as ratios against peers of the same run."""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from bench import batch, engine, memory, plan, start
from bench.pairs import Finding
from bench.publishing import run as publish

GROUPS: dict[str, Callable[[Path, int], Iterator[Finding]]] = {
    "start": start.run,
    "gitops": publish,
    "batch": batch.pipelines,
    "steps": batch.steps,
    "cache": memory.run,
    "engine": engine.run,
    "plan": plan.run,
}


def main() -> int:
    """Print every ratio beside its target; return 1 when one is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)}")
    parser.add_argument("--rounds", type=int, default=7, help="alternating runs of each case")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    unknown = set(options.groups) - set(GROUPS)
    if unknown:
        parser.error(f"no group {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}")
    found = list(_findings(options.groups or list(GROUPS), options.rounds, options.json))
    if options.json:
        print(json.dumps([asdict(finding) for finding in found], indent=2))
    return int(not all(finding.held for finding in found))


def _findings(groups: list[str], rounds: int, quiet: bool) -> Iterator[Finding]:
    if not shutil.which("helm"):
        print("helm is not installed: the cases against it are left out", file=sys.stderr)
    for group in groups:
        with tempfile.TemporaryDirectory() as folder:
            for finding in GROUPS[group](Path(folder), rounds):
                if not quiet:
                    print(finding.line(), flush=True)
                yield finding


if __name__ == "__main__":
    raise SystemExit(main())
