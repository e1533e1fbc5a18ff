"""GitLab's REST API, as far as merge requests need it: docs.gitlab.com/api, version 4."""

from typing import Any

from tests.hosts.server import BOT, Forge, Refused, Remark, Reply, Request, Route, page

_LONGEST = 1_048_576
_OPEN = {"source_branch", "target_branch", "title", "description", "remove_source_branch",
         "squash", "labels", "assignee_id", "target_project_id"}  # fmt: skip
_EDIT = {"title", "description", "state_event", "target_branch", "labels"}
_STATES = {"open": "opened", "closed": "closed", "merged": "merged"}


def authorize(forge: Forge, headers: dict[str, str]) -> None:
    said = (headers.get("private-token"), headers.get("authorization", "").removeprefix("Bearer "))
    if forge.token not in said:
        raise Refused(401, {"message": "401 Unauthorized"})


def _here(forge: Forge, name: str) -> None:
    if name != forge.name:
        raise Refused(404, {"message": "404 Project Not Found"})


def _fields(body: dict[str, Any], known: set[str], needed: set[str]) -> None:
    missing = [f"{name} is missing" for name in sorted(needed - set(body))]
    unknown = [f"{name} is invalid" for name in sorted(set(body) - known)]
    if missing or unknown:
        raise Refused(400, {"error": ", ".join(missing + unknown)})
    for name, column in (("description", "description"), ("body", "note")):
        if len(body.get(name, "")) > _LONGEST:
            text = f"is too long (maximum is {_LONGEST} characters)"
            raise Refused(400, {"message": {column: [text]}})


def _shown(forge: Forge, each: Request) -> dict[str, Any]:
    return {
        "id": 9000 + each.number,
        "iid": each.number,
        "web_url": f"https://gitlab.example/{forge.name}/-/merge_requests/{each.number}",
        "state": _STATES[each.state],
        "title": each.title,
        "description": each.body or None,
        "source_branch": each.head,
        "target_branch": each.base,
        "source_project_id": 7,
        "target_project_id": 7,
        "sha": forge.heads().get(each.head, each.sha),
    }


def _list(forge: Forge, where: list[str], query: dict[str, str]) -> Reply:
    _here(forge, where[0])
    wanted = {key: query.get(f"{key}_branch") for key in ("source", "target")}
    found = [
        _shown(forge, each)
        for each in reversed(forge.requests)
        if query.get("state") in (None, "all", _STATES[each.state])
        if wanted["source"] in (None, each.head) and wanted["target"] in (None, each.base)
    ]
    return page(forge, f"/projects/{where[0].replace('/', '%2F')}/merge_requests", found, query)


def _open(forge: Forge, where: list[str], body: dict[str, Any]) -> Reply:
    _here(forge, where[0])
    _fields(body, _OPEN, {"source_branch", "target_branch", "title"})
    head, base = body["source_branch"], body["target_branch"]
    if head not in forge.heads():
        raise Refused(400, {"message": [f'Source branch "{head}" does not exist']})
    same = [each for each in forge.opened() if (each.head, each.base) == (head, base)]
    if same:
        text = (
            f"Another open merge request already exists for this source branch: !{same[0].number}"
        )
        raise Refused(409, {"message": [text]})
    made = Request(forge.number(), head, base, body["title"], body.get("description") or "")
    forge.requests.append(made)
    return 201, _shown(forge, made), {}


def _found(forge: Forge, where: list[str]) -> Request:
    _here(forge, where[0])
    found = forge.of(int(where[1]))
    if found is None:
        raise Refused(404, {"message": "404 Not found"})
    return found


def _edit(forge: Forge, where: list[str], body: dict[str, Any]) -> Reply:
    found = _found(forge, where)
    _fields(body, _EDIT, set())
    found.title = body.get("title", found.title)
    found.body = body.get("description", found.body)
    if body.get("state_event") not in (None, "close", "reopen"):
        raise Refused(400, {"error": "state_event does not have a valid value"})
    if body.get("state_event") == "close":
        found.state = "closed"
    return 200, _shown(forge, found), {}


def _note(each: Remark) -> dict[str, Any]:
    author = {"id": 1, "username": each.author}
    return {"id": each.id, "author": author, "body": each.body, "system": each.system}


def _notes(forge: Forge, where: list[str], query: dict[str, str]) -> Reply:
    found = [_note(each) for each in forge.remarks.get(_found(forge, where).number, [])]
    place = f"/projects/{where[0].replace('/', '%2F')}/merge_requests/{where[1]}/notes"
    return page(forge, place, found, query)


def _comment(forge: Forge, where: list[str], body: dict[str, Any]) -> Reply:
    number = _found(forge, where).number
    _fields(body, {"body", "internal"}, {"body"})
    return 201, _note(forge.remark(number, BOT, body["body"])), {}


def _rewrite(forge: Forge, where: list[str], body: dict[str, Any]) -> Reply:
    number = _found(forge, where).number
    found = forge.find_remark(int(where[2]))
    if found is None or found not in forge.remarks.get(number, []):
        raise Refused(404, {"message": "404 Note Not Found"})
    _fields(body, {"body"}, {"body"})
    found.body = body["body"]
    return 200, _note(found), {}


def _commits(forge: Forge, where: list[str], query: dict[str, str]) -> Reply:
    shas = reversed(forge.commits.get(_found(forge, where).number, []))
    place = f"/projects/{where[0].replace('/', '%2F')}/merge_requests/{where[1]}/commits"
    return page(forge, place, [{"id": sha} for sha in shas], query)


def _of_commit(forge: Forge, where: list[str], query: dict[str, str]) -> Reply:
    _here(forge, where[0])
    holding = [number for number, shas in forge.commits.items() if where[1] in shas]
    found = [_shown(forge, each) for each in forge.requests if each.number in holding]
    return page(forge, "", found, query)


def _user(_forge: Forge, _where: list[str], _query: dict[str, str]) -> Reply:
    return 200, {"id": 1, "username": BOT}, {}


_PROJECT, _ANY = "/projects/([^/]+)", "([^/]+)"
ROUTES: tuple[Route, ...] = (
    ("GET", f"{_PROJECT}/merge_requests", _list),
    ("POST", f"{_PROJECT}/merge_requests", _open),
    ("PUT", f"{_PROJECT}/merge_requests/(\\d+)", _edit),
    ("GET", f"{_PROJECT}/merge_requests/(\\d+)/notes", _notes),
    ("POST", f"{_PROJECT}/merge_requests/(\\d+)/notes", _comment),
    ("PUT", f"{_PROJECT}/merge_requests/(\\d+)/notes/(\\d+)", _rewrite),
    ("GET", f"{_PROJECT}/merge_requests/(\\d+)/commits", _commits),
    ("GET", f"{_PROJECT}/repository/commits/{_ANY}/merge_requests", _of_commit),
    ("GET", "/user", _user),
)
