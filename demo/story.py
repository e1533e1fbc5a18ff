"""The story in eight steps; every claim it makes is checked."""

import shutil
import sys
import time
from pathlib import Path

from demo.stage import Broken, Stage

_DIGITS = "pipelines/digits/pipeline.yaml"
_QUALITY = "pipelines/quality/pipeline.yaml"
# what is there, what a hurried author makes of it, and the word the message is to point at
_MISTAKES = (
    ("--out distance.txt", "--out {{ evn }}.txt", "evn"),
    ("when: params", "whn: params", "whn"),
    (" deviations\"]", " deviations\", \"${steps.check-alcohol.outputs.distanse}\"]", "${steps"),
)  # fmt: skip
_CHANGE = (
    ("[logreg, forest, neighbors]", "[logreg, forest, neighbors, svc]"),
    ("hardware: small\n    timeout: 10m", "hardware: medium\n    timeout: 10m"),
)


def tell(stage: Stage) -> None:
    """Tell all of it; raise `Broken` at the first thing that is not as told."""
    began = time.monotonic()
    _begin(stage)
    _mistakes(stage)
    before = _publish(stage)
    _run(stage)
    _change(stage)
    _compare(stage)
    _revert(stage, before)
    _end(stage, time.monotonic() - began)


def _begin(stage: Stage) -> None:
    stage.chapter(1, "A source repository, a GitOps repository and an MLflow store, all local")
    stage.source.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    for folder in ("pipelines", "components"):
        shutil.copytree(stage.repository / folder, stage.source / folder, ignore=ignored)
    shutil.copy(stage.repository / "argosy.yaml", stage.source)
    (stage.source / ".gitignore").write_text(".argosy/\n", "utf-8")
    stage.type("git init --quiet --initial-branch=main")
    stage.type("git add --all")
    stage.type("git commit --quiet -m 'The examples'")
    stage.type("git init --quiet --bare --initial-branch=main .argosy/gitops.git")
    stage.type("argosy models list")
    made = [stage.source / ".git", stage.gitops, stage.source / ".argosy" / "mlflow.db"]
    stage.claim("all three exist: .git, .argosy/gitops.git, .argosy/mlflow.db",
                all(path.exists() for path in made))  # fmt: skip


def _mistakes(stage: Stage) -> None:
    stage.chapter(2, "Every mistake at once, at its place in the template")
    stage.type("argosy validate")
    copy = stage.root / "mistakes"
    shutil.copytree(stage.source, copy, ignore=shutil.ignore_patterns(".git", ".argosy"))
    text = (copy / _QUALITY).read_text("utf-8")
    stage.say("\n  A copy with three planted mistakes in one pipeline:")
    for right, wrong, _ in _MISTAKES:
        stage.say(f"    {right.strip()}  →  {wrong.strip()}")
        text = _replaced(text, right, wrong)
    (copy / _QUALITY).write_text(text, "utf-8")
    printed = stage.type("argosy -C ../mistakes validate", expect=1)
    places = [f"{_QUALITY}:{_place(text, word)}" for _, _, word in _MISTAKES]
    for place in places:
        stage.claim(f"shown at {place}", f"{place}: error" in printed)
    stage.claim("three excerpts with a caret", printed.count("^") >= len(places))
    hints = [f"`{name}`" for name in ("env", "when", "distance")]
    stage.claim(f"the right names: {', '.join(hints)}", all(hint in printed for hint in hints))


def _publish(stage: Stage) -> str:
    stage.chapter(3, "Render, and publish as one commit")
    stage.type("argosy render --env dev")
    stage.type("argosy publish --env dev")
    stage.type("git -C .argosy/gitops.git log -1 --stat=80")
    message = stage.ask("git -C .argosy/gitops.git log -1 --format=%B")
    stage.claim("one commit", _commits(stage) == 1)
    stage.claim("its message names the source revision", _head(stage) in message)
    stage.claim("and the digest of what was rendered", "sha256:" in message)
    printed = stage.type("argosy publish --env dev")
    stage.claim("published again: unchanged, no commit",
                "unchanged" in printed and _commits(stage) == 1)  # fmt: skip
    return _tree(stage)


