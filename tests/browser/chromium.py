"""Debian's Chromium, driven by Playwright, and a page in it that nothing odd may happen to.

What a newcomer gets wrong: Playwright would bring a browser of its own; it is told where the system's is, and downloads
nothing. Every page is watched from its first moment: a message on the console, a breach of the content policy, or a
request to anywhere is kept, and `Visit.oddities` has to be empty in the end.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

BINARY = Path("/usr/bin/chromium")
ABSENT = f"there is no {BINARY} (Debian's package chromium)"
WIDE = {"width": 1280, "height": 800}
# In a container there is no sandbox to be had; the pages are our own.
ARGUMENTS = ["--no-sandbox", "--force-color-profile=srgb", "--font-render-hinting=none"]
_WATCH = """
  window.breaches = [];
  addEventListener("securitypolicyviolation", (event) => breaches.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Visit:
    """A page, and what happened that should not have."""

    page: Page
    server: str = ""
    has_script: bool = True
    told: list[str] = field(default_factory=list)

    @property
    def oddities(self) -> list[str]:
        """Messages, errors, requests and breaches."""
        return [*self.told, *(self.page.evaluate("window.breaches") if self.has_script else [])]

    def heard(self, request: Request) -> None:
        """Files are the page itself; data and blobs are made by it; its own server may be asked."""
        if not request.url.startswith(("file:", "data:", "blob:", *filter(None, [self.server]))):
            self.told.append(f"asked for {request.url}")

    def count(self, selector: str) -> int:
        """How many elements there are of a kind."""
        return self.page.locator(selector).count()

    def shown(self) -> set[str]:
        """The ids of the nodes that are shown."""
        found: list[str] = self.page.eval_on_selector_all(
            "#lineage .node[data-id]:not(.gone)", "all => all.map((node) => node.dataset.id)"
        )
        return set(found)

    def node(self, id_: str) -> Any:
        """A node of the drawing."""
        return self.page.locator(f'.node[data-id="{id_}"]')


def require_chromium() -> None:
    """Skips with the reason where there is none; with DEPGEN_REQUIRE_STACK=1 that is an error."""
    if BINARY.exists():
        return
    if os.environ.get("DEPGEN_REQUIRE_STACK") == "1":
        pytest.fail(f"DEPGEN_REQUIRE_STACK=1, but {ABSENT}", pytrace=False)
    pytest.skip(ABSENT)


@contextmanager
def launched() -> Iterator[Browser]:
    """The browser, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BINARY, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def wait_until(page: Page, expression: str, arg: object = None, seconds: float = 10) -> None:
    """Asks the page until it says yes. Playwright's own waiting asks from within the page, where its policy forbids `eval`."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression, arg):
        assert time.monotonic() < end, f"waited {seconds:g} s for {expression}"
        page.wait_for_timeout(50)


@contextmanager
def visiting(browser: Browser, address: str, **options: Any) -> Iterator[Visit]:
    """A page of its own: no storage of others, and no motion that a picture could catch halfway."""
    settings: dict[str, Any] = {"viewport": WIDE, "reduced_motion": "reduce", "color_scheme": "light"}
    context = browser.new_context(**settings | options)
    try:
        page = context.new_page()
        page.set_default_timeout(10_000)
        has_script = bool(options.get("java_script_enabled", True))
        visit = Visit(page, address if address.startswith("http") else "", has_script)
        if has_script:
            page.add_init_script(_WATCH)
        page.on("console", lambda message: visit.told.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: visit.told.append(f"error: {error}"))
        page.on("request", visit.heard)
        page.goto(address)
        yield visit
    finally:
        context.close()
