"""What a compilation reads: told by a look at the text of a spec only where that is certain."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from compiler import reads
from compiler.document import read
from compiler.problems import Rejected
from compiler.project import load_project
from compiler.source import plain

ROOT = Path(__file__).parents[2]
HEAD = "apiVersion: argosy.dev/v1\nkind: Pipeline\nname: a\n"
LEADING = (
    "steps: {s: {uses: one}}",
    "steps: {s: {uses : one}}",
    "steps: {s: {'uses': one}}",
    'steps: {s: {"uses":one}}',
    'steps: {s: {"u\\x73es": one}}',
    'steps: {s: {"\\u0070ipeline" : b}}',
    "description: &k uses\nsteps: {s: {*k : one}}",
    "tags: [&k pipeline]\nsteps:\n  s:\n    *k : b",
    "steps: {s: {? uses : one}}",
    "steps:\n  s:\n    ? uses\n    : one",
    "steps:\n  s:\n    ?\n      uses\n    : one",
    "steps:\n  s:\n    ? |-\n      uses\n    : one",
    'steps:\n  s:\n    ? "us\\\n      es"\n    : one',
    "steps: {s: {!!str uses: one}}",
    "environments: {dev: {steps: {s: {pipeline: b}}}}",
    "{% include 'x' %}",
    "steps: {s: {run: '{{ env }}'}}",
    "{# uses #}",
)
ALONE = (
    "description: What uses a pipeline, and why? Because.",
    "steps: {s: {run: 'echo \"$HOME\" \\'}}",
    'steps:\n  s:\n    run: |\n      python train.py \\\n        --rows 5 | tee "log"\n',
    "schedule: {cron: '*/5 * * * *'}",
    "# yaml-language-server: $schema=../../schemas/pipeline.schema.json",
)


@pytest.mark.parametrize("text", LEADING)
def test_a_text_that_may_lead_elsewhere_is_read(text: str) -> None:
    assert not reads.is_alone(HEAD + text)


@pytest.mark.parametrize("text", ALONE)
def test_a_text_that_leads_nowhere_is_not(text: str) -> None:
    assert reads.is_alone(HEAD + text)


@pytest.mark.parametrize("piece", ["*", "\\", '"', '"\\', "*a", "uses ", "? ", "?", "uses\n", '"a'])
def test_a_look_takes_no_longer_than_the_text_is(piece: str) -> None:
    reads.is_alone(piece * (1_000_000 // len(piece)))  # a quadratic one would not end in a day


def test_whatever_leads_elsewhere_once_it_is_read_was_seen_before() -> None:
    """Every text of the tests above, and of the repository, against what YAML makes of it."""
    texts = [HEAD + text for text in (*LEADING, *ALONE)]
    texts += [path.read_text("utf-8", "replace") for path in ROOT.glob("pipelines/**/*.yaml")]
    texts += [path.read_text("utf-8", "replace") for path in ROOT.glob("tests/**/*.yaml")]
    assert sum(reads.is_alone(text) for text in texts) > 20
    for text in filter(reads.is_alone, texts):
        try:
            found = read(plain("x", text)).data
        except Rejected:
            continue
        assert not {"uses", "pipeline"} & set(_keys(found)), text


def test_what_is_told_is_what_reading_all_of_it_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    project = load_project(ROOT)
    told = {(n, e): reads.reads(project, n, e) for n in project.pipelines for e in _some(project)}
    assert sum(map(bool, told.values()))
    monkeypatch.setattr(reads, "is_alone", lambda _text: False)
    assert told == {key: reads.reads(project, *key) for key in told}


def _some(project: Any) -> list[str]:
    return list(project.environments)[:1]


def _keys(data: Any) -> Sequence[str]:
    if isinstance(data, Mapping):
        return [*data, *(key for value in data.values() for key in _keys(value))]
    return [key for item in data for key in _keys(item)] if isinstance(data, list) else []
