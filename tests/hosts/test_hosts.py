"""Both hosts by one protocol, over real sockets: what they open, say and refuse."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from argosy.hosts.failure import HostFailure, LimitFailure, TooLongFailure
from argosy.hosts.find import find
from argosy.hosts.github import GitHub
from argosy.hosts.gitlab import GitLab
from argosy.hosts.host import Host
from tests.hosts import github_api, gitlab_api
from tests.hosts.server import BOT, TOKEN, Fault, Forge, serving

_APIS: dict[str, Any] = {"github": github_api, "gitlab": gitlab_api}
_ROOTS = {"github": "GITHUB_API_URL", "gitlab": "CI_API_V4_URL"}


@pytest.fixture(params=sorted(_APIS))
def forge(request: pytest.FixtureRequest) -> Iterator[Forge]:
    with serving(Forge(), _APIS[request.param]) as served:
        served.kind = request.param  # type: ignore[attr-defined]
        yield served


@pytest.fixture
def host(forge: Forge) -> Host:
    return _host(forge, TOKEN)


def _host(forge: Forge, token: str) -> "GitHub | GitLab":
    kind: str = forge.kind  # type: ignore[attr-defined]
    environ = {_ROOTS[kind]: forge.url, "ARGOSY_GIT_TOKEN": token}
    found = find(f"https://git.example/{forge.name}.git", kind, environ)
    assert isinstance(found, GitHub | GitLab)
    found.api.pause = 0.01
    return found


def _open(host: Host, body: str = "body") -> int:
    return host.open_or_update("argosy/prod", "main", "prod", body).number


def test_a_request_is_opened_once_and_then_updated(forge: Forge, host: Host) -> None:
    first = host.open_or_update("argosy/prod", "main", "one", "first\nbody")
    again = host.open_or_update("argosy/prod", "main", "two", "second")
    assert (first.created, again.created) == (True, False)
    assert first.number == again.number
    assert f"/{first.number}" in first.url
    assert [(each.title, each.body) for each in forge.requests] == [("two", "second")]


def test_what_is_equal_is_not_written(forge: Forge, host: Host) -> None:
    for _ in range(2):
        host.open_or_update("argosy/prod", "main", "one", "body")
    assert [method for method, *_ in forge.log if method != "GET"] == ["POST"]


def test_a_closed_request_is_not_found_and_another_is_opened(forge: Forge, host: Host) -> None:
    host.close(_open(host))
    assert host.find_open("argosy/prod", "main") is None
    assert _open(host) == 2
    assert [each.state for each in forge.requests] == ["closed", "open"]


def test_requests_of_other_branches_are_left_alone(forge: Forge, host: Host) -> None:
    forge.branches |= {"argosy/dev", "release"}
    host.open_or_update("argosy/dev", "main", "dev", "")
    host.open_or_update("argosy/prod", "release", "prod", "")
    assert host.find_open("argosy/prod", "main") is None


def test_comments_are_read_to_the_last_page(forge: Forge, host: Host) -> None:
    number = _open(host)
    for count in range(250):
        forge.remark(number, "ada", f"remark {count}")
    found = host.comments(number)
    assert [each.body for each in found] == [f"remark {count}" for count in range(250)]
    assert {each.author for each in found} == {"ada"}


def test_a_comment_is_written_and_rewritten(host: Host) -> None:
    number = _open(host)
    made = host.comment(number, "first")
    assert host.update(number, made.id, "second").body == "second"
    assert [(each.author, each.body) for each in host.comments(number)] == [(host.me(), "second")]


def test_commits_come_oldest_first(forge: Forge, host: Host) -> None:
    number = _open(host)
    forge.commits[number] = [f"{count:040x}" for count in range(120)]
    assert host.commits(number) == tuple(forge.commits[number])
    assert [each.number for each in host.commit_pull_requests(f"{7:040x}")] == [number]
    assert host.commit_pull_requests("f" * 40) == ()


def test_a_text_too_long_is_a_failure_of_its_own(host: Host) -> None:
    number, long = _open(host), "x" * 1_100_000
    with pytest.raises(TooLongFailure):
        host.comment(number, long)
    with pytest.raises(TooLongFailure):
        _open(host, long)


def test_a_branch_that_is_not_there_is_told_in_the_hosts_words(host: Host) -> None:
    with pytest.raises(HostFailure, match=r"head|does not exist"):
        host.open_or_update("nothing", "main", "x", "")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_that_is_busy_is_asked_again(forge: Forge, host: Host, status: int) -> None:
    forge.faults += [Fault("GET", status), Fault("POST", status), Fault("GET", status)]
    assert _open(host) == 1
    assert len(forge.requests) == 1


def test_an_opening_whose_reply_is_lost_opens_one(forge: Forge, host: Host) -> None:
    forge.faults += [Fault("POST", done=True)]
    _open(host)
    assert len(forge.requests) == 1


@pytest.mark.parametrize("fault", [Fault("POST", done=True), Fault("POST", 502, done=True)])
def test_a_comment_whose_reply_is_lost_is_written_once(
    forge: Forge, host: Host, fault: Fault
) -> None:
    number = _open(host)
    forge.faults.append(fault)
    assert host.comment(number, "hello").author == BOT
    assert [each.body for each in forge.remarks[number]] == ["hello"]


def test_a_comment_that_was_not_written_is_a_failure(forge: Forge, host: Host) -> None:
    number = _open(host)
    forge.faults.append(Fault("POST", 502))
    with pytest.raises(HostFailure, match="502"):
        host.comment(number, "hello")


def test_a_limit_that_says_when_is_waited_for(forge: Forge, host: Host) -> None:
    limited = Fault("POST", 429, {"message": "slow down"}, {"Retry-After": "1"})
    forge.faults.append(limited)
    began = time.monotonic()
    assert _open(host) == 1
    assert time.monotonic() - began >= 1


def test_a_limit_longer_than_our_time_is_told(forge: Forge, host: Host) -> None:
    text = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes"}
    forge.faults.append(Fault("GET", 403, text, {"Retry-After": "3600"}))
    with pytest.raises(LimitFailure, match="secondary rate limit") as caught:
        _open(host)
    assert "3600 s" in caught.value.hint


def test_without_a_right_the_hint_says_which(forge: Forge, host: Host) -> None:
    forge.faults.append(Fault("POST", 403, {"message": "Resource not accessible by integration"}))
    with pytest.raises(HostFailure, match="403: Resource not accessible") as caught:
        _open(host)
    assert "token" in caught.value.hint


@pytest.mark.parametrize("token", ["", "wrong-canary-value"])
def test_a_missing_or_wrong_token_is_told_and_not_shown(forge: Forge, token: str) -> None:
    host = _host(forge, token)
    assert host.authorized == bool(token)
    with pytest.raises(HostFailure, match="401") as caught:
        _open(host)
    assert "token" in caught.value.hint
    assert "canary" not in f"{caught.value.message} {caught.value.hint} {host!r}"


def test_a_server_that_repeats_the_token_does_not_get_it_printed(forge: Forge, host: Host) -> None:
    forge.faults.append(Fault("GET", 418, {"message": f"you sent {TOKEN}"}))
    with pytest.raises(HostFailure, match=r"you sent \*\*\*") as caught:
        _open(host)
    assert TOKEN not in repr(host) + str(caught.value)
    assert caught.value.__cause__ is None


def test_no_redirect_and_no_next_page_takes_the_token_elsewhere(forge: Forge, host: Host) -> None:
    with serving(Forge(), github_api) as other:
        forge.faults.append(Fault("GET", 307, {}, {"Location": f"{other.url}/x"}))
        with pytest.raises(HostFailure, match="another server"):
            _open(host)
        forge.faults.append(Fault("GET", 200, [], {"Link": f'<{other.url}/x>; rel="next"'}))
        with pytest.raises(HostFailure, match="another server"):
            _open(host)
        assert other.log == []


def test_a_renamed_repository_is_followed(forge: Forge, host: Host) -> None:
    number = _open(host)
    place = forge.log[0][1]
    forge.faults.append(Fault("GET", 301, {}, {"Location": f"{forge.url}{place}"}))
    assert _open(host) == number


def test_a_server_that_hangs_is_given_up(
    forge: Forge, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(host, GitHub | GitLab)
    monkeypatch.setattr("argosy.hosts.api._REQUEST", 0.3)
    host.api.deadline = 1
    forge.faults += [Fault(hang=3), Fault(hang=3), Fault(hang=3), Fault(hang=3), Fault(hang=3)]
    with pytest.raises(HostFailure, match="does not answer"):
        _open(host)


@pytest.mark.parametrize("body", [b"<html>proxy</html>", b"[" * 100_000, b"\xff\xfe"])
def test_an_answer_that_is_no_json_is_a_failure(forge: Forge, host: Host, body: bytes) -> None:
    forge.faults += [Fault("GET", 200, body)] * 5
    with pytest.raises(HostFailure, match=r"not JSON|no list"):
        _open(host)


def test_gitlabs_own_notes_are_no_comments() -> None:
    with serving(Forge(), gitlab_api) as forge:
        forge.kind = "gitlab"  # type: ignore[attr-defined]
        host = _host(forge, TOKEN)
        number = _open(host)
        forge.remark(number, "ada", "changed the title", system=True)
        assert host.comments(number) == ()


def test_an_app_learns_its_name_by_graphql() -> None:
    with serving(Forge(app=True), github_api) as forge:
        forge.kind = "github"  # type: ignore[attr-defined]
        assert _host(forge, TOKEN).me() == f"{BOT}[bot]"
