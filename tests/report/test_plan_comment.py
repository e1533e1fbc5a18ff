"""The comment of a plan under hostile texts and sizes: bounded, balanced, and nobody's tool."""

import os
import random
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from argosy.report.comment import LONGEST, SUMMARY, comment, read_marker, short, size, summary
from argosy.report.plan import review_text
from argosy.report.plan_graph import mermaid
from argosy.report.plan_json import as_json
from argosy.report.plan_markdown import markdown
from gitops.plan_change import (
    Action,
    Change,
    PipelineAction,
    PipelinePlan,
    Plan,
    PolicyFinding,
    Review,
    Severity,
)
from gitops.plan_cost import Cost, CostChange
from gitops.plan_fields import Field
from gitops.plan_graph import Graph, GraphChange, Node
from gitops.plan_stop import Stop, StopKind

SHA = "ab" * 20
ROUNDS = int(os.environ.get("ARGOSY_COMMENTS", "24"))
PIECES = (
    *("```", "````", "~~~", "`", "<!--", "-->", "</details>", "<details>", "<summary>"),
    *("@org/team", "::add-mask::x", "##[error]x", "::stop-commands::t", "\n", "\r\n", "\u2028"),
    *("\x1b[31m", "\x00", "1.", "\t"),
    *("%%{init: {}}%%", '"]; click a href', "end", "subgraph", "-->|x|", "#12", "GH-3", "$x$"),
    *("a|b", "https://evil.example", "www.x.y", "[x](y)", "![x](y)", "<img src=x>", "&lt;"),
    *("<!-- argosy:plan shop head= -->", "é", "漢字", "🦊", "\ud83d", "\u202e", "- [ ] x"),
    *("# h", "> q", "\\", "| --- |", "***", "___", "plain words", "x" * 300, "```mermaid", "---"),
)  # fmt: skip


