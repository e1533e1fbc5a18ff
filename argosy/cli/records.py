"""Runs and steps as people name them: by a beginning, by their pipeline, or not at all."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from argosy.cli import workspace
from argosy.cli.usage import UsageFailure
from argosy.engine import journal
from argosy.engine.journal import RunSummary, StoredRun
from argosy.engine.nodes import Node

_BELOW = (".", "(", "[")
_NEWEST = 200  # how many runs are looked through for what a mistyped name meant


def folder() -> Path:
    """Return the folder that keeps the runs: the project's, or the current folder's."""
    try:
        root = workspace.find_root()
    except UsageFailure:
        root = Path.cwd()
    return root / workspace.STATE


def find(state: Path, word: str) -> RunSummary | None:
    """Return the run that `word` means, the newest for an empty one; None when it means none.

    It is a name, the beginning of one name only, or a pipeline, whose newest run is meant. Raise
    `UsageFailure` when it is the beginning of several.
    """
    if not word:
        return next(iter(journal.runs(state, 1)), None)
    found = journal.runs(state)
    exact = next((run for run in found if run.name == word), None)
    exact = exact or next((run for run in found if run.workflow == word), None)
    begun = [run for run in found if run.name.startswith(word)]
    if exact is None and len(begun) > 1:
        names = ", ".join(run.name for run in begun[:5])
        raise UsageFailure(f"`{word}` begins the names of {len(begun)} runs", f"one of {names}")
    return exact or (begun[0] if begun else None)


def named(state: Path, word: str) -> RunSummary:
    """Return the run that `word` means; raise `UsageFailure` when there is none."""
    found = find(state, word)
    if found is not None:
        return found
    known = tuple(run.name for run in journal.runs(state, _NEWEST))
    if not known:
        raise UsageFailure("there are no runs yet", "argosy run PIPELINE")
    from compiler.problems import nearest

    raise UsageFailure(f"there is no run `{word}`", f"{nearest(word, known)} (`argosy runs`)")


def pair(state: Path, words: Sequence[str]) -> tuple[RunSummary, str]:
    """Return run and step of `[RUN] [STEP]`; a single word that is no run is a step of the last."""
    if len(words) > 2:
        raise UsageFailure(f"a run and a step, but `{words[2]}`?", "put names in quotes")
    first, second = (*words, "", "")[:2]
    run = find(state, first)
    if run is not None or not first or second:
        return run or named(state, first), second
    last = named(state, "")
    nodes = journal.load(state, last.name).nodes
    if steps(last.name, nodes, first):
        return last, first
    from compiler.problems import nearest

    known = (*_names(last.name, nodes), *(found.name for found in journal.runs(state, _NEWEST)))
    text = f"`{first}` is no run, and no step of the last one, `{last.name}`"
    raise UsageFailure(text, nearest(first, known))


def _names(run: str, nodes: Sequence[Node]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(node.within(run) for node in nodes if node.name != run))


def steps(run: str, nodes: Sequence[Node], word: str) -> list[Node]:
    """Return the nodes that `word` names: as people see them, or as Argo does, or a beginning."""
    ways: tuple[Callable[[Node], bool], ...] = (
        lambda node: word in (node.name, node.within(run)),
        lambda node: word == node.display_name,
        lambda node: node.within(run).startswith(word),
    )
    for way in ways:
        if found := [node for node in nodes if node.name != run and way(node)]:
            return found
    return [node for node in nodes if node.name == word]


def step(run: StoredRun, word: str) -> Node:
    """Return the node that `word` names; raise `UsageFailure` when it names none or several."""
    name = run.description.name
    found = steps(name, run.nodes, word)
    names = {node.name for node in found}
    tops = [node for node in found if not names.intersection(above(node.name))]
    if len(tops) == 1:
        return tops[0]
    if not tops:
        from compiler.problems import nearest

        known = _names(name, run.nodes)
        raise UsageFailure(f"run `{name}` has no step `{word}`", nearest(word, known[:500]))
    shown = ", ".join(node.within(name) for node in tops[:5])
    raise UsageFailure(f"`{word}` means {len(tops)} steps", f"one of {shown}")


def above(name: str) -> Iterator[str]:
    """Yield the names that a node's name begins with: of what it may be a part."""
    return (name[:index] for index, letter in enumerate(name) if letter in _BELOW)
