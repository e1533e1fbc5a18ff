"""The report in a real browser: nothing is loaded, nothing runs, everybody can read it."""

from collections.abc import Iterator
from typing import Any

import pytest

from argosy.report.run_html import page
from argosy.report.run_source import Tracking
from argosy.report.run_view import view
from tests.report import chromium, run_samples
from tests.report.chromium import Browser

pytestmark = chromium.needed

LOSS = tuple(("loss", f"fold-{k}", [(n, 1 / (n + k + 1)) for n in range(30)]) for k in range(3))
MODEL: dict[str, Any] = {"model": "churn", "version": 3, "aliases": ("challenger",)}
MODEL |= {"metrics": {"auc": 0.9}, "params": {}, "data": {}, "lineage": {"source": "1f0c"}}
SAMPLES = ("small", "large", "hostile")
# the contrast of every text with what is behind it, as WCAG 2 computes it
CONTRAST = """
const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
const rgba = (color) => {
  canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data].map((v) => v / 255);
};
const light = ([r, g, b]) => [r, g, b]
  .map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  .reduce((sum, v, n) => sum + v * [.2126, .7152, .0722][n], 0);
const over = (top, below) => top.slice(0, 3).map((v, n) => v * top[3] + below[n] * (1 - top[3]));
const behind = (node) => {
  const layers = [];
  for (let at = node; at; at = at.parentElement) {
    const box = at.tagName === 'text' && at.closest('.box')?.querySelector('.body');
    layers.push(rgba(box ? getComputedStyle(box).fill : getComputedStyle(at).backgroundColor));
    if (layers.at(-1)[3] === 1) break;
  }
  return layers.reduceRight((below, top) => over(top, below), [1, 1, 1]);
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), bad = [];
const seen = new Set();
while (walker.nextNode()) {
  const node = walker.currentNode.parentElement;
  if (seen.has(node) || !walker.currentNode.data.trim() || !node.checkVisibility()) continue;
  if (node.closest('script, style, title, .unseen, .skip')) continue;
  seen.add(node);
  const style = getComputedStyle(node), svg = node instanceof SVGElement;
  const ground = behind(node), ink = over(rgba(svg ? style.fill : style.color), ground);
  const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
  if (ratio < 4.5) bad.push(`${node.outerHTML.slice(0, 90)} ${ratio.toFixed(2)}`);
}
return {bad, count: seen.size};
"""


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with chromium.browser() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder, found = tmp_path_factory.mktemp("pages"), {}
    for name in SAMPLES:
        run = getattr(run_samples, name)(folder / name)
        known = Tracking() if name == "hostile" else Tracking(LOSS, (MODEL,))
        path = folder / f"{name}.html"
        path.write_text(page(view(run, known, run_samples.START + 60)), "utf-8")
        found[name] = path.as_uri()
    return found


@pytest.mark.parametrize("sample", SAMPLES)
def test_only_the_file_itself_is_loaded_and_nothing_in_it_runs(
    sample: str, window: Browser, pages: dict[str, str]
) -> None:
    window.open("about:blank")
    window.requests()
    window.log("browser")
    window.open(pages[sample])
    assert window.run("return window.owned === undefined")
    assert window.run("return document.querySelectorAll('script').length") == 1
    assert window.run("return [...document.images].every((one) => one.complete)")
    asked = window.requests()
    assert [url for url in asked if not url.startswith("data:image/")] == [pages[sample]]
    assert window.log("browser") == []


def test_what_is_injected_in_spite_of_all_does_not_run(
    window: Browser, pages: dict[str, str]
) -> None:
    window.open(pages["small"])
    window.run("""
        const script = document.createElement('script');
        script.append('window.owned = 1');
        document.body.append(script);
        try { document.body.setAttribute('onclick', 'window.owned = 1'); } catch { /* refused */ }
        document.body.click();
        const picture = new Image();
        picture.src = 'http://127.0.0.1:9/x.png';
        document.body.append(picture);
    """)
    said = " ".join(str(entry["message"]) for entry in window.log("browser"))
    assert "Content Security Policy" in said or "Trusted" in said
    assert window.run("return window.owned === undefined")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("sample", SAMPLES)
def test_texts_can_be_read_in_both_themes(
    sample: str, dark: bool, window: Browser, pages: dict[str, str]
) -> None:
    window.open(pages[sample], dark=dark)
    window.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    found = window.run(CONTRAST)
    assert found["bad"] == []
    assert found["count"] > 60
    window.run("document.querySelector('h2').style.color = 'var(--line)'")
    assert len(window.run(CONTRAST)["bad"]) == 1
    ground = window.run("return getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(14, 17, 22)") == dark


