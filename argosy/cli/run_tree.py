"""The steps of a run as a tree: what is done is folded, what runs, waits or failed is shown."""

from collections.abc import Iterable, Iterator, Mapping

from argosy.cli.run_words import duration, mark, outputs, taken
from argosy.engine.nodes import BAD, Event, Node
from compiler.convention import SETTLED
from compiler.record import field, mutable, record

_GROUPS = ("DAG", "Steps", "TaskGroup", "StepGroup")
_QUIET = ("Succeeded", "Skipped", "Omitted")
_SEPARATORS = (".", "(", "[")


@mutable
class Branch:
    """A node as it is shown, and how many of the leaves below it are in each phase."""

    node: Node
    parent: "Branch | None"
    children: "list[Branch]" = field(default_factory=list)
    attempts: list[Node] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    counted: str = ""

    @property
    def group(self) -> bool:
        """Whether it stands for the nodes below it."""
        return self.node.type in _GROUPS

    @property
    def calm(self) -> bool:
        """Whether nothing here needs a look: it ended, and not badly."""
        if self.group:
            return self.node.phase in _QUIET and not any(self.counts.get(p) for p in BAD)
        return self.node.phase in _QUIET


@record
class Row:
    """A line of the tree; `style` is a phase, or empty for what is told about many."""

    depth: int
    mark: str
    name: str
    time: str = ""
    detail: str = ""
    style: str = ""


