"""Templates that would not end, or would take the whole machine, end in a diagnostic."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from argosy.cli import confinement
from compiler import template
from compiler.inputs import observed
from compiler.problems import Problem, Rejected

if TYPE_CHECKING:
    from tests.cli.conftest import Shop

LONG = "{% for a in range(99999) %}"
TEN = ", ".join("x" * 10)
NESTED = f"{{% set x = 1 %}}{f'{{% set x = [{TEN}] %}}' * 12}"
BOMBS = {
    "a loop of a billion": "{% for i in range(10**9) %}{% endfor %}",
    "loops in loops": LONG * 3 + "{% endfor %}" * 3,
    "loops that write": LONG * 2 + "x" + "{% endfor %}" * 2,
    "a text times a number": "{{ 'a' * 10 ** 9 }}",
    "texts that double": "{% set x = 'ab' %}" + "{% set x = x ~ x %}" * 40 + "{{ x }}",
    "lists that double": "{% set x = [1] %}" + "{% set x = x + x %}" * 40 + "{{ x }}",
    "lists of lists": NESTED + "{{ x }}",
    "lists of lists, compared": NESTED + NESTED.replace("x", "y") + "{{ x == y }}",
    "numbers that square": "{% set x = 9999999 %}" + "{% set x = x * x %}" * 40 + "{{ x }}",
    "replace": "{% set x = range(9999) | join %}" + "{% set x = x | replace('1', x) %}" * 4,
    "join": "{% set x = range(99999) | join %}{{ range(99999) | join(x) }}",
    "a width": "{{ '%0999999999d' % 1 }}",
    "a width of the filter": "{{ '%0999999999d' | format(1) }}",
    "a width of the method": "{{ '{:>9999999999}'.format(1) }}",
    "indent": "{{ range(99999) | join('\n') | indent(99999999) }}",
    "ljust": "{{ 'x'.ljust(99999999999) }}",
    "batch": "{{ [1] | batch(9999999999, 0) | list }}",
    "slice": "{{ [1] | slice(9999999999) | list | length }}",
    "sums of lists": "{{ range(99999) | batch(1) | sum(start=[]) | length }}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "a macro that branches": "{% macro m(n) %}{% if n < 60 %}{{ m(n + 1) }}{{ m(n + 1) }}"
    "{% endif %}{% endmacro %}{{ m(1) }}",
    "a file that includes itself": "{% include 'bomb.yaml' %}{% include 'bomb.yaml' %}",
    "a deep expression": "{{ " + "(" * 20_000 + "1" + ")" * 20_000 + " }}",
    "many filters": "{{ 1" + " | abs" * 20_000 + " }}",
    "deep blocks": "{% if env %}" * 3_000 + "{% endif %}" * 3_000,
    "sorting": "{% for a in range(200) %}{% set x = range(99999) | sort | list %}{% endfor %}",
}


TEMPLATE = "a: {{ env }}\n{% for n in [1, 2] %}\nb{{ n }}: {{ undefined_here }}\n{% endfor %}\n"
CONTEXT = {"env": "dev"}


def refused(text: str, root: Path) -> Problem:
    with pytest.raises(Rejected) as caught:
        confinement.render("bomb.yaml", text, CONTEXT, root)
    (problem,) = caught.value.problems
    assert problem.at.file == "bomb.yaml"
    return problem


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_two_seconds(name: str, tmp_path: Path) -> None:
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    before = time.monotonic()
    problem = refused(BOMBS[name], tmp_path)
    # of computing time, which a busy machine stretches
    assert time.monotonic() - before < 2 * max(1, busy) + 0.5
    assert problem.code in ("template", "template-limit")
    assert confinement.render("a", "a: {{ env }}", CONTEXT, tmp_path).text == "a: dev"


def test_what_takes_too_long_is_stopped_at_its_line(tmp_path: Path) -> None:
    problem = refused(f"a: 1\n{BOMBS['sorting']}", tmp_path)
    assert (problem.code, problem.at.line) == ("template-limit", 2)


def test_the_process_has_less_than_512_megabytes(tmp_path: Path) -> None:
    problem = refused("{% set x = 'ab' %}" + "{% set x = x ~ x %}" * 40, tmp_path)
    assert problem.message == "the template takes too much memory"
    fits = "{% set x = 'ab' %}" + "{% set x = x ~ x %}" * 24 + "{{ x | length }}"
    assert confinement.render("a", fits, CONTEXT, tmp_path).text == str(2 * 2**24)


def test_the_answer_is_that_of_the_compiler(tmp_path: Path) -> None:
    confined = confinement.render("a", TEMPLATE, CONTEXT, tmp_path)
    plain = template.render("a", TEMPLATE, CONTEXT, tmp_path)
    assert confined == plain
    assert confined.made == plain.made
    assert [p.at.via for p in confined.problems] == [p.at.via for p in plain.problems]
    assert confinement.render("a", "a: 1\n", CONTEXT, tmp_path).text == "a: 1\n"


def test_what_a_template_reads_is_known_to_its_owner(tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text("b: 1\n")
    text = "{% include 'part.yaml' %}\n{% include 'none.yaml' ignore missing %}\n"
    with observed() as read:
        confinement.render("a", text, CONTEXT, tmp_path)
    assert read == {f"{tmp_path}/part.yaml", f"{tmp_path}/none.yaml"}


def test_every_template_of_a_command_shares_one_process(tmp_path: Path) -> None:
    confinement.render("a", TEMPLATE, CONTEXT, tmp_path)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        confinement.render("a", TEMPLATE, CONTEXT, tmp_path)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_command_refuses_a_bomb_at_its_place(shop: "Shop") -> None:
    shop.edit("run: echo again", "run: echo {{ 'x'.ljust(99999999999) }}")
    ended = shop.argosy("validate", "--env", "dev")
    assert ended.status == 1
    assert "pipelines/hello/pipeline.yaml:20:5: error[AR122 template-limit]" in ended.out
    assert "too much memory" in ended.out
