"""The local page in a real browser: the way in, what changes while one looks, deeds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from argosy.engine.nodes import Node
from tests.patience import wait_until
from tests.report import chromium
from tests.report.chromium import Browser
from tests.ui.test_ui import START, begun, served

pytestmark = chromium.needed


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with chromium.browser() as found:
        yield found


def until(window: Browser, condition: str) -> None:
    """Wait until a condition holds in the page."""
    wait_until(lambda: window.run(f"return Boolean({condition})"), condition)


def test_a_run_is_watched_and_answered(window: Browser, tmp_path: Path) -> None:
    state = tmp_path / ".argosy"
    state.mkdir()
    with served(tmp_path) as page:
        window.open(f"http://127.0.0.1:{page.port}/#token={page.token}")
        until(window, "document.querySelector('h1')?.textContent === 'Runs'")
        assert page.token not in window.run("return location.href")
        assert "No runs yet" in window.run("return document.body.textContent")
        waits = Node("waits.ok", "ok", "Suspend", "Running", started=START + 1)
        with begun(state, "waits", waits) as own:
            until(window, "document.querySelector('main a[href=\"/runs/waits\"]')")
            window.run("document.querySelector('main a').click()")
            until(window, "document.querySelector('[data-deed=approve]')")
            window.run("document.querySelector('.target details')?.setAttribute('open', '')")
            window.log("browser")
            window.run("document.querySelector('[data-deed=approve]').click()")
            until(window, "document.getElementById('said').textContent === 'approved'")
            assert [(one.kind, one.node) for one in own.requests()] == [("approve", "waits.ok")]
            waits.phase, waits.finished = "Succeeded", START + 9
            own.record(waits)
            own.flush()
            until(window, "!document.querySelector('[data-deed=approve]')")
            until(window, "document.querySelector('#steps .phase.Succeeded')")
            own.finish("Succeeded", "", START + 9)
        until(window, "document.querySelector('.pill.Succeeded')")
        assert window.run("return document.title") == "waits: Succeeded"
        assert window.run("return document.querySelector('[data-deed=stop]')") is None
        nothing = [one for one in window.log("browser") if "favicon" not in str(one)]
        assert nothing == []


def test_what_was_typed_and_opened_stays_when_the_page_changes(
    window: Browser, tmp_path: Path
) -> None:
    state = tmp_path / ".argosy"
    state.mkdir()
    nodes = [Node(f"r.s{n}", "t", "Pod", "Running", started=START) for n in range(6)]
    nodes[1].parameters = {"auc": "0.5"}
    with served(tmp_path) as page, begun(state, "r", *nodes) as own:
        window.open(f"http://127.0.0.1:{page.port}/runs/r#token={page.token}")
        until(window, "document.querySelector('#steps')")
        window.run("document.querySelector('input[type=search]').focus()")
        window.press(*"s1")
        window.run("document.querySelector('#s1 details').open = true")
        nodes[0].phase, nodes[0].finished = "Succeeded", START + 3
        own.record(nodes[0])
        own.flush()
        until(window, "document.querySelector('#s0 .Succeeded')")
        assert window.run("return document.querySelector('input[type=search]').value") == "s1"
        rows = "[...document.querySelectorAll('#steps tbody tr:not([hidden])')].map((r) => r.id)"
        assert window.run(f"return {rows}") == ["s1"]
        assert window.run("return document.querySelector('#s1 details').open")
        assert window.run("return document.activeElement.type") == "search"
    # the page says so when its server has gone
    until(window, "document.getElementById('said').textContent.includes('argosy ui')")


@pytest.mark.parametrize("width", [360, 1400])
def test_the_list_fits_every_width(width: int, window: Browser, tmp_path: Path) -> None:
    state = tmp_path / ".argosy"
    state.mkdir()
    begun(state, "a-rather-long-name-of-a-run-" + "x" * 60).close()
    with served(tmp_path) as page:
        window.open(f"http://127.0.0.1:{page.port}/#token={page.token}", width=width)
        until(window, "document.querySelector('#runs table')")
        root = "document.documentElement"
        assert window.run(f"return {root}.scrollWidth <= {root}.clientWidth")