class Tree:
    """Takes events; gives rows. `plan` names the tasks of the entrypoint and what each awaits."""

    def __init__(self, run: str, plan: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self.run, self.plan = run, plan or {}
        self.branches: dict[str, Branch] = {}
        self.hidden: dict[str, Branch | None] = {}
        self.roots: list[Branch] = []
        self.begun: set[str] = set()
        self.awaits = ""

    def add(self, event: Event) -> None:
        """Take a change; what is already known costs no search."""
        node = event.node
        if node.name == self.run:
            self.awaits = node.message if event.phase == "Pending" else ""
        branch = self.branches.get(node.name)
        if branch is None and node.name not in self.hidden:
            branch = self._place(node)
        if branch is not None:
            _count(branch, event.phase)

    def _place(self, node: Node) -> Branch | None:
        """Hang a new node below its parent, or leave it out."""
        parent = self._above(node.name)
        if parent is not None and parent.node.type == "Retry" and node.type == "Pod":
            parent.attempts.append(node)
            self.hidden[node.name] = parent
            return None
        if (node.name == self.run and node.type in _GROUPS) or _transparent(node, parent):
            self.hidden[node.name] = parent
            return None
        branch = self.branches[node.name] = Branch(node, parent)
        (parent.children if parent else self.roots).append(branch)
        if parent is None:
            self.begun.add(node.display_name)
        return branch

    def _above(self, name: str) -> Branch | None:
        """Return the nearest branch whose name begins `name`: node names tell who is whose."""
        while name:
            name = name[: max(name.rfind(mark) for mark in _SEPARATORS)]
            if name in self.branches:
                return self.branches[name]
            if name in self.hidden:
                return self.hidden[name]
            if not any(mark in name for mark in _SEPARATORS):
                return None
        return None

    def rows(self, now: float, room: int) -> list[Row]:
        """Return at most `room` rows; `now` is in seconds since the epoch."""
        total = len(self.branches) + len(self.plan) - len(self.begun & self.plan.keys())
        fold = total > room
        found = list(_rows(self.roots, self.run, now, 0, fold=fold))
        found += self._to_come(fold=fold)
        return found if len(found) <= room else _cropped(found, room)

    def _to_come(self, *, fold: bool) -> list[Row]:
        left = {n: [w for w in awaited if not self._over(w)] for n, awaited in self.plan.items()}
        left = {name: awaited for name, awaited in left.items() if name not in self.begun}
        if fold and len(left) > 1:
            return [Row(0, "·", f"{len(left)} more to come")]
        return [
            Row(0, "·", name, "", f"waits for {', '.join(awaited)}" if awaited else "")
            for name, awaited in left.items()
        ]

    def _over(self, name: str) -> bool:
        return any(b.node.done for b in self.roots if b.node.display_name == name)

    def summary(self) -> dict[str, int]:
        """Return how many leaves are in each phase."""
        return _total(self.roots)


def _transparent(node: Node, parent: Branch | None) -> bool:
    """Whether a node is there for Argo's sake only: groups of `steps`, borders, settled ends."""
    name = node.display_name
    if node.type == "StepGroup" or node.template == SETTLED or name.startswith("from-"):
        return True
    return bool(
        parent and parent.node.type == "DAG" and parent.node.display_name.partition("(")[0] == name
    )


def _count(branch: Branch, phase: str) -> None:
    """Move a leaf from its last phase to `phase`, in everything above it."""
    if branch.group or branch.counted == phase:
        return
    before, branch.counted = branch.counted, phase
    above = branch.parent
    while above is not None:
        if before:
            above.counts[before] -= 1
        above.counts[phase] = above.counts.get(phase, 0) + 1
        above = above.parent


def _rows(
    branches: Iterable[Branch], run: str, now: float, depth: int, *, fold: bool
) -> Iterator[Row]:
    calm = 0
    for branch in branches:
        if fold and branch.calm:
            calm += max(sum(branch.counts.values()), 1)
            continue
        yield _row(branch, run, now, depth)
        if branch.children:
            yield from _rows(branch.children, run, now, depth + 1, fold=fold)
    if calm:
        yield Row(depth, "✔", f"{calm} done", style="Succeeded")


def _row(branch: Branch, run: str, now: float, depth: int) -> Row:
    node = branch.node
    detail = _counted(branch.counts) if branch.group else _detail(branch, run)
    sign = mark(node.phase)
    return Row(depth, sign, node.display_name, taken(node, now), detail, node.phase)


def _detail(branch: Branch, run: str) -> str:
    """Say what a leaf waits for, how often it was tried, how it ended."""
    node, tries = branch.node, len(branch.attempts)
    if node.type == "Suspend" and node.phase == "Running":
        return node.message or f"waits for you: argosy approve {run} {node.display_name}"
    words = [node.message or ("waits for its turn" if node.phase == "Pending" else "")]
    last = next((n for n in reversed(branch.attempts) if n.phase in BAD), None)
    if tries > 1 and not node.done:
        words.insert(0, f"attempt {tries}")
    elif tries > 1:
        words.insert(0, f"{tries} attempts")
    if last is not None and node.phase != "Succeeded":
        words.append(last.message if node.done else f"before: {last.message}")
    words += [outputs(node)] if node.phase == "Succeeded" else []
    words += ["cached"] if getattr(node, "cached", False) else []
    return "  ".join(word for word in words if word)


def _counted(counts: Mapping[str, int]) -> str:
    done = sum(counts.get(phase, 0) for phase in _QUIET)
    failed = sum(counts.get(phase, 0) for phase in BAD)
    words = [f"{done}/{sum(counts.values())}"] if counts else []
    return " · ".join([*words, *([f"{failed} failed"] if failed else [])])


def _total(roots: Iterable[Branch]) -> dict[str, int]:
    found: dict[str, int] = {}
    for branch in roots:
        counts = branch.counts if branch.group else {branch.counted: 1}
        for phase, number in counts.items():
            found[phase] = found.get(phase, 0) + number
    return found


def _cropped(rows: list[Row], room: int) -> list[Row]:
    """Keep what failed, then what runs, then the rest, in the order of the tree."""
    order = {"Failed": 0, "Error": 0, "Running": 1, "Pending": 2}
    ranked = sorted(range(len(rows)), key=lambda i: (order.get(rows[i].style, 3), i))
    kept = sorted(ranked[: max(room - 1, 0)])
    more = Row(0, "…", f"and {len(rows) - len(kept)} more")
    return [*(rows[index] for index in kept), more] if room > 0 else []


def heading(tree: Tree, started: float, now: float) -> str:
    """Return the line above the tree, such as `churn-x7k2p  12 done · 2 running  1m02s`."""
    counts = tree.summary()
    numbers = {
        "done": sum(counts.get(phase, 0) for phase in _QUIET),
        "running": counts.get("Running", 0),
        "waiting": counts.get("Pending", 0),
        "failed": sum(counts.get(phase, 0) for phase in BAD),
    }
    told = " · ".join(f"{number} {word}" for word, number in numbers.items() if number)
    parts = (tree.run, told, duration(now - started), tree.awaits)
    return "  ".join(part for part in parts if part)
