"""A headless Chromium, driven by the WebDriver protocol over plain HTTP."""

import base64
import contextlib
import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DRIVER, BROWSER = shutil.which("chromedriver"), shutil.which("chromium")
needed = pytest.mark.skipif(
    not (DRIVER and BROWSER), reason="no headless browser: apt-get install chromium chromium-driver"
)
_FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
_QUIET = ("--disable-background-networking", "--no-first-run", "--disable-component-update")


class Browser:
    """One window."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        options = {"binary": BROWSER, "args": [*_FLAGS, *_QUIET]}
        wanted = {
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        found = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._base += f"/session/{found['sessionId']}"

    def close(self) -> None:
        """Close the window."""
        self._ask("DELETE", "")

    def open(self, url: str, *, width: int = 1400, height: int = 900, dark: bool = False) -> None:
        """Show a page of that many pixels."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.devtools("Emulation.setDeviceMetricsOverride", **metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.devtools("Emulation.setEmulatedMedia", features=[scheme, still])
        self._ask("POST", "/url", {"url": url})

    def run(self, script: str, *arguments: object) -> Any:
        """Return what a function body returns in the page."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def press(self, *keys: str) -> None:
        """Press and let go of each key."""
        deeds = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._ask("POST", "/actions", {"actions": [{"type": "key", "id": "k", "actions": deeds}]})

    def log(self, kind: str) -> list[dict[str, Any]]:
        """Return what was logged since the last call: `browser` or `performance`."""
        found: list[dict[str, Any]] = self._ask("POST", "/se/log", {"type": kind})
        return found

    def requests(self) -> list[str]:
        """Return the addresses that were asked for since the last call."""
        events = (json.loads(entry["message"])["message"] for entry in self.log("performance"))
        return [
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def devtools(self, command: str, **parameters: object) -> Any:
        """Ask the browser's own protocol."""
        return self._ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """Write the page, or what is seen of it, as a PNG."""
        found = self.devtools("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()[:2000]) from None


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Yield a window of a browser of its own."""
    assert DRIVER
    with subprocess.Popen([DRIVER, "--port=0"], stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdout
        try:
            said = (
                re.search(r"started successfully on port (\d+)", line) for line in driver.stdout
            )
            window = Browser(int(next(filter(None, said))[1]))
            yield window
            window.close()
        finally:
            driver.terminate()
