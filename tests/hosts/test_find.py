"""Which host an address is at, where its API is, and which token goes there."""

import pytest

from argosy.hosts.find import ProviderFailure, find
from argosy.hosts.github import GitHub
from argosy.hosts.gitlab import GitLab


def _found(url: str, provider: str = "", **environ: str) -> "GitHub | GitLab":
    host = find(url, provider, environ)
    assert isinstance(host, GitHub | GitLab)
    return host


@pytest.mark.parametrize(
    ("url", "root", "name"),
    [
        ("https://github.com/acme/gitops.git", "https://api.github.com", "acme/gitops"),
        ("https://x:y@github.com/acme/gitops/", "https://api.github.com", "acme/gitops"),
        ("git@github.com:acme/gitops.git", "https://api.github.com", "acme/gitops"),
        ("ssh://git@github.com:22/acme/gitops", "https://api.github.com", "acme/gitops"),
        ("https://github.acme.com/a/b", "https://github.acme.com/api/v3", "a/b"),
        ("https://gitlab.com/a/b/c.git", "https://gitlab.com/api/v4", "a/b/c"),
        ("git@gitlab.acme.com:a/b.git", "https://gitlab.acme.com/api/v4", "a/b"),
        ("https://gitlab.acme.com:8443/a/b", "https://gitlab.acme.com:8443/api/v4", "a/b"),
    ],
)
def test_the_address_tells_the_provider(url: str, root: str, name: str) -> None:
    host = _found(url)
    assert (host.api.root, host.name) == (root, name)
    assert isinstance(host, GitHub) == ("github" in url)


@pytest.mark.parametrize(
    "url", ["https://git.acme.com/a/b", "/srv/gitops.git", "file:///srv/github.com/a", "../gitops"]
)
def test_what_is_no_known_host_is_none(url: str) -> None:
    assert find(url) is None


def test_the_project_may_name_the_provider_or_none() -> None:
    assert isinstance(_found("https://git.acme.com/a/b", "gitlab"), GitLab)
    assert isinstance(_found("https://git.acme.com/a/b", "github"), GitHub)
    assert find("https://github.com/a/b", "none") is None


@pytest.mark.parametrize("url", ["/srv/gitops.git", "https://git.acme.com/alone"])
def test_a_provider_that_cannot_be_is_a_mistake(url: str) -> None:
    with pytest.raises(ProviderFailure, match="no repository of github") as caught:
        find(url, "github")
    assert caught.value.exit_code == 2


def test_ci_tells_where_its_own_api_is_and_nobody_elses() -> None:
    here = {"GITHUB_SERVER_URL": "https://git.acme.com", "GITHUB_API_URL": "https://api.acme.com/"}
    assert _found("https://git.acme.com/a/b", **here).api.root == "https://api.acme.com"
    assert _found("https://github.com/a/b", **here).api.root == "https://api.github.com"


def test_the_token_of_the_run_goes_to_known_servers_only() -> None:
    run = {"GITHUB_TOKEN": "run"}
    assert _found("https://github.com/a/b", **run).api.secret == run["GITHUB_TOKEN"]
    assert not _found("https://evil.example/a/b", "github", **run).authorized
    assert not _found("https://gitlab.com/a/b", **run).authorized
    assert _found("https://evil.example/a/b", "github", ARGOSY_GIT_TOKEN="x").authorized  # noqa: S106


def test_the_runs_own_repository_prefers_its_token() -> None:
    environ = {"GITHUB_TOKEN": "run", "ARGOSY_GIT_TOKEN": "gitops", "GITHUB_REPOSITORY": "a/source"}
    own, other = (
        _found(f"https://github.com/a/{name}", **environ) for name in ("source", "gitops")
    )
    assert [own.api.secret, other.api.secret] == ["run", "gitops"]


def test_pages_where_a_person_opens_a_request() -> None:
    github, gitlab = _found("git@github.com:a/b.git"), _found("https://gitlab.com/a/b")
    assert (
        github.compare_url("main", "argosy/prod")
        == "https://github.com/a/b/compare/main...argosy/prod?expand=1"
    )
    assert gitlab.compare_url("main", "argosy/prod") == (
        "https://gitlab.com/a/b/-/merge_requests/new?merge_request%5Bsource_branch%5D=argosy"
        "%2Fprod&merge_request%5Btarget_branch%5D=main"
    )
