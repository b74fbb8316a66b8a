"""Pages opened in a real Chromium: what they wrote to the console, asked of the network, and what axe-core finds."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

PHONE, DESKTOP = (390, 844), (1100, 900)


class OpenPage:
    """One page in one tab."""

    def __init__(self, tab: "Page") -> None:
        self.tab = tab
        self.errors: list[str] = []
        """Console errors, warnings and uncaught exceptions."""
        self.requests: list[str] = []
        """Addresses asked for, but for the page itself and data in the page."""
        tab.on("console", lambda said: self.errors.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: self.errors.append(str(error)))
        tab.on("request", lambda asked: self._asked(asked.url))
        self._own = ""

    def _asked(self, address: str) -> None:
        if address != self._own and not address.startswith(("data:", "blob:")):
            self.requests.append(address)

    def go(self, address: str) -> "OpenPage":
        """Open an address and wait until its charts that are in view are drawn."""
        self._own = address
        self.tab.goto(address)
        self.settle()
        return self

    def settle(self) -> None:
        """Wait until every chart that has begun to be drawn is there."""
        self.tab.wait_for_function(
            "() => [...document.querySelectorAll('figure[data-drawn] .chart')].every((c) => c.querySelector('svg'))"
        )

    def unfold(self) -> None:
        """Open every folded part and the first clip of each shelf, and wait for the charts."""
        self.tab.evaluate(
            """document.querySelectorAll('details').forEach((part) => {
                const clip = part.closest('.clips li');
                part.open = !clip || !clip.previousElementSibling;
            })"""
        )
        for figure in self.tab.query_selector_all("figure.figure"):
            figure.scroll_into_view_if_needed()
            self.tab.wait_for_function("(f) => f.querySelector('.chart svg')", arg=figure)

    def overflow(self) -> int:
        """How many pixels the page is wider than the window."""
        return int(self.tab.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def serious_faults(self) -> list[str]:
        """What axe-core calls serious or critical: rule, and the first elements it found."""
        from axe_playwright_python.sync_playwright import Axe

        found: list[dict[str, Any]] = (
            Axe().run(self.tab, options={"resultTypes": ["violations"]}).response["violations"]
        )
        return [
            f"{rule['id']}: {[node['html'][:160] for node in rule['nodes'][:3]]}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
        ]


class Chromium:
    """Opens pages, and closes them all in the end: a page that is left open goes on working."""

    def __init__(self, browser: "Browser") -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def close(self) -> None:
        """Close every page."""
        for context in self._contexts:
            context.close()

    def open(self, page: Path | str, size: tuple[int, int] = DESKTOP, scheme: Any = "light") -> OpenPage:
        """Open a file, or an http address, in a fresh tab of that size and colour scheme."""
        address = page.resolve().as_uri() if isinstance(page, Path) else page
        context = self._browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
        self._contexts.append(context)
        # Half a minute is far more than a page takes; two busy processors make it slow at times.
        context.set_default_timeout(60_000)
        return OpenPage(context.new_page()).go(address)


@pytest.fixture
def chromium(headless_browser: "Browser") -> Iterator[Chromium]:
    """Pages in a headless Chromium of this machine; skips where there is none."""
    opener = Chromium(headless_browser)
    try:
        yield opener
    finally:
        opener.close()


@pytest.fixture(scope="module")
def headless_browser() -> "Iterator[Browser]":
    """One Chromium for a test module."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        pytest.skip("no chromium on this machine (Debian: the package chromium)")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        try:
            yield browser
        finally:
            browser.close()
