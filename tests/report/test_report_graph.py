"""Graphs as pictures, lists, Mermaid and JSON: golden files of the examples, and strange graphs."""

import json
import os
import random
import re
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator

from argosy.report import graph
from argosy.report.mermaid import mermaid
from argosy.report.picture import listing, picture
from compiler.outline import Edge, Node, Outline, outline
from compiler.project import load_project
from compiler.render import compile_pipeline

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/compiler/golden"
HERE = Path(__file__).parent / "graphs"
EXAMPLES = sorted(path.parent.name for path in ROOT.glob("pipelines/*/pipeline.yaml"))
MERMAID = re.compile(
    r"flowchart TD"
    r"|  +s_\w+(\[\"|\[\[\"|\{\{\"|\(\[\"|\{\"|\[\(\"|\[/\")[^\"<>`&]*(<br/>[^\"<>`&]*)*"
    r"(\"\]|\"\]\]|\"\}\}|\"\]\)|\"\}|\"\)\]|\"/\])"
    r"|  s_\w+ (-->|-\.->) s_\w+"
    r"|  subgraph on_\w+\[\"on \w+\"\]|  end"
    r"|  classDef \w+ [-\w:,. ]+|  class s_[\w,]+ \w+"
)


def example(name: str) -> Outline:
    return outline(compile_pipeline(load_project(ROOT), name, "prod").pipeline)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_graphs_of_the_examples(name: str) -> None:
    found = example(name)
    for suffix, text in (("txt", graph.text(found, 80)), ("mmd", mermaid(found))):
        path = HERE / f"{name}.{suffix}"
        if os.environ.get("ARGOSY_UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        assert text == path.read_text("utf-8"), "ARGOSY_UPDATE_GOLDEN=1 writes it anew"
        assert all(len(line) <= 80 for line in text.splitlines() if suffix == "txt")


@pytest.mark.parametrize("name", EXAMPLES)
def test_json_keeps_to_its_schema(name: str) -> None:
    schema = json.loads((ROOT / "schemas/graph.schema.json").read_text("utf-8"))
    body = json.loads(graph.as_json(example(name)))
    Draft202012Validator(schema).validate(body)
    assert {edge["target"] for edge in body["edges"]} <= {node["name"] for node in body["nodes"]}


@pytest.mark.parametrize("name", sorted(p.name for p in (GOLDEN / "pipelines").iterdir()))
def test_whatever_compiles_has_a_graph(name: str) -> None:
    found = outline(compile_pipeline(load_project(GOLDEN), name, "prod").pipeline)
    assert graph.text(found, 80)
    assert all(MERMAID.fullmatch(line) for line in mermaid(found).splitlines())
    kinds = {node.name: node.kind for node in found.nodes}
    assert name != "notices" or kinds["failure-slack"] == "slack"


def chain(number: int, seed: int) -> Outline:
    source = random.Random(seed)  # noqa: S311 - the same on every run
    nodes = [Node(f"step-{n}", "run") for n in range(number)]
    edges = [
        Edge(f"step-{before}", f"step-{n}", "data")
        for n in range(1, number)
        for before in sorted(set(source.choices(range(max(0, n - 6), n), k=source.choice([1, 2]))))
    ]
    return Outline("p", "dev", tuple(nodes), tuple(edges))


@pytest.mark.parametrize("seed", range(20))
def test_a_picture_holds_every_step_once_and_keeps_its_width(seed: int) -> None:
    found = chain(3 + 2 * seed, seed)
    drawn = picture(found, 100)
    if drawn is None:
        return
    assert max(map(len, drawn.splitlines())) <= 100
    names = re.findall(r"step-\d+", drawn)
    assert sorted(names) == sorted(node.name for node in found.nodes)
    assert drawn.translate({ord(c): None for c in "│─┘└┐┌┤├┴┬┼▼ \n-"}).replace("step", "").isdigit()


def test_twenty_pictures_are_drawn_most_of_the_time() -> None:
    drawn = [picture(chain(3 + 2 * seed, seed), 100) for seed in range(20)]
    assert sum(text is not None for text in drawn) >= 15


def wide(number: int) -> Outline:
    names = [f"part-{n}" for n in range(number)]
    nodes = [Node("start", "run"), *(Node(n, "run") for n in names), Node("end", "select")]
    edges = [Edge("start", n, "data") for n in names] + [Edge(n, "end", "order") for n in names]
    return Outline("p", "dev", tuple(nodes), tuple(edges))


def test_steps_that_are_alike_share_a_box_when_there_is_no_room() -> None:
    drawn = picture(wide(100), 80)
    assert drawn is not None
    assert "100 steps" in drawn
    assert "part-0 … part-99" in drawn
    assert "part-1 " in str(picture(wide(3), 80))


def test_a_graph_that_is_too_wide_becomes_a_list() -> None:
    nodes = tuple(Node(f"a-step-{n}", "run", when=f"params.x > {n}") for n in range(9))
    edges = tuple(Edge("a-step-0", f"a-step-{n}", "data") for n in range(1, 9))
    found = Outline("p", "dev", nodes, edges)
    assert picture(found, 80) is None
    lines = graph.text(found, 80).splitlines()
    assert lines[0] == "a-step-0 (if params.x > 0)"
    assert lines[3] == "a-step-3 (if params.x > 3)  ← a-step-0"
    assert all(len(line) <= 30 for line in listing(found, 30).splitlines())


def test_without_unicode_only_ascii_is_drawn() -> None:
    for found in (*map(example, EXAMPLES), wide(100), chain(9, 1)):
        for text in (picture(found, 100, unicode=False), listing(found, 60, unicode=False)):
            assert text is None or text.isascii(), text


def test_mermaid_is_written_by_its_grammar_whatever_the_texts() -> None:
    awkward = 'x == "a<b>&`#;" or\n(y) |z| [end] {{q}}'
    nodes = (
        Node("end", "run", when=awkward),
        Node("graph", "approval", tolerated=True),
        Node("a-b", "run", 3, ("m", "k")),
        Node("style", "resource", None, ("list",)),
        Node("h", "run", event="failure"),
    )
    found = Outline("p", "dev", nodes, (Edge("end", "graph", "order"),))
    for each in (found, *map(example, EXAMPLES)):
        for line in mermaid(each).splitlines():
            assert MERMAID.fullmatch(line), line


def test_order_that_follows_from_other_edges_is_not_drawn(tmp_path: Path) -> None:
    (tmp_path / "pipelines/p").mkdir(parents=True)
    (tmp_path / "argosy.yaml").write_text(
        "apiVersion: argosy.dev/v1\nkind: Project\nname: t\nenvironments: {dev: {namespace: d}}\n"
    )
    (tmp_path / "pipelines/p/pipeline.yaml").write_text(
        "apiVersion: argosy.dev/v1\nkind: Pipeline\nname: p\ndefaults: {image: 'a:1'}\nsteps:\n"
        "  a: {run: x, outputs: {o: o}}\n  b: {run: x, needs: [a]}\n"
        "  c: {run: x, needs: [a, b], inputs: {o: '${steps.a.outputs.o}'}}\n"
        "  d: {run: x, needs: [a, c]}\n"
    )
    found = outline(compile_pipeline(load_project(tmp_path), "p", "dev").pipeline)
    assert {(e.source, e.target, e.kind) for e in found.edges} == {
        ("a", "b", "order"),
        ("a", "c", "data"),
        ("b", "c", "order"),
        ("c", "d", "order"),
    }
