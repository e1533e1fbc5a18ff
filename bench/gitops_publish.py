"""Publish one environment as a program would: `python gitops_publish.py BARE COUNT CHANGED [only]`.

The last word leaves the publish out: what remains is what the files themselves cost.
"""

import sys
from pathlib import Path


def files(count: int, changed: int, salt: str) -> dict[str, bytes]:
    """Return `count` manifests of two kilobytes; the first `changed` of them hold `salt`."""
    filler = "".join(f"    line-{n}: {'x' * 60}\n" for n in range(25))
    made = {}
    for number in range(count):
        said = salt if number < changed else ""
        body = f"kind: ConfigMap\nmetadata: {{name: p{number}{said}}}\ndata:\n{filler}"
        made[f"p{number // 10}/object-{number % 10}.yaml"] = body.encode()
    return made


def main() -> None:
    """Make the files, and publish them."""
    bare, count, changed, salt = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    made = files(count, changed, salt)
    if sys.argv[5:]:
        return
    from compiler.tree import RenderedTree
    from gitops.publish import publish
    from gitops.source import SourceRevision
    from gitops.target import Target

    source = SourceRevision("1" * 40, False, "", "bench", "Ada", "ada@example.com")
    target = Target(bare, "main", "envs/prod", "prod")
    print(publish(target, RenderedTree(made), source, state=Path.cwd() / "state"))


if __name__ == "__main__":
    main()
