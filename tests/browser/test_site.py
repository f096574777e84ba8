"""The documentation site in a browser: it asks nobody but its own server, can be searched, and fits a telephone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.browser.conftest import Visitor
from tests.house.site import built

PHONE = {"viewport": {"width": 390, "height": 800}}
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder, without a line on stderr for each."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the site is served."""
    folder: Path = built(tmp_path_factory.mktemp("site"))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_the_site_is_read_and_searched_without_anybody_else(visit: Visitor, address: str) -> None:
    page = visit(address).page
    page.click("nav >> text=Tutorial")
    page.wait_for_selector("h1 >> text=Tutorial")
    page.click("[data-md-component=search-query]")
    page.keyboard.type("lookback")
    page.wait_for_selector(".md-search-result__link")
    found = page.eval_on_selector_all(".md-search-result__link", "all => all.map((link) => link.pathname)")
    assert "/language.html" in found


@pytest.mark.parametrize("name", ["", "tutorial.html", "reference/cli.html", "guides/airflow.html"])
def test_no_page_is_wider_than_a_telephone(visit: Visitor, address: str, name: str) -> None:
    page = visit(address, **PHONE).page
    page.goto(address + name)
    assert page.evaluate(WIDER) <= 0
