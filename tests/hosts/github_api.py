"""GitHub's REST API, as far as pull requests need it: docs.github.com/rest, version 2022-11-28."""

from typing import Any

from tests.hosts.server import BOT, Forge, Refused, Remark, Reply, Request, Route, page

_BODY = 65_536
_OPEN = {"title", "head", "base", "body", "maintainer_can_modify", "draft", "issue", "head_repo"}
_EDIT = {"title", "body", "state", "base", "maintainer_can_modify"}


def authorize(forge: Forge, headers: dict[str, str]) -> None:
    if not headers.get("user-agent"):
        raise Refused(403, {"message": "Request forbidden by administrative rules."})
    if headers.get("x-github-api-version") not in (None, "2022-11-28"):
        raise Refused(400, {"message": "Unsupported API version"})
    said = headers.get("authorization", "")
    if not said:
        raise Refused(401, {"message": "Requires authentication"})
    if said.split(" ", 1) not in (["Bearer", forge.token], ["token", forge.token]):
        raise Refused(401, {"message": "Bad credentials"})


def _here(forge: Forge, owner: str, name: str) -> None:
    if f"{owner}/{name}".lower() != forge.name.lower():
        raise Refused(404, {"message": "Not Found"})


def _invalid(resource: str, **error: str) -> Refused:
    found = [{"resource": resource, **error}]
    return Refused(422, {"message": "Validation Failed", "errors": found})


def _fields(resource: str, body: dict[str, Any], known: set[str], needed: set[str]) -> None:
    for name in sorted(needed - set(body)):
        raise _invalid(resource, code="missing_field", field=name)
    for name in sorted(set(body) - known):
        raise _invalid(resource, code="invalid", field=name)
    for name, value in body.items():
        if name != "draft" and not isinstance(value, str):
            raise _invalid(resource, code="invalid", field=name)
        if name == "body" and len(value) > _BODY:
            text = f"body is too long (maximum is {_BODY} characters)"
            raise _invalid(resource, code="custom", field="body", message=text)


def _shown(forge: Forge, each: Request) -> dict[str, Any]:
    repository = {"full_name": forge.name}
    sha = forge.heads().get(each.head, each.sha)
    return {
        "number": each.number,
        "html_url": f"https://github.example/{forge.name}/pull/{each.number}",
        "state": "open" if each.state == "open" else "closed",
        "merged_at": "2026-01-01T00:00:00Z" if each.state == "merged" else None,
        "title": each.title,
        "body": each.body or None,
        "head": {"ref": each.head, "sha": sha, "repo": repository},
        "base": {"ref": each.base, "repo": repository},
    }


def _list(forge: Forge, where: list[str], query: dict[str, str]) -> Reply:
    _here(forge, *where)
    state, wanted = query.get("state", "open"), query.get("head")
    owner = forge.name.partition("/")[0]
    for each in forge.opened():
        if each.head not in forge.heads():
            each.state = "closed"  # as GitHub does when the branch goes
    found = [
        _shown(forge, each)
        for each in reversed(forge.requests)
        if state == "all" or (each.state == "open") == (state == "open")
        if wanted in (None, f"{owner}:{each.head}") and query.get("base") in (None, each.base)
    ]
    return page(forge, f"/repos/{forge.name}/pulls", found, query)


def _open(forge: Forge, where: list[str], body: dict[str, Any]) -> Reply:
    _here(forge, *where)
    _fields("PullRequest", body, _OPEN, {"title", "head", "base"})
    heads = forge.heads()
    for side in ("head", "base"):
        if body[side] not in heads:
            raise _invalid("PullRequest", code="invalid", field=side)
    head, base = body["head"], body["base"]
    if any((each.head, each.base) == (head, base) for each in forge.opened()):
        text = f"A pull request already exists for {forge.name.partition('/')[0]}:{head}."
        raise _invalid("PullRequest", code="custom", message=text)
    if forge.bare and heads[head] == heads[base]:
        text = f"No commits between {base} and {head}"
        raise _invalid("PullRequest", code="custom", message=text)
    made = Request(forge.number(), head, base, body["title"], body.get("body") or "")
    forge.requests.append(made)
    return 201, _shown(forge, made), {}


