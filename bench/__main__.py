"""`python -m bench`: the start-up and compile times of Argosy, as ratios against peers."""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from bench.pairs import Ratio, compare

ROOT = Path(__file__).parents[1]
ARGOSY = str(Path(sys.executable).parent / "argosy")
BARE = (sys.executable, "-c", "pass")
HERA = (sys.executable, str(ROOT / "bench" / "hera_digits.py"))
CASES: Sequence[tuple[str, tuple[str, ...], str, tuple[str, ...], float]] = (
    ("argosy --help", (ARGOSY, "--help"), "python -c pass", BARE, 3.0),
    (
        "argosy validate digits",
        (ARGOSY, "validate", "digits", "--env", "dev"),
        "python -c pass",
        BARE,
        10.0,
    ),
    (
        "argosy render digits",
        (ARGOSY, "render", "digits", "--env", "dev", "-o", "-"),
        "the same through Hera",
        HERA,
        0.2,
    ),
)


def run(folder: Path, pairs: int) -> Iterator[tuple[str, str, float, Ratio]]:
    """Yield the name, the peer, the target and the ratio of each case."""
    for name, ours, peer, other, target in CASES:
        yield name, peer, target, compare(ours, other, folder, pairs)


def main() -> int:
    """Print every ratio beside its target; return 1 when one is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--pairs", type=int, default=15, help="alternating runs of each case")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "pipelines", Path(folder) / "pipelines")
        shutil.copy(ROOT / "argosy.yaml", folder)
        found = []
        for name, peer, target, ratio in run(Path(folder), options.pairs):
            held = ratio.median <= target
            found.append(
                {"case": name, "peer": peer, "target": target, "held": held, **asdict(ratio)}
            )
            if not options.json:
                print(_line(name, peer, target, ratio, held), flush=True)
    if options.json:
        print(json.dumps(found, indent=2))
    return int(not all(entry["held"] for entry in found))


def _line(name: str, peer: str, target: float, ratio: Ratio, held: bool) -> str:
    return (
        f"{name:24} {ratio.ours * 1000:6.0f} ms  against {peer:22} {ratio.peer * 1000:6.0f} ms  "
        f"ratio {ratio.median:5.2f} ({ratio.low:.2f}-{ratio.high:.2f})  "
        f"target {target:g}  {'held' if held else 'MISSED'}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
