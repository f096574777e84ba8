"""One browser for the tests of a file; each visit has to end without anything odd.

Not one for all: Playwright runs an event loop in this thread until it ends, and tests of other files need their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser import samples
from tests.browser.chromium import Visit, launched, require_chromium, visiting

Visitor = Callable[..., Visit]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    require_chromium()
    with launched() as started:
        yield started


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Visitor]:
    """Opens a page from its text, or from an address; ends it, and looks whether anything odd happened."""
    with ExitStack() as stack:
        visits: list[Visit] = []

        def open_(text: str, hash_: str = "", **options: Any) -> Visit:
            address = text
            if not text.startswith("http:"):
                file = tmp_path / f"page-{len(visits)}.html"
                file.write_text(text, encoding="utf-8")
                address = file.as_uri()
            visits.append(stack.enter_context(visiting(browser, address + hash_, **options)))
            return visits[-1]

        yield open_
        assert [oddity for one in visits for oddity in one.oddities] == []


@pytest.fixture(scope="session")
def nights() -> str:
    """The page of the sample: three days forecast, one of them with a mishap."""
    return samples.nights()
