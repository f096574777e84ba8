"""The page as axe sees it: no violation in any view, by day and by night, with the panel open."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import samples
from tests.browser.conftest import Visitor
from tests.browser.live_samples import live_page

PLACES = (
    "#/lineage",
    "#/lineage?node=shop/report&critical=1",
    "#/lineage?collapse=graph",
    "#/timeline",
    "#/table",
)


def violations(page: object) -> list[str]:
    """What axe finds, in a line each."""
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    return [
        f"{one['id']}: {node['html'][:120]} ({node['failureSummary'][:200]})"
        for one in found.response["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing(visit: Visitor, nights: str, place: str, colours: str) -> None:
    seen = visit(nights, place, color_scheme=colours)
    assert violations(seen.page) == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_in_the_live_page(visit: Visitor, colours: str) -> None:
    seen = visit(live_page(), "#/lineage?node=shop/report", color_scheme=colours)
    assert violations(seen.page) == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_in_days_that_were(visit: Visitor, colours: str) -> None:
    seen = visit(samples.was(), "#/timeline", color_scheme=colours)
    assert violations(seen.page) == []


def test_axe_finds_nothing_in_the_menus_and_in_an_edit(visit: Visitor) -> None:
    seen = visit(samples.edited(), "#/lineage?select=nobody")
    seen.page.locator("#filters summary").click()
    assert violations(seen.page) == []
