"""The report of a run: what it tells, what it leaves out, and that no text in it becomes code."""

import json
import os
import re
import time
from html.parser import HTMLParser
from pathlib import Path

import jsonschema_rs
import pytest

from argosy.engine.journal import StoredRun
from argosy.engine.nodes import Node
from argosy.report import excerpt, run_metrics, run_words
from argosy.report.run_artifacts import Budget, describe
from argosy.report.run_html import page
from argosy.report.run_json import as_json
from argosy.report.run_metrics import from_histories, from_outputs
from argosy.report.run_source import Tracking
from argosy.report.run_view import RunView, Step, view
from compiler.record import replace
from tests.report import run_samples
from tests.report.run_samples import START, pod, template

SCHEMA = Path(__file__).parents[2] / "schemas" / "report.schema.json"


def told(run: StoredRun, tracking: Tracking | None = None) -> RunView:
    return view(run, tracking or Tracking(), START + 60)


def steps(run: RunView) -> dict[str, Step]:
    return {step.label: step for step in run.steps}


def run_of(folder: Path, tasks: dict[str, str], *nodes: Node, phase: str = "Succeeded") -> RunView:
    listed = [{"name": n, "template": "t", "depends": d} for n, d in tasks.items()]
    text = run_samples.manifest(listed, template("t"))
    return told(run_samples.stored(folder, "r", list(nodes), text, phase))


def test_a_step_with_attempts_is_one_step(tmp_path: Path) -> None:
    found = steps(told(run_samples.small(tmp_path / "r")))
    assert list(found) == ["ingest", "train", "register"]
    train = found["train"]
    assert [one.phase for one in train.attempts] == ["Failed", "Succeeded"]
    assert train.attempts[0].reason.startswith("was killed (SIGKILL), perhaps for want of memory")
    assert (train.phase, train.exit_code, train.outputs) == ("Succeeded", 0, {"auc": "0.913"})
    assert train.waited == pytest.approx(0.1, abs=1e-3)
    assert train.used is not None
    assert train.used.cpu == pytest.approx((3.1 + 14.2) * 0.8, rel=1e-3)
    assert train.asked.cpu == 2
    assert train.asked.memory_limit == 2**30


def test_the_critical_path_is_the_chain_that_ended_last(tmp_path: Path) -> None:
    tasks = {"a": "", "b": "", "c": "a && b.Failed", "d": "a"}
    run = run_of(
        tmp_path, tasks, pod("r.a", "t", 0, 2), pod("r.b", "t", 0, 5), pod("r.c", "t", 5, 3),
        pod("r.d", "t", 2, 4),
    )  # fmt: skip
    assert [step.label for step in run.steps if step.critical] == ["b", "c"]
    arrows = {(arrow.source, arrow.target) for arrow in run.graph.arrows}
    assert arrows == {("r.a", "r.c"), ("r.b", "r.c"), ("r.a", "r.d")}


def test_steps_templates_run_one_group_after_the_other(tmp_path: Path) -> None:
    nodes = [
        Node("r.s", "s", "Steps", "Succeeded", started=START, finished=START + 4),
        Node("r.s[0]", "s", "StepGroup", "Succeeded", started=START, finished=START + 1),
        pod("r.s[0].a", "t", 0, 1),
        Node("r.s[1]", "s", "StepGroup", "Succeeded", started=START + 1, finished=START + 4),
        pod("r.s[1].b", "t", 1, 3),
    ]
    run = run_of(tmp_path, {"s": ""}, *nodes)
    assert [(a.source, a.target) for a in run.graph.arrows] == [("r.s[0].a", "r.s[1].b")]
    assert [step.critical for step in run.steps] == [True, True]


def test_items_are_found_whatever_is_in_them(tmp_path: Path) -> None:
    items = ["0:0.5", "1:a(b)[c].d", "2:x y"]
    group = Node("r.f", "t", "TaskGroup", "Succeeded", started=START, finished=START + 1)
    pods = [pod(f"r.f({item})", "t", 0, 1) for item in items]
    run = run_of(tmp_path, {"f": "", "z": "f"}, group, *pods, pod("r.z", "t", 1, 1))
    assert len(run.steps) == 4
    assert {arrow.target for arrow in run.graph.arrows} == {"r.z"}
    assert len(run.graph.arrows) == 3


