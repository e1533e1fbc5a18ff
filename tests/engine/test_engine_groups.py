"""A group of steps has no template, and is read back from the journal all the same."""

from pathlib import Path

from argosy.engine.journal.rows import Encoder, decode
from argosy.engine.nodes import Node


def test_a_node_without_a_template_is_read_back(tmp_path: Path) -> None:
    group = Node("r[0]", "", "StepGroup")
    assert decode(Encoder(tmp_path).text(group), tmp_path).node == group
