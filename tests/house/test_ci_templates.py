"""Files of CI, ours and those that `argosy init` writes, by the schemas of who reads them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from argosy import __version__
from argosy.scaffold.content import Choice, files

ROOT = Path(__file__).parents[2]
CHECKER = shutil.which("check-jsonschema", path=str(Path(sys.executable).parent))
SCHEMAS = {
    r"\.github/workflows/.*\.yaml": "github-workflows",
    r"(.*/)?action\.yml": "github-actions",
    r"\.github/dependabot\.yml": "dependabot",
    r"\.gitlab-ci\.yml|ci/gitlab-.*\.yml": "gitlab-ci",
    r"renovate\.json": "renovate",
}


def ours() -> dict[str, bytes]:
    places = [*ROOT.glob(".github/**/*.y*ml"), ROOT / "action.yml", ROOT / "ci/setup/action.yml"]
    found = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in places}
    # GitLab reads the head of a template, with its inputs, and the rest one after the other
    head, _, rest = (ROOT / "ci" / "gitlab.yml").read_bytes().partition(b"\n---\n")
    return found | {"ci/gitlab-head.yml": head + b"\n", "ci/gitlab-rest.yml": rest}


def made(name: str) -> dict[str, bytes]:
    return ours() if name == "ours" else files(Choice("shop", name))


CASES = {
    f"{name}-{schema}": (name, schema, chosen)
    for name in ("ours", "github", "gitlab")
    for pattern, schema in SCHEMAS.items()
    if (chosen := [path for path in made(name) if re.fullmatch(pattern, path)])
}


@pytest.mark.skipif(CHECKER is None, reason="check-jsonschema is not installed")
@pytest.mark.parametrize(("name", "schema", "chosen"), CASES.values(), ids=CASES)
def test_files_fit_their_schemas(tmp_path: Path, name: str, schema: str, chosen: list[str]) -> None:
    found = made(name)
    for path in chosen:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(found[path])
    more = ("--data-transform", "gitlab-ci") if schema == "gitlab-ci" else ()
    command = [str(CHECKER), "--builtin-schema", f"vendor.{schema}", *more, *chosen]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_template_of_gitlab_installs_this_version() -> None:
    head = next(yaml.safe_load_all((ROOT / "ci" / "gitlab.yml").read_text("utf-8")))
    assert head["spec"]["inputs"]["requirement"]["default"] == f"argosy=={__version__}"


def test_inputs_of_gitlab_become_variables_and_never_code() -> None:
    _, rest = yaml.safe_load_all((ROOT / "ci" / "gitlab.yml").read_text("utf-8"))
    for job in rest.values():
        lines = [*job.get("before_script", ()), *job.get("script", ())]
        assert not [line for line in lines if "$[[" in line]