@pytest.mark.parametrize("sample", SAMPLES)
def test_everything_that_can_be_used_has_a_name(
    sample: str, window: Browser, pages: dict[str, str]
) -> None:
    window.open(pages[sample])
    nodes = window.devtools("Accessibility.getFullAXTree")["nodes"]
    roles: dict[str, list[str]] = {}
    for node in nodes:
        if not node.get("ignored"):
            role = node.get("role", {}).get("value", "")
            roles.setdefault(role, []).append(node.get("name", {}).get("value", ""))
    for role in ("button", "link", "searchbox", "region", "image", "table", "navigation"):
        assert all(name.strip() for name in roles.get(role, [])), role
    assert len(roles["main"]) == 1
    assert len(roles["banner"]) == 1
    assert "button" in roles
    levels = window.run(
        "return [...document.querySelectorAll('h1,h2,h3')].map((h) => h.tagName[1])"
    )
    assert levels[0] == "1"
    assert all(int(b) - int(a) <= 1 for a, b in zip(levels, levels[1:]))  # noqa: RUF007
    assert window.run("return document.documentElement.lang === 'en' && document.title !== ''")


def test_the_keyboard_reaches_everything_in_the_order_of_the_page(
    window: Browser, pages: dict[str, str]
) -> None:
    window.open(pages["small"])
    tab, enter = "\ue004", "\ue007"
    window.press(tab)
    assert window.run("return document.activeElement.className") == "skip"
    window.press(enter)
    assert window.run("return location.hash") == "#main"
    window.open(pages["small"])
    usable = "'a, button, input, summary, [tabindex]'"
    shown = f"[...document.querySelectorAll({usable})].filter((one) => one.checkVisibility())"
    window.run(f"const shown = {shown}; window.places = []; document.addEventListener('focusin',"
               "(event) => places.push(shown.indexOf(event.target)))")  # fmt: skip
    count = window.run(f"return {shown}.length")
    window.press(*[tab] * (count - 1))
    places = window.run("return places")
    assert places == sorted(places)
    assert len(set(places) - {-1}) >= count - 1
    outline = window.run("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("width", [360, 1400])
def test_no_width_makes_the_page_scroll_sideways(
    width: int, sample: str, window: Browser, pages: dict[str, str]
) -> None:
    window.open(pages[sample], width=width)
    root = "document.documentElement"
    assert window.run(f"return {root}.scrollWidth <= {root}.clientWidth")


def test_300_steps_are_searched_filtered_and_sorted(window: Browser, pages: dict[str, str]) -> None:
    window.open(pages["large"])
    shown = (
        "return [...document.querySelectorAll('#steps tbody tr')].filter((r) => !r.hidden).length"
    )
    assert window.run(shown) == 300
    window.run("document.querySelector('input').focus()")
    window.press(*"table-007")
    assert window.run(shown) == 5
    assert window.run("return document.querySelector('output').textContent") == "5 of 300 steps"
    lanes = "return document.querySelectorAll('#timeline .axis ~ li:not([hidden])').length"
    assert window.run(lanes) == 5
    window.press(*["\ue003"] * 9)
    window.run("document.querySelector('[data-phase-button=Failed]').click()")
    assert window.run(shown) == 5
    window.run("document.querySelector('[data-phase-button=\"\"]').click()")
    window.run("document.querySelector('[data-do=key]').click()")
    assert 5 < window.run(shown) < 60
    window.run("document.querySelectorAll('#steps thead button')[2].click()")
    rows = "[...document.querySelectorAll('#steps tbody tr')]"
    took = window.run(f"return {rows}.map((row) => +row.cells[2].dataset.value)")
    assert took == sorted(took)
    state = "return document.querySelectorAll('#steps thead th')[2].getAttribute('aria-sort')"
    assert window.run(state) == "ascending"
    window.run("document.querySelector('[data-do=fit]').click()")
    fits = "const f = document.querySelector('.graph'); return f.scrollWidth <= f.clientWidth"
    assert window.run(fits)


def test_a_theme_can_be_chosen_and_motion_is_reduced(
    window: Browser, pages: dict[str, str]
) -> None:
    window.open(pages["small"])
    ground = "return getComputedStyle(document.body).backgroundColor"
    bright = window.run(ground)
    theme = "document.querySelector('[data-do=theme]').click()"
    window.run(theme)
    assert window.run(ground) == bright
    window.run(theme)
    assert window.run(ground) == "rgb(14, 17, 22)"
    window.run(theme)
    assert window.run("return document.getAnimations().length") == 0


def test_the_page_is_whole_without_its_script(window: Browser, pages: dict[str, str]) -> None:
    window.devtools("Emulation.setScriptExecutionDisabled", value=True)
    try:
        window.open(pages["small"])
        tree = window.devtools("Accessibility.getFullAXTree")["nodes"]
    finally:
        window.devtools("Emulation.setScriptExecutionDisabled", value=False)
    names = [node.get("name", {}).get("value") for node in tree if not node.get("ignored")]
    assert {"Timeline", "Steps", "Metrics", "Artifacts", "Hardware and cost"} <= set(names)
    assert not any(str(name).startswith("Theme") for name in names)
