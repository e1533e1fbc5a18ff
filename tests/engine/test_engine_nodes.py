"""How nodes are called where people read them."""

import pytest

from argosy.engine.nodes import Node


@pytest.mark.parametrize(
    ("name", "own", "within"),
    [
        ("r.train", "train", "train"),
        ("r.train(1)", "train(1)", "train(1)"),
        ("r.fold(0:0.5)", "fold(0:0.5)", "fold(0:0.5)"),
        ("r.fold(0:a.b)(2)", "fold(0:a.b)(2)", "fold(0:a.b)(2)"),
        ("r.score-eu.eval", "eval", "score-eu.eval"),
        ("r.score(1:c d.e).inner.eval", "eval", "score(1:c d.e).inner.eval"),
        ("r.features.features(0)", "features(0)", "features(0)"),
        ("r.from-a.from-b.train", "train", "train"),
        ("r.onExit.tell", "tell", "tell"),
        ("r[0]", "[0]", "[0]"),
        ("r[3].flaky(0)", "flaky(0)", "flaky(0)"),
        ("r[3].calls[0].deep", "deep", "calls.deep"),
        ("r.dag.calls[0].deep(0:x[1])", "deep(0:x[1])", "dag.calls.deep(0:x[1])"),
        ("r", "r", "r"),
    ],
)
def test_a_node_is_named_after_its_step(name: str, own: str, within: str) -> None:
    node = Node(name, "t", "Pod")
    assert node.display_name == own
    assert node.within("r") == within