def test_exit_handlers_and_hooks_come_after_what_they_belong_to(tmp_path: Path) -> None:
    nodes = [pod("r.a", "t", 0, 1), pod("r.a.hooks.done", "t", 1, 1), pod("r.onExit", "t", 2, 1)]
    run = run_of(tmp_path, {"a": ""}, *nodes)
    assert len(run.steps) == 3
    assert ("r.a", "r.onExit") in {(a.source, a.target) for a in run.graph.arrows}


def test_a_run_that_goes_on_tells_what_is_to_come(tmp_path: Path) -> None:
    tasks = {"a": "", "b": "a"}
    going = Node("r.a", "t", "Pod", "Running", started=START + 1)
    run = run_of(tmp_path, tasks, going, phase="Running")
    assert run.live
    assert [(s.label, s.phase) for s in run.steps] == [("a", "Running"), ("b", "Pending")]
    assert "so far" in page(run)


def test_many_steps_share_boxes_and_every_graph_is_small(tmp_path: Path) -> None:
    items = [pod(f"r.f({n}:{n})", "t", 0, 1) for n in range(1000)]
    group = Node("r.f", "t", "TaskGroup", "Succeeded", started=START, finished=START + 1)
    wide = run_of(tmp_path, {"f": "", "z": "f"}, group, *items, pod("r.z", "t", 1, 1))
    assert [len(box.steps) for box in wide.graph.boxes] == [1000, 1]
    vars(items[7])["phase"] = "Failed"
    one = run_of(tmp_path, {"f": "", "z": "f"}, group, *items, pod("r.z", "t", 1, 1))
    assert ">1000 steps · 1 Failed<" in page(one)
    began = time.process_time()
    tasks = {f"s{n}": f"s{n - 1}" if n else "" for n in range(3000)}
    chain = run_of(tmp_path, tasks, *(pod(f"r.s{n}", "t", n, 1) for n in range(3000)))
    assert len(chain.graph.boxes) <= 60
    assert sum(len(box.steps) for box in chain.graph.boxes) == 3000
    assert all(step.critical for step in chain.steps)
    assert "2,000 of 3,000" in page(chain)
    assert time.process_time() - began < 60


def test_a_run_without_its_manifests_is_told_too(tmp_path: Path) -> None:
    whole = run_samples.small(tmp_path / "r")
    bare = replace(whole, description=replace(whole.description, manifests={"a": "{[", "b": "1"}))
    run = told(bare)
    assert len(run.steps) == 3
    assert run.graph.arrows == ()
    assert run.costs is not None
    assert page(run)


def test_costs_are_those_of_the_time_taken(tmp_path: Path) -> None:
    run = told(run_samples.small(tmp_path / "r"))
    train = steps(run)["train"]
    assert train.cost == pytest.approx((2 * 0.04 + 1 * 0.005) * (3.1 + 14.2) / 3600, rel=1e-3)
    assert run.costs is not None
    assert run.costs.run == pytest.approx(sum(step.cost or 0 for step in run.steps))
    assert run.costs.most is not None
    assert run.costs.most > run.costs.run
    unpriced = run_samples.small(tmp_path / "u")
    for prices in ({}, {"prices": 3}, {"prices": {"nonsense": 1}, "nodes": {}}):
        none = told(replace(unpriced, description=replace(unpriced.description, prices=prices)))
        assert none.costs is None
        assert "no prices" in page(none)


@pytest.mark.parametrize(
    ("phase", "code", "message", "words"),
    [
        ("Failed", 1, "Error (exit code 1)", "ended with exit code 1"),
        ("Failed", 139, "", "crashed (SIGSEGV): exit code 139"),
        ("Failed", 127, "", "its command was not found: exit code 127"),
        ("Error", None, "no room", "no room"),
        ("Failed", None, "", "ended without a word"),
        ("Skipped", None, "when 'a == b' evaluated false", "its condition was false: a == b"),
        ("Omitted", None, "omitted: depends condition not met", "what it waits for did not end"),
        ("Succeeded", 0, "", ""),
    ],
)
def test_ends_in_words(phase: str, code: int | None, message: str, words: str) -> None:
    node = Node("r.a", "t", "Pod", phase, message, exit_code=code)
    assert run_words.reason(node).startswith(words)
    assert bool(run_words.reason(node)) == bool(words)


