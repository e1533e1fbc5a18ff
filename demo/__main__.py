"""`python -m demo [FOLDER]`: tell the story in FOLDER, by default `.argosy/demo`."""

import sys
from pathlib import Path

from demo.stage import Broken, Stage
from demo.story import tell

REPOSITORY = Path(__file__).parents[1]


def main(arguments: list[str]) -> int:
    """Tell the story; return 0 if everything was as told, 1 at the first thing that was not."""
    folder = Path(arguments[0]) if arguments else REPOSITORY / ".argosy" / "demo"
    try:
        tell(Stage.open(REPOSITORY, folder.absolute()))
    except Broken as broken:
        print(f"\n✖ The demo stops here: {broken}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
