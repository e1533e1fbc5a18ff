"""Publish one environment as Argosy does: `python publish_once.py BARE COUNT CHANGED [only]`.

The last word leaves the publish itself out: what remains is a start, and files to publish.
"""

import sys
import time
from pathlib import Path

LINES = 25


def files(count: int, changed: int, salt: str) -> dict[str, bytes]:
    """Return `count` manifests of two kilobytes; the first `changed` of them hold `salt`."""
    filler = "".join(f"    line-{n}: {'x' * 60}\n" for n in range(LINES))
    made = {}
    for number in range(count):
        said = salt if number < changed else ""
        body = f"kind: ConfigMap\nmetadata: {{name: p{number}{said}}}\ndata:\n{filler}"
        made[f"p{number // 10}/object-{number % 10}.yaml"] = body.encode()
    return made


def main() -> None:
    """Make the files, the first ones new each time, and publish them."""
    bare, count, changed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    made = files(count, changed, str(time.time_ns()))
    from git.cmd import Git  # noqa: F401 - a start, and no part of a publish

    from compiler.tree import RenderedTree
    from gitops.objects import blob_name
    from gitops.publish import publish
    from gitops.source import SourceRevision
    from gitops.target import Target

    source = SourceRevision("1" * 40, False, "", "bench", "Ada", "ada@example.com")
    target = Target(bare, "main", "envs/prod", "prod")
    # a rendering hands them over: it remembers files by these names
    blobs = {path: blob_name(content) for path, content in made.items()}
    tree = RenderedTree(made, known=RenderedTree(made).sums, blobs=blobs)
    if not sys.argv[4:]:
        print(publish(target, tree, source, state=Path.cwd() / "state"))


if __name__ == "__main__":
    main()