def test_spans_sizes_and_amounts() -> None:
    spans = {0: "0.0 s", -3: "0.0 s", 9.96: "10 s", 59.6: "1 min", 185: "3 min 5 s"}
    spans |= {7800: "2 h 10 min", 86400: "1 d", 97200: "1 d 3 h"}
    assert {value: run_words.span(value) for value in spans} == spans
    assert [run_words.size(n) for n in (0, 1023, 1536, 200 * 2**20, 2**50)] == [
        "0 B", "1023 B", "1.5 KiB", "200 MiB", "1024 TiB",
    ]  # fmt: skip
    assert [run_words.money(n) for n in (0, 0.0000312, 0.5, 1234.5)] == [
        "0", "0.000031", "0.50", "1,234.50",
    ]  # fmt: skip
    assert run_words.moment(1e30) == "at no time"


def test_artifacts_are_looked_at_never_loaded(tmp_path: Path) -> None:
    run = run_samples.small(tmp_path / "r")
    found = {a.name: a for s in told(run).steps for a in s.artifacts}
    assert found["raw"].preview.rows[0] == ("id", "region", "churned")
    assert found["plot"].preview.image.startswith("data:image/png;base64,")
    assert '"auc": 0.91' in found["notes"].preview.text
    assert found["model"].preview.kind == "binary"
    assert found["model"].digest.startswith("sha256:")


def test_M06_a_pickle_that_would_run_something_is_never_loaded(tmp_path: Path) -> None:
    mark = tmp_path / "owned"
    bomb = f"cposix\nsystem\n(S'touch {mark}'\ntR."
    for name in ("model.pkl", "model.json", "model.csv", "model.png"):
        (tmp_path / name).write_text(bomb, "utf-8")
        found = describe("model", tmp_path / name, tmp_path, Budget())
        assert found.digest
    assert not mark.exists()


def test_odd_files_are_told_of_and_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / "inner").symlink_to("/etc/passwd")
    for name in ("pipe", "link", "gone"):
        found = describe(name, tmp_path / name, tmp_path, Budget())
        assert (found.preview.kind, found.preview.text) == ("missing", "")
    folder = describe("dir", tmp_path / "dir", tmp_path, Budget())
    assert (folder.files, folder.preview.rows) == (0, ())


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("deep.json", b"[" * 60_000, "text"),
        ("bad.json", b'{"a":', "text"),
        ("wide.csv", b",".join([b"x" * 500] * 400), "table"),
        ("quote.csv", b'"' + b"a" * 200_000, "table"),
        ("nul.txt", b"a\0b", "binary"),
        ("latin.txt", b"caf\xe9", "binary"),
        ("cut.txt", ("é" * 40_000).encode(), "text"),
        ("bom.txt", "\ufeffhello".encode(), "text"),
        ("fake.png", b"GIF87a<script>", "image"),
        ("bomb.svg", b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "b">]><svg/>', "text"),
        ("empty.csv", b"", "table"),
        ("page.html", b"<script>alert(1)</script>", "text"),
    ],
)
def test_previews_of_awkward_files_are_bounded(
    tmp_path: Path, name: str, content: bytes, kind: str
) -> None:
    (tmp_path / name).write_bytes(content)
    found = describe("a", tmp_path / name, tmp_path, Budget())
    assert found.preview.kind == kind
    assert len(found.preview.text) <= 4096
    assert sum(len(cell) for row in found.preview.rows for cell in row) <= 12 * 12 * 80


def test_a_million_files_are_counted_no_further_than_it_helps(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"part-{number:03}").write_bytes(b"x")
    found = describe("many", tmp_path, tmp_path.parent, Budget())
    assert (found.files, found.size, len(found.preview.rows)) == (50, 50, 20)
    assert found.preview.note == "and 30 more"


def test_logs_are_cut_in_the_middle_and_cleaned(tmp_path: Path) -> None:
    log = tmp_path / "log"
    lines = [f"line {number}" for number in range(10_000)]
    log.write_text("\n".join(lines), "utf-8")
    found = excerpt.log(log, 8192)
    assert found.head.startswith("line 0\n")
    assert found.tail.endswith("line 9999")
    assert len(found.head) + len(found.tail) + found.left_out == log.stat().st_size
    assert found.tail.splitlines()[0] in lines
    log.write_bytes(b"\x1b[31mred\x1b[0m\r\n10%\r100%\n\xff\0\x07\x1b]0;title\x07\xe2\x80\xaeend\n")
    assert excerpt.log(log, 8192).head == "red\n100%\n\ufffd···end\n"


