"""The live tree: on a real terminal, and row by row for runs of any size."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from argosy.cli import run_screen
from argosy.cli.run_tree import Tree, heading
from argosy.cli.run_words import columns, cut, duration
from argosy.engine.nodes import Event, Node
from tests.cli.flows import HEAD, environment
from tests.cli.screens import Screen, play

if TYPE_CHECKING:
    import subprocess


WORKFLOW = (
    HEAD
    + """\
  templates:
  - name: main
    dag:
      tasks:
      - {name: first, template: fine}
      - {name: flaky, template: bad, depends: first}
      - {name: last, template: fine, depends: flaky}
  - name: fine
    container: {image: a, command: [sh, -c, "sleep 0.2"]}
  - name: bad
    retryStrategy: {limit: "1"}
    container: {image: a, command: [sh, -c, "echo 'it broke'; exit 3"]}
"""
)


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    (tmp_path / "flow.yaml").write_text(WORKFLOW, "utf-8")
    (tmp_path / ".argosy").mkdir()
    # a store that is never asked
    (tmp_path / ".argosy/mlflow.ready").touch()
    return tmp_path


@pytest.mark.parametrize("width", [20, 40, 80, 400])
def test_a_terminal_shows_a_tree_that_stays_in_place(flow: Path, width: int) -> None:
    screen, code = play(["run", "flow.yaml", "--name", "r"], flow, environment(), (width, 24))
    shown = screen.shown()
    assert code == 1
    assert shown.count("✔ first") == 1
    assert shown.count("✖ flaky") == 1
    assert screen.colours > 0
    if width >= 80:
        assert "✖ flaky" in shown
        assert "2 attempts  No more retries left  main: Error (exit code 3)" in shown
        assert "○ last" in shown
        assert "│ it broke" in shown


def test_no_color_keeps_the_tree_and_drops_the_colours(flow: Path) -> None:
    screen, _ = play(["run", "flow.yaml"], flow, environment(NO_COLOR="1"), (80, 24))
    assert screen.colours == 0
    assert screen.shown().count("✔ first") == 1


def test_C02_a_dumb_terminal_gets_lines_without_control_codes(flow: Path) -> None:
    screen, _ = play(["run", "flow.yaml"], flow, environment(TERM="dumb"), (80, 24))
    assert screen.colours == 0
    assert "s  ● first" in screen.shown()
    assert "s  ✔ first" in screen.shown()


def test_C02_a_terminal_without_unicode_gets_plain_marks(flow: Path) -> None:
    env = environment(PYTHONIOENCODING="ascii")
    screen, _ = play(["run", "flow.yaml"], flow, env, (80, 24))
    assert "+ first" in screen.shown()
    assert screen.shown().isascii()


def test_a_terminal_that_gets_narrower_keeps_one_tree(flow: Path) -> None:
    from tests.cli import screens

    done: list[int] = []

    def narrow(_process: "subprocess.Popen[bytes]", screen: Screen, terminal: int) -> None:
        if not done and "first" in screen.shown():
            screens.resize(terminal, (60, 20))
            done.append(1)

    screen, code = play(["run", "flow.yaml"], flow, environment(), (80, 24), narrow)
    assert (code, bool(done)) == (1, True)
    assert screen.shown().count("✖ flaky") == 1


def test_ctrl_c_on_a_terminal_ends_the_run(flow: Path) -> None:
    text = WORKFLOW.replace("sleep 0.2", "sleep 300")
    (flow / "flow.yaml").write_text(text, "utf-8")
    pressed: list[float] = []

    def press(_process: "subprocess.Popen[bytes]", screen: Screen, terminal: int) -> None:
        if not pressed and "● first" in screen.shown():
            os.write(terminal, b"\x03")
            pressed.append(time.monotonic())

    # the terminal sends the signal only to the group in its foreground
    command = ["run", "flow.yaml", "--name", "r"]
    screen, code = play(command, flow, environment(), (80, 24), press)
    assert code == 130, screen.shown()
    assert "Traceback" not in screen.shown()
    assert "✖ run r Failed" in screen.shown()


def grown(size: int) -> Tree:
    """Return the tree of a fan-out: most have succeeded, some run, wait or failed."""
    tree = Tree("r", {"fan": (), "after": ("fan",)})
    tree.add(Event(0, Node("r", "main", "DAG", "Running", started=0), "Running"))
    group = Node("r.fan", "leaf", "TaskGroup", "Running", started=0)
    tree.add(Event(0, group, "Running"))
    for index in range(size):
        phase = {0: "Failed", 1: "Running", 2: "Pending"}.get(index % 100, "Succeeded")
        node = Node(f"r.fan({index}:v{index})", "leaf", "Pod", phase, started=0, finished=1)
        node.message = "exit code 3" if phase == "Failed" else ""
        tree.add(Event(0, node, phase))
    return tree


def test_a_large_run_folds_what_is_done_and_shows_what_matters() -> None:
    rows = grown(300).rows(5, 24)
    names = [row.name for row in rows]
    assert len(rows) <= 24
    assert [name for name in names if name.startswith("fan(")] == [
        f"fan({i}:v{i})" for i in (0, 1, 2, 100, 101, 102, 200, 201, 202)
    ]
    assert "291 done" in names
    (group,) = (row for row in rows if row.name == "fan")
    assert group.detail == "291/300 · 3 failed"
    (after,) = (row for row in rows if row.name == "after")
    assert after.detail == "waits for fan"


def test_what_failed_is_seen_first_when_even_that_is_too_much() -> None:
    rows = grown(2000).rows(5, 12)
    assert len(rows) == 12
    assert sum(row.style == "Failed" for row in rows) == 11
    assert rows[-1].name.startswith("and ")


@pytest.mark.parametrize("width", [1, 2, 20, 21, 39, 41, 80, 399])
@pytest.mark.parametrize("height", [1, 5, 24])
def test_no_line_is_wider_and_no_frame_higher_than_the_terminal(width: int, height: int) -> None:
    screen = run_screen.Screen("r", {})
    screen.tree = grown(300)
    wide = Node(
        "r.数据处理-" + "漢" * 40, "leaf", "Pod", "Running", "\x1b[2J\n待つ" * 30, started=0
    )
    screen.tree.add(Event(0, wide, "Running"))
    for unicode in (True, False):
        screen.unicode = unicode
        frame = screen._frame(width, height, 10.0)
        assert len(frame) <= max(height - 1, 2)
        for text, used in frame:
            assert used <= max(width - 1, 1), (text, used)
            assert "\x1b[2J" not in text


def test_groups_for_argos_sake_are_not_shown() -> None:
    tree = Tree("r")
    for name, kind in [
        ("r", "Steps"),
        ("r[0]", "StepGroup"),
        ("r[0].a", "Retry"),
        ("r[0].a(0)", "Pod"),
        ("r[0].b(0:0.5)", "Pod"),
        ("r[0].sub", "DAG"),
        ("r[0].sub.deep", "Pod"),
    ]:
        tree.add(Event(0, Node(name, "t", kind, "Running", started=0), "Running"))
    assert [(row.depth, row.name) for row in tree.rows(1, 50)] == [
        (0, "a"),
        (0, "b(0:0.5)"),
        (0, "sub"),
        (1, "deep"),
    ]


def test_a_step_that_waits_says_for_what() -> None:
    tree = Tree("r")
    lock = Node("r.a", "t", "Pod", "Pending", "Waiting for ns/Mutex/x lock")
    ask = Node("r.ask", "t", "Suspend", "Running", started=0)
    for node in (lock, ask):
        tree.add(Event(0, node, node.phase))
    whole = Node("r", "t", "DAG", "Pending", "Waiting for ns/Mutex/all lock")
    tree.add(Event(0, whole, "Pending"))
    assert heading(tree, 0, 2).endswith("2.0s  Waiting for ns/Mutex/all lock")
    tree.add(Event(0, whole, "Running"))
    assert heading(tree, 0, 2).endswith("2.0s")
    details = {row.name: row.detail for row in tree.rows(1, 50)}
    assert details["a"] == "Waiting for ns/Mutex/x lock"
    assert details["ask"] == "waits for you: argosy approve r ask"


def test_words() -> None:
    assert [duration(s) for s in (-5, 0, 59.94, 59.96, 3599.6, 7500)] == [
        *("0.0s", "0.0s", "59.9s", "1m00s", "1h00m", "2h05m")
    ]
    assert cut("漢字", 3) == "漢…"
    assert columns(cut("漢" * 9, 4)) <= 4
