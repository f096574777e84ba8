"""A large graph is moved as easily as a small one: what is drawn already moves as one layer."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import samples
from tests.browser.conftest import Visitor
from tests.browser.speed import frame


def test_two_thousand_nodes_move_about_as_fast_as_nine(visit: Visitor) -> None:
    small, large = visit(samples.plain()), visit(samples.large())
    expect(large.page.locator("#found")).to_have_text("2000 nodes")
    # The best of three: what else the machine does lengthens frames, and shortens none.
    of_small, of_large = (min(frame(seen, 30) for _ in range(3)) for seen in (small, large))
    assert of_large <= 3 * of_small


def test_two_thousand_nodes_can_be_searched_and_selected(visit: Visitor) -> None:
    seen = visit(samples.large())
    seen.page.locator("#search").fill("job-00123")
    expect(seen.page.locator("#found")).to_have_text("1 found")
    seen.page.locator("#select").fill("1+job-00990+1")
    seen.page.locator("#select").press("Enter")
    expect(seen.page.locator("#found")).to_contain_text("of 2000 nodes")
    assert 1 < len(seen.shown()) < 50