def test_numbers_are_charts_and_texts_are_not() -> None:
    outputs = [("a", "auc", "0.9"), ("b", "auc", "0.8"), ("a", "name", "x"), ("a", "big", "1e999")]
    outputs += [("a", "mixed", "1"), ("b", "mixed", "one"), ("a", "_own", "1"), ("a", "u", "1_0")]
    charts = from_outputs(outputs)
    assert [(c.name, [b.value for b in c.bars]) for c in charts] == [("auc", [0.9, 0.8])]
    points = [(float(n), n / 10) for n in range(5000)]
    loss, flat = from_histories([("loss", "r", points), ("flat", "r", [(0.0, 1.0)])])
    assert len(loss.series[0].points) == 200
    assert (loss.series[0].points[-1].at, flat.bars[0].value) == (4999, 1.0)
    assert from_histories([("nan", "r", [(0.0, float("nan"))])]) == []


def test_what_mlflow_repeats_and_numbers_that_are_names_are_no_charts() -> None:
    outputs = [("r", "version", "3"), ("r", "uri", "models:/m/3"), ("t", "auc", "0.5")]
    logged = [("auc", "t", [(0.0, 0.5)]), ("f1", "t", [(0.0, 0.4)])]
    found = run_metrics.charts(outputs, logged)
    assert [(chart.name, chart.source) for chart in found] == [("auc", "outputs"), ("f1", "mlflow")]


def test_parameters_are_those_given_and_the_defaults(tmp_path: Path) -> None:
    whole = run_samples.small(tmp_path / "r")
    spec = {"entrypoint": "m", "templates": [], "arguments": {"parameters": [
        {"name": "seed", "value": 7}, {"name": "rows", "value": "1"}, {"name": "argosy-source"},
    ]}}  # fmt: skip
    manifests = {"a": json.dumps({"kind": "Workflow", "spec": spec})}
    given = {"rows": "5", "argosy-source": "abc"}
    about = replace(whole.description, manifests=manifests, parameters=given)
    assert told(replace(whole, description=about)).parameters == {"seed": "7", "rows": "5"}


class Checker(HTMLParser):
    """Collects elements, and sees that each that is opened is closed."""

    VOID = ("meta", "input", "img", "br", "hr")

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("sample", ["small", "large", "hostile"])
def test_the_page_is_well_formed_and_loads_nothing(sample: str, tmp_path: Path) -> None:
    text = page(told(getattr(run_samples, sample)(tmp_path / "r")))
    found = Checker(text).found
    names = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(names) == len(set(names))
    for tag, attributes in found:
        assert not any(name.startswith("on") or name == "style" for name in attributes), attributes
        link = attributes.get("href") or attributes.get("src") or "#"
        assert link.startswith(("#", "data:image/")), link
        assert tag not in ("iframe", "object", "embed", "link", "base", "form")
        if link.startswith("#") and len(link) > 1:
            assert link[1:] in names, link
    assert [tag for tag, _ in found].count("script") == 1


def test_300_steps_stay_a_page(tmp_path: Path) -> None:
    small = len(page(told(run_samples.small(tmp_path / "s"))))
    large = len(page(told(run_samples.large(tmp_path / "l"))))
    assert small < 120_000
    assert large < 1_200_000


def test_hostile_texts_stay_texts(tmp_path: Path) -> None:
    text = page(told(run_samples.hostile(tmp_path / "r")))
    assert "<script>window" not in text
    assert "<img src=x" not in text
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert "root:" not in text  # of the /etc/passwd that an artifact links to
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert "unsafe" not in policy[1]


@pytest.mark.parametrize("sample", ["small", "large", "hostile"])
def test_json_follows_its_schema(sample: str, tmp_path: Path) -> None:
    points = (("loss", "r", [(0.0, 1.0), (1.0, 0.5)]),)
    model = {"model": "m", "version": 1, "aliases": ("a",), "metrics": {"auc": 0.9}}
    lineage = {"params": {}, "data": {}, "lineage": {"source": "abc"}}
    tracking = Tracking(points, ({**model, **lineage},), ("a note",))
    text = as_json(told(getattr(run_samples, sample)(tmp_path / "r"), tracking))
    jsonschema_rs.validate(json.loads(SCHEMA.read_text("utf-8")), json.loads(text))
    assert "data:image" not in text
