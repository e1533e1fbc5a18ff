"""What is found to be a secret is shown to nobody else."""

from argosy.report.diagnostics import as_json, github, human
from argosy.report.sarif import sarif
from compiler.problems import Location, Problem

SECRET = "hunter2-" * 2


def test_no_form_of_a_problem_repeats_the_secret() -> None:
    line = f"env: {{K: {SECRET}, L: other}}"
    at = Location("p.yaml", 1, line.index(SECRET) + 1, len(SECRET))
    problems = [Problem("secret", "this looks like a secret", at)]
    text = human(problems, lambda _: [line])
    assert "env: {K: ****************, L: other}" in text
    for form in (text, as_json(problems), github(problems), sarif(problems, "1")):
        assert SECRET not in form
