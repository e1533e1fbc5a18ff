"""What the files of a new repository say."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from argosy.scaffold.requirement import requirement
from compiler import schema
from compiler.record import record

_FILES = Path(__file__).parent / "files"
_SCHEMAS = ("project", "pipeline", "component")
_ENVIRONMENTS = ("dev", "prod")
_EXAMPLE = "https://github.com/acme/deployments.git"
_TOKEN = re.compile(r"@([a-z-]+)@")
_PLAIN = re.compile(r"[a-z][a-z0-9/_-]*")  # what YAML reads as it stands
_LINE = re.compile(r"^[ ]*@([a-z-]+)@\n", re.MULTILINE)
_ROWS = {
    "github": "| `.github/` | plan on pull requests, publish what is merged, who reviews what |",
    "gitlab": "| `.gitlab-ci.yml` | plan on merge requests, publish on the default branch |",
}
_TEXTS = {
    "github": """
On GitHub, `argosy-plan.yaml` shows on each pull request, also from a fork, what it would change;
`argosy-publish.yaml` publishes what is merged. It needs the environment `gitops` with the secret
`GITOPS_TOKEN`, a token that may write to the GitOps repository and to nothing else.""",
    "gitlab": """
On GitLab, a note on each merge request shows what it would change, and the default branch is
published. The CI variables `ARGOSY_GIT_TOKEN` (may write to the GitOps repository; protected,
masked) and `GITLAB_TOKEN` (may write notes; masked) hold the tokens.""",
}
_SYNC = "| `bootstrap/` | what the administrator of the cluster applies, so that it syncs |"
_SOMEBODY = "@acme/ml-platform"
_NOBODY = f"# Nobody yet: take the # off these lines, and put who it is for {_SOMEBODY}."
_WAITING = """\
# Nothing is published until the variable ENVIRONMENTS of this repository names those whose
# `gitops:` in argosy.yaml is a repository that can be reached from here, such as `dev prod`."""


@record
class Choice:
    """What a new repository is to be: `gitops` is a URL or empty, `owner` a handle or empty.

    What is merged into `branch` is published; `sync` is `flux`, `argocd` or `none`.
    """

    name: str
    ci: str = "github"
    gitops: str = ""
    owner: str = ""
    branch: str = "main"
    sync: str = "none"


def files(choice: Choice) -> dict[str, bytes]:
    """Return path → content of every file, the project file last."""
    said = dict(_said(choice))
    folders = ("always", choice.ci) if choice.ci != "none" else ("always",)
    found = {path: _fill(text, said).encode() for name in folders for path, text in _read(name)}
    for name in _SCHEMAS:
        found[f".vscode/schemas/{name}.schema.json"] = schema.text(name)
    found |= _synced(choice)
    return {**{k: v for k, v in sorted(found.items()) if k != "argosy.yaml"},
            "argosy.yaml": found["argosy.yaml"]}  # fmt: skip


def _synced(choice: Choice) -> dict[str, bytes]:
    """Return what the administrator of a cluster commits, as `argosy bootstrap` writes it."""
    if choice.sync == "none":
        return {}
    from argosy.bootstrap.files import contents
    from argosy.bootstrap.tenant import Tenant

    tenants = [
        Tenant(choice.name, name, f"{choice.name}-{name}", choice.gitops, "main", f"envs/{name}")
        for name in _ENVIRONMENTS
    ]
    syncer: Literal["flux", "argocd"] = "flux" if choice.sync == "flux" else "argocd"
    return {f"bootstrap/{path}": content for path, content in contents(syncer, tenants).items()}


def _read(folder: str) -> Iterator[tuple[str, str]]:
    """Yield the files of one folder of ours: `dot-x` stands for `.x`, `x.py.in` for `x.py`."""
    for path in sorted((_FILES / folder).rglob("*")):
        if path.is_file():
            name = path.relative_to(_FILES / folder).as_posix().removesuffix(".in")
            yield re.sub(r"(^|/)dot-", r"\1.", name), path.read_text("utf-8")


def _fill(text: str, said: Mapping[str, str]) -> str:
    """Put values in the place of `@names@`; a line of nothing but an empty one goes."""
    text = _LINE.sub(lambda match: match[0] if said.get(match[1], "?") else "", text)
    return _TOKEN.sub(lambda match: said.get(match[1], match[0]), text)


def _said(choice: Choice) -> Iterator[tuple[str, str]]:
    yield "name", choice.name
    yield "branch", choice.branch if _PLAIN.fullmatch(choice.branch) else json.dumps(choice.branch)
    yield "team", choice.owner.strip("@").split("/")[-1] or "ml-team"
    yield "requirement", requirement()
    yield "sync-row", _SYNC if choice.sync != "none" else ""
    yield "ci-rows", _ROWS.get(choice.ci, "")
    yield "ci-text", _TEXTS.get(choice.ci, "")
    for environment in _ENVIRONMENTS:
        yield f"gitops-{environment}", _gitops(choice.gitops, environment)
    yield "nobody", "" if choice.owner else _NOBODY
    yield "off", "" if choice.owner else "# "
    yield "owner", choice.owner or _SOMEBODY
    yield from _publishing(bool(choice.gitops))


def _gitops(repository: str, environment: str) -> str:
    rest = f"branch: main, folder: envs/{environment}}}"
    if repository:
        return f'    gitops: {{repository: "{repository}", {rest}'
    return f'    # gitops: {{repository: "{_EXAMPLE}", {rest}'


def _publishing(whole: bool) -> Iterator[tuple[str, str]]:
    """What the publishing workflow needs to know; without a repository it waits for one."""
    names = " ".join(_ENVIRONMENTS)
    yield "publish-environments", names if whole else "${{ vars.ENVIRONMENTS }}"
    yield "publish-if", "" if whole else "    if: vars.ENVIRONMENTS != ''"
    yield "publish-note", "" if whole else _WAITING
    yield "publish-rule", "" if whole else ' && $ENVIRONMENTS != ""'
    yield "environments-variable", f'  ENVIRONMENTS: "{names}"' if whole else ""