def _found(forge: Forge, where: list[str]) -> Request:
    _here(forge, where[0], where[1])
    found = forge.of(int(where[2]))
    if found is None:
        raise Refused(404, {"message": "Not Found"})
    return found


def _edit(forge: Forge, where: list[str], body: dict[str, Any]) -> Reply:
    found = _found(forge, where)
    _fields("PullRequest", body, _EDIT, set())
    found.title, found.body = body.get("title", found.title), body.get("body", found.body)
    if body.get("state") == "closed" and found.state == "open":
        found.state = "closed"
    return 200, _shown(forge, found), {}


def _remark(forge: Forge, each: Remark) -> dict[str, Any]:
    url = f"https://github.example/{forge.name}/pull/1#issuecomment-{each.id}"
    return {"id": each.id, "user": {"login": each.author}, "body": each.body, "html_url": url}


def _comments(forge: Forge, where: list[str], query: dict[str, str]) -> Reply:
    found = [_remark(forge, each) for each in forge.remarks.get(_found(forge, where).number, [])]
    return page(forge, f"/repos/{forge.name}/issues/{where[2]}/comments", found, query)


def _comment(forge: Forge, where: list[str], body: dict[str, Any]) -> Reply:
    number = _found(forge, where).number
    _fields("IssueComment", body, {"body"}, {"body"})
    return 201, _remark(forge, forge.remark(number, BOT, body["body"])), {}


def _rewrite(forge: Forge, where: list[str], body: dict[str, Any]) -> Reply:
    _here(forge, where[0], where[1])
    found = forge.find_remark(int(where[2]))
    if found is None:
        raise Refused(404, {"message": "Not Found"})
    _fields("IssueComment", body, {"body"}, {"body"})
    found.body = body["body"]
    return 200, _remark(forge, found), {}


def _commits(forge: Forge, where: list[str], query: dict[str, str]) -> Reply:
    shas = [{"sha": sha} for sha in forge.commits.get(_found(forge, where).number, [])]
    return page(forge, f"/repos/{forge.name}/pulls/{where[2]}/commits", shas, query)


def _of_commit(forge: Forge, where: list[str], query: dict[str, str]) -> Reply:
    _here(forge, where[0], where[1])
    holding = [number for number, shas in forge.commits.items() if where[2] in shas]
    found = [_shown(forge, each) for each in forge.requests if each.number in holding]
    return page(forge, f"/repos/{forge.name}/commits/{where[2]}/pulls", found, query)


def _user(forge: Forge, _where: list[str], _query: dict[str, str]) -> Reply:
    if forge.app:
        raise Refused(403, {"message": "Resource not accessible by integration"})
    return 200, {"login": BOT, "type": "User"}, {}


def _graphql(_forge: Forge, _where: list[str], body: dict[str, Any]) -> Reply:
    if set(body) != {"query"} or "viewer" not in body["query"]:
        raise Refused(400, {"message": "Problems parsing JSON"})
    return 200, {"data": {"viewer": {"login": f"{BOT}[bot]"}}}, {}


_REPO, _ANY = "/repos/([^/]+)/([^/]+)", "([^/]+)"
ROUTES: tuple[Route, ...] = (
    ("GET", f"{_REPO}/pulls", _list),
    ("POST", f"{_REPO}/pulls", _open),
    ("PATCH", f"{_REPO}/pulls/(\\d+)", _edit),
    ("GET", f"{_REPO}/pulls/(\\d+)/commits", _commits),
    ("GET", f"{_REPO}/issues/(\\d+)/comments", _comments),
    ("POST", f"{_REPO}/issues/(\\d+)/comments", _comment),
    ("PATCH", f"{_REPO}/issues/comments/(\\d+)", _rewrite),
    ("GET", f"{_REPO}/commits/{_ANY}/pulls", _of_commit),
    ("GET", "/user", _user),
    ("POST", "/graphql", _graphql),
)
