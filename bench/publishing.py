"""What a publish costs beside git itself: ten files or none changed, in a repository of 20,000."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path

from bench.pairs import ROOT, Finding, Runs, Side, finding, rounds
from bench.publish_once import files

EACH, CHANGED, ENVIRONMENTS = 5_000, 10, ("a", "b", "c", "prod")
# what a publisher needs that is made of git commands alone: it has to know what is published, and
# what of it is its own, before it writes
PLUMBING = """
set -e
rm -rf own && git init --quiet --bare --template= own
export GIT_DIR=own GIT_INDEX_FILE=own/entries url=file://$PWD/plumbing.git
git ls-remote --quiet "$url" refs/heads/main 'refs/argosy/*' > refs
marker=$(sed -n 's/.*\\(refs.argosy.*\\)/\\1/p' refs)
quiet="--quiet --no-tags --no-write-fetch-head --no-auto-gc --filter=blob:none"
git fetch $quiet --depth=1 "$url" "$(sed -n 's/\\trefs.heads.main//p' refs)"
tip=$(sed -n 's/\\trefs.heads.main//p' refs)
git ls-tree -r -z --full-tree "$tip" envs/prod > listed
lock=$(git rev-parse "$tip:envs/prod/argosy.lock")
git -c fetch.negotiationAlgorithm=noop fetch $quiet "$url" "$lock"
git cat-file blob "$lock" > lock.old
for path in $(cat paths); do date +%N >> "new/$path"; done
sed 's/^/new\\//' paths | git hash-object -w --no-filters --stdin-paths |
  paste -d ' ' - paths | sed 's/^\\([^ ]*\\) /100644 \\1\\tenvs\\/prod\\//' > entries
git read-tree "$tip"
git update-index --index-info < entries
commit=$(git commit-tree "$(git write-tree --missing-ok)" -p "$tip" -m publish)
git push --quiet --atomic "$url" "$commit:refs/heads/main" "+$commit:$marker"
"""
WORKTREE = """
set -e
rm -rf clone && git clone --quiet --depth=1 file://$PWD/worktree.git clone
for path in $(cat paths); do date +%N >> "new/$path"; cp "new/$path" "clone/envs/prod/$path"; done
cd clone && git add --all && git commit --quiet -m publish && git push --quiet origin HEAD:main
"""
FETCH = """
set -e
rm -rf own && git init --quiet --bare --template= own
git --git-dir=own fetch --quiet --no-tags --depth=1 --filter=blob:none file://$PWD/fetch.git main
"""


def run(folder: Path, number: int) -> Iterator[Finding]:
    """Yield a publish of ten changed files and of none, each without the start of Python."""
    _prepare(folder)
    script = str(ROOT / "bench/publish_once.py")
    commands: Runs = {
        "start": (_python(script, "start.git", CHANGED, "only"), folder),
        "changed": (_python(script, "changed.git", CHANGED), folder),
        "unchanged": (_python(script, "unchanged.git", 0), folder),
        "plumbing": (("sh", "-c", PLUMBING), folder),
        "worktree": (("sh", "-c", WORKTREE), folder),
        "fetch": (("sh", "-c", FETCH), folder),
    }
    costs = rounds(commands, number)
    for case, ours, against, peer, target in (
        ("publish 10 changed of 20,000", "changed", "git plumbing", "plumbing", 1.2),
        ("publish 10 changed of 20,000", "changed", "clone, commit, push", "worktree", 0.1),
        ("publish 0 changed of 20,000", "unchanged", "git fetch", "fetch", 1.2),
    ):
        yield finding((case, against, target), costs, _without_start(ours), itemgetter(peer))


def _without_start(name: str) -> Side:
    """Return the cost of a publish less that of a start and of making its files."""
    return lambda costs: costs[name] - costs["start"]


def _python(script: str, bare: str, changed: int, *more: str) -> tuple[str, ...]:
    return (sys.executable, script, bare, str(EACH), str(changed), *more)


def _prepare(folder: Path) -> None:
    """Make a repository of four environments of which one is published, and a copy for each."""
    bare = folder / "first.git"
    git = ["git", f"--git-dir={bare}"]
    subprocess.run([*git, "init", "--quiet", "--bare", "--initial-branch=main", bare], check=True)
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        subprocess.run([*git, "config", key, "true"], check=True)
    subprocess.run([*git, "fast-import", "--quiet"], input=b"".join(_others()), check=True)
    script = str(ROOT / "bench/publish_once.py")
    subprocess.run(_python(script, bare.name, 0), cwd=folder, check=True, capture_output=True)
    subprocess.run([*git, "repack", "-adq"], check=True)
    for name in ("start", "changed", "unchanged", "plumbing", "worktree", "fetch"):
        shutil.copytree(bare, folder / f"{name}.git")
    new = {**dict(list(files(EACH, 0, "").items())[:CHANGED]), "argosy.lock": _lock(bare)}
    (folder / "paths").write_text("".join(f"{path}\n" for path in new), "utf-8")
    for path, body in new.items():
        (folder / "new" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "new" / path).write_bytes(body)


def _others() -> Iterator[bytes]:
    yield b"commit refs/heads/main\ncommitter bench <bench> 1700000000 +0000\ndata 0\n"
    for environment in ENVIRONMENTS[:-1]:
        for path, body in files(EACH, EACH, environment).items():
            yield b"M 100644 inline envs/%s/%s\n" % (environment.encode(), path.encode())
            yield b"data %d\n%s\n" % (len(body), body)


def _lock(bare: Path) -> bytes:
    command = ["git", f"--git-dir={bare}", "cat-file", "blob", "main:envs/prod/argosy.lock"]
    return subprocess.run(command, capture_output=True, check=True).stdout