class Hostile:
    """Reviews whose every text is a heap of what steers Markdown, HTML, Mermaid or a CI's log."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - not for secrets

    def text(self) -> str:
        return "".join(self.random.choices(PIECES, k=self.random.randint(0, 9)))

    def texts(self) -> tuple[str, ...]:
        return tuple(self.text() for _ in self.several(9))

    def several(self, most: int) -> range:
        return range(self.random.choice([0, 1, 2, self.random.randint(0, most)]))

    def review(self) -> Review:
        plans = tuple(self.plan() for _ in self.several(12))
        return Review(self.text(), SHA, self.random.random() < 0.5, "", self.text(), plans)

    def plan(self) -> Plan:
        found = tuple(self.finding() for _ in self.several(30))
        return Plan(
            self.text(), tuple(self.pipeline() for _ in self.several(60)), 7,
            tuple(self.change() for _ in self.several(9)), self.texts(), self.text(), self.texts(),
            len(found), found, tuple(self.stop() for _ in self.several(9)),
        )  # fmt: skip

    def pipeline(self) -> PipelinePlan:
        actions: list[PipelineAction] = ["created", "removed", "renamed", "changed"]
        return PipelinePlan(
            self.text(), self.random.choice(actions),
            tuple(self.change() for _ in self.several(80)),
            cost=self.cost() if self.random.random() < 0.3 else None,
            pruned=tuple(self.text() for _ in self.several(40)),
            graph=self.graphs() if self.random.random() < 0.5 else None,
            fields=tuple(Field(self.text(), self.text()) for _ in self.several(90)),
        )  # fmt: skip

    def change(self) -> Change:
        actions: list[Action] = ["added", "removed", "renamed", "changed"]
        severities: list[Severity] = ["danger", "attention", "info"]
        texts = self.text(), self.text(), self.text(), self.text()
        return Change(self.random.choice(actions), *texts, self.random.choice(severities))

    def cost(self) -> CostChange:
        return CostChange(self.text(), None, Cost(1, 2, 3, (self.text(),)))

    def finding(self) -> PolicyFinding:
        texts = self.text(), self.text(), self.text(), self.text()
        return PolicyFinding(
            *texts, "warn" if self.random.random() < 0.5 else "refuse", self.text()
        )

    def stop(self) -> Stop:
        kinds: list[StopKind] = ["frozen", "held", "changed", "promotion"]
        texts = [self.text() for _ in range(7)]
        return Stop(self.random.choice(kinds), self.text(), self.random.random() < 0.5, *texts)

    def graphs(self) -> GraphChange:
        return GraphChange(self.graph(), self.graph(), (self.text(),))

    def graph(self) -> Graph:
        names = list(dict.fromkeys(self.text() for _ in self.several(80)))
        nodes = tuple(Node(name, 1, False) for name in names)
        return Graph(nodes, tuple(pairwise(names)))


def outside(text: str) -> Iterator[str]:
    """Yield the lines that are in no fence; fail if a fence stays open or is in no element."""
    fence = ""
    for line in text.split("\n"):
        ticks = re.match(r"`{3,}", line)
        if not fence and ticks:
            fence = ticks[0]
        elif fence and re.fullmatch(rf"{fence}`* *", line):
            fence = ""
        elif not fence:
            yield line
    assert not fence, "a fence stays open"


def confirm(text: str) -> None:
    """Fail if a text of a review means anything in Markdown, in HTML or in the log of a job."""
    assert text.count("\r") == text.count("\x1b") == text.count("\x00") == text.count("\u2028") == 0
    text.encode("utf-8")
    lines = list(outside(text))
    body = "\n".join(lines)
    assert body.count("<details>") == body.count("</details>") == body.count("<summary>")
    tags = set(re.findall(r"<[^>]*>?", body.partition("\n")[2]))
    assert tags <= {"<details>", "</details>", "<summary>", "</summary>", "<sub>", "</sub>"}, tags
    shown = re.sub(r"`[^`]*`", "", re.sub(r"&#\d+;|\\[^#]", "", body.partition("\n")[2]))
    assert not re.search(r"@[A-Za-z]|#\d|(?i:gh)-\d|://|(?i:www)\.|\$", shown)
    for line in text.split("\n"):
        assert not line.lstrip().startswith("::"), line
        assert "##[" not in line, line


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_whatever_the_texts_the_comment_holds(seed: int) -> None:
    review = Hostile(seed).review()
    for longest in (LONGEST, 30_000):
        told = comment(review, SHA, longest)
        assert size(told) <= max(longest, 30_000)
        assert read_marker(told)
        confirm(told)
    assert size(short(review, SHA)) <= LONGEST
    confirm(short(review, SHA))
    confirm(f"first line\n{markdown(review)}")
    as_json(review).encode("utf-8", "replace")
    for line in review_text(review).splitlines():
        assert not line.lstrip().startswith("::"), line
        assert not re.search(r"##\[|\x1b", line), line


@pytest.mark.parametrize("seed", range(9))
def test_labels_of_a_graph_are_letters(seed: int) -> None:
    drawn = mermaid(Hostile(seed).graphs())
    for line in (drawn or "").splitlines():
        known = (
            r'flowchart LR|  subgraph (before|after)\["\1"\]|  end|  classDef \w+ [\w:#,\- ]+'
            r'|    \w+\["[\w ./×#;-]*"\](:::\w+)?|    \w+ --> \w+|    \w+\(\["and \d+ more"\]\)'
        )
        assert re.fullmatch(known, line), line


def wide(pipelines: int) -> Review:
    """A pull request that changes, adds and removes many pipelines."""
    change = Change("changed", "step", "train", "image", "a:1 → a:2", "attention")
    plans = [
        PipelinePlan(f"p{n}", "changed", (change,) * 9, fields=(Field("spec.x", "1 → 2"),) * 9)
        for n in range(pipelines)
    ]
    gone = PipelinePlan("gone", "removed", (), pruned=("CronWorkflow ml/gone",))
    finding = PolicyFinding("owner-required", "p1", "has no owner", "pipelines/p1:3", "refuse")
    plan = Plan("prod", (gone, *plans), pipelines, policies=15, findings=(finding,))
    return Review("shop", SHA, False, "", "0.1.0", (plan, Plan("dev", (), 3)))


def test_story_18_of_500_pipelines_the_grave_is_said_and_the_rest_counted() -> None:
    told = comment(wide(500), SHA)
    assert 40_000 < size(told) <= LONGEST
    confirm(told)
    assert told.splitlines()[0] == f"<!-- argosy:plan shop head={SHA} -->"
    assert "**prod**: 500 changed, 1 REMOVED of 500 pipelines, policies 14/15" in told
    assert "**dev**: **no manifest changes**" in told
    for words in ("CronWorkflow ml/gone", "owner\\-required", "**p1** changed"):
        assert words in told
    left = re.search(r"\*\*Left out for length:\*\* (\d+) sections \((.*)\)\.", told)
    assert left
    assert re.fullmatch(r"\d+ of changes, 500 of fields", left[2])
    assert int(left[1]) + told.count("** changed\n") + 2 == 500 + 500 + 2
    assert "Left out" not in comment(wide(5), SHA)


def test_a_summary_is_whole_or_what_a_summary_holds() -> None:
    assert summary(wide(60)) == markdown(wide(60))
    told = summary(wide(4000))
    assert 200_000 < len(told.encode()) <= SUMMARY
    assert "Left out for length" in told
    assert "CronWorkflow ml/gone" in told


def test_what_matters_least_is_dropped_first() -> None:
    review = wide(60)
    dropped = []
    for longest in range(60_000, 3_000, -1_500):
        told = comment(review, SHA, longest)
        assert size(told) <= longest
        for words in ("spec.x", "**p59**", "owner\\-required", "CronWorkflow ml/gone"):
            if words not in told and words not in dropped:
                dropped.append(words)
    assert dropped[:2] == ["spec.x", "**p59**"]
    assert "CronWorkflow ml/gone" not in dropped[:3]


def test_a_large_graph_shows_what_changed_and_its_neighbours() -> None:
    names = [f"step-{n}" for n in range(200)]
    old = Graph(tuple(Node(n, 1, False) for n in names), tuple(pairwise(names)))
    new = Graph((*old.nodes, Node("fresh", 3, False)), (*old.edges, ("step-100", "fresh")))
    drawn = mermaid(GraphChange(old, new, ("step-7",)))
    assert drawn
    assert '["fresh × 3"]:::added' in drawn
    assert all(words in drawn for words in ('["step-7"]:::changed', '["step-8"]'))
    assert '["step-9"]' not in drawn
    assert '(["and 196 more"])' in drawn
    assert mermaid(GraphChange(old, Graph(old.nodes, ()), ())) is None
