"""Which host a repository is at, where its API is, and which token it gets."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from argosy.failure import Failure
from argosy.hosts.api import Api
from argosy.hosts.github import GitHub
from argosy.hosts.gitlab import GitLab
from argosy.hosts.host import Host
from compiler.record import record
from gitops.git import redact

_SCP = re.compile(r"(?:[\w.-]+@)?([\w.-]+):(?!//)/?(\S+)")
_HOSTED = {"github": "github.com", "gitlab": "gitlab.com"}
_SERVER = {"github": "GITHUB_SERVER_URL", "gitlab": "CI_SERVER_URL"}
_API = {"github": "GITHUB_API_URL", "gitlab": "CI_API_V4_URL"}
_HERE = {"github": "GITHUB_REPOSITORY", "gitlab": "CI_PROJECT_PATH"}
_TOKENS = {"github": ("GITHUB_TOKEN", "GH_TOKEN"), "gitlab": ("GITLAB_TOKEN",)}
_OURS = "ARGOSY_GIT_TOKEN"


class ProviderFailure(Failure):
    """`gitops.provider` names a provider that the repository's address cannot be at."""

    exit_code = 2


@record
class Address:
    """A repository behind a network: `host` may hold a port, `name` is its path without `.git`."""

    scheme: str
    host: str
    name: str


def find(url: str, provider: str = "", environ: Mapping[str, str] | None = None) -> Host | None:
    """Return the host of repository `url`, `None` when it is not known to be GitHub or GitLab.

    `provider` is what the project says, if it does. Raise `ProviderFailure` when it says what
    cannot be.
    """
    environ = environ or {}
    address = read_address(url)
    kind = provider or (address and _guess(address.host, environ))
    if kind not in _HOSTED:
        return None
    if address is None or "/" not in address.name:
        hint = "leave `provider:` out, or name a repository of it by its URL"
        raise ProviderFailure(f"`{redact(url)}` is no repository of {kind}", hint)
    root = _api_root(kind, address, environ)
    token = _token(kind, address, root, environ)
    site = f"{address.scheme}://{address.host}"
    if kind == "github":
        return GitHub(Api(root, _github(token), token), site, address.name)
    return GitLab(Api(root, {"PRIVATE-TOKEN": token} if token else {}, token), site, address.name)


def read_address(url: str) -> Address | None:
    """Return what a URL or an address of ssh names, `None` for a path of this machine."""
    if "://" in url:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http", "ssh", "git") or not parts.hostname:
            return None
        web = parts.scheme in ("https", "http")
        # the port of ssh says nothing about that of the web
        host = parts.netloc.rpartition("@")[2] if web else parts.hostname
        return _address(parts.scheme if web else "https", host, parts.path)
    match = _SCP.fullmatch(url)
    return _address("https", match[1], match[2]) if match else None


def _address(scheme: str, host: str, path: str) -> Address:
    return Address(scheme, host.lower(), path.strip("/").removesuffix(".git"))


def _guess(host: str, environ: Mapping[str, str]) -> str:
    for kind, hosted in _HOSTED.items():
        own = urlsplit(environ.get(_SERVER[kind], "")).netloc.lower()
        if host in (hosted, own) or kind in host.split(":")[0].split("."):
            return kind
    return ""


def _api_root(kind: str, address: Address, environ: Mapping[str, str]) -> str:
    """Return the API's address: what CI says about its own server, else by the provider's rule."""
    said = environ.get(_API[kind], "").rstrip("/")
    server = urlsplit(environ.get(_SERVER[kind], "")).netloc.lower()
    if said and server in ("", address.host):
        return said
    if kind == "gitlab":
        return f"{address.scheme}://{address.host}/api/v4"
    if address.host == _HOSTED[kind]:
        return "https://api.github.com"
    return f"{address.scheme}://{address.host}/api/v3"


def _token(kind: str, address: Address, root: str, environ: Mapping[str, str]) -> str:
    """Return the token: that of the run only for servers which the environment names itself."""
    known = (environ.get(_API[kind], "").rstrip("/"), "https://api.github.com",
             "https://gitlab.com/api/v4")  # fmt: skip
    names = _TOKENS[kind] if root in known else ()
    here = environ.get(_HERE[kind], "").lower() == address.name.lower()
    order = (*names, _OURS) if here else (_OURS, *names)
    return next((environ[name] for name in order if environ.get(name)), "")


def _github(token: str) -> dict[str, str]:
    accepted = {
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    return accepted | ({"Authorization": f"Bearer {token}"} if token else {})