def _run(stage: Stage) -> None:
    stage.chapter(4, "Run what was published, as a cluster would see it")
    stage.type("argosy run digits --env dev --published")
    shown = stage.type("argosy models show digits 1")
    stage.claim("version 1 knows its source commit", _head(stage) in shown)
    stage.claim("its pipeline's digest, and that of its input", shown.count("sha256:") >= 2)
    stage.claim("its step, hardware, parameters and metrics",
                all(word in shown for word in ("train", "cpu", "rows", "accuracy")))  # fmt: skip


def _change(stage: Stage) -> None:
    stage.chapter(5, "A change: one more model, larger hardware")
    text = (stage.source / _DIGITS).read_text("utf-8")
    for old, new in _CHANGE:
        text = _replaced(text, old, new)
    (stage.source / _DIGITS).write_text(text, "utf-8")
    stage.type("git --no-pager diff --unified=0")
    stage.type("git commit --quiet --all -m 'Try a support vector machine on more hardware'")
    planned = stage.type("argosy plan --env dev")
    stage.claim("the plan tells of the new model and of the hardware",
                all(word in planned for word in ("svc", "cpu", "memory")))  # fmt: skip
    stage.type("argosy publish --env dev")
    ran = stage.type("argosy run digits --env dev --published")
    stage.claim("version 2 is registered", "registered digits version 2" in ran)


def _compare(stage: Stage) -> None:
    stage.chapter(6, "Both versions side by side")
    compared = stage.type("argosy models compare digits 1 2")
    commits = stage.ask("git log --format=%H").split()
    stage.claim("with the source commits of both", all(sha in compared for sha in commits))


def _revert(stage: Stage, before: str) -> None:
    stage.chapter(7, "Take it all back")
    changed = _tree(stage)
    stage.type("git revert --no-edit HEAD")
    stage.type("argosy publish --env dev")
    after = _tree(stage)
    trees = {"tree of step 3": before, "tree of step 5": changed, "tree now": after}
    stage.say("\n" + "\n".join(f"  {name:14}  {tree}" for name, tree in trees.items()))
    stage.claim("the published tree is that of step 3, byte for byte", before == after != changed)
    stage.claim("and history went forward: three commits", _commits(stage) == 3)


def _end(stage: Stage, seconds: float) -> None:
    stage.chapter(8, "What now exists")
    stage.type("argosy models list")
    written = stage.ask("git rev-list --count HEAD")
    rows = {
        "source repository": f"{stage.source} ({written} commits)",
        "GitOps repository": f"{stage.gitops} ({_commits(stage)} commits)",
        "MLflow store": f"{stage.source}/.argosy/mlflow.db",
        "runs and their logs": f"{stage.source}/.argosy/runs",
    }
    stage.say("")
    for name, value in rows.items():
        stage.say(f"  {name:20} {value}")
    stage.say(
        f"\n✔ All as told, in {seconds:.0f} s. Go on with\n"
        f"    cd {stage.source}\n"
        f"    export PATH={stage.root / 'bin'}:{Path(sys.executable).parent}:$PATH\n"
        "    argosy plan --env dev\n"
        "    argosy run wine --env dev\n"
        "    argosy run digits --env dev -p rows=500\n"
        "    argosy models compare digits 1 2"
    )


def _head(stage: Stage) -> str:
    return stage.ask("git rev-parse HEAD")


def _commits(stage: Stage) -> int:
    return int(stage.ask("git -C .argosy/gitops.git rev-list --count main"))


def _tree(stage: Stage) -> str:
    return stage.ask("git -C .argosy/gitops.git rev-parse main:envs/dev")


def _replaced(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise Broken(f"the example holds {old!r} {text.count(old)} times, not once")
    return text.replace(old, new)


def _place(text: str, word: str) -> str:
    before = text[: text.index(word)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
