"""What changes in a called pipeline is told of its caller too, in the words of steps."""

from pathlib import Path

from argosy.report.plan import text
from compiler.project import load_project
from compiler.render import render
from gitops.plan import plan
from tests.scratch import PROJECT

HEAD = "apiVersion: argosy.dev/v1\nkind: Pipeline\ndefaults: {image: 'img:1'}\nname: "
INNER = "inner\nsteps: {eval: {run: x, matrix: {m: [a, b]}, env: {A: '1'}}}\n"
OUTER = "outer\nsteps: {call: {pipeline: inner}, own: {run: echo 1}}\n"


def rendered(root: Path, inner: str, outer: str) -> dict[str, bytes]:
    (root / "argosy.yaml").write_text(PROJECT)
    for name, spec in {"inner": inner, "outer": outer}.items():
        (root / f"pipelines/{name}").mkdir(parents=True, exist_ok=True)
        (root / f"pipelines/{name}/pipeline.yaml").write_text(HEAD + spec)
    return dict(render(load_project(root), "dev").files)


def told(before: dict[str, bytes] | None, after: dict[str, bytes]) -> list[str]:
    lines = text(plan(before, after, environment="dev", now=None)).splitlines()
    start = next(n for n, line in enumerate(lines) if " outer " in line)
    rest = lines[start + 1 :]
    end = next(n for n, line in enumerate(rest) if not line.startswith("      "))
    return [line.strip() for line in rest[:end]]


def test_a_caller_shows_the_steps_of_what_it_calls(tmp_path: Path) -> None:
    before = rendered(tmp_path, INNER, OUTER)
    created = told(None, before)
    assert any(line.startswith("+ step inner--eval: 2 instances, image img:1") for line in created)
    assert any(line.startswith("+ step own: image img:1") for line in created)
    inner = INNER.replace("'1'", "'2'").replace("run: x", "run: y")
    changed = told(before, rendered(tmp_path, inner, OUTER.replace("echo 1", "echo 2")))
    assert "~ step inner--eval env: A 1 → 2" in changed
    assert "~ step own script: +1 −1 lines" in changed
    assert "~ file outer/configmap-inner.yaml: +2 −2 lines" in changed
    assert not any("configmap.yaml" in line for line in changed)
