"""What the page may do, and what it is without a script: no request, no breach of its policy, no markup of authors."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from depgen.page import document
from tests.browser import samples
from tests.browser.conftest import Visitor

MOST_SCRIPT = 40 * 1024
MOST_PAGE = 3_000_000
EVIL = "</script><script>document.title='taken'</script><img src=x onerror=document.title='taken'>"


class _Tags(HTMLParser):
    """The tags, and the attributes that a strict policy refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.refused: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.refused += [name for name, _ in attrs if name == "style" or name.startswith("on")]
        links = (value or "" for name, value in attrs if name in ("src", "href"))
        self.refused += [value for value in links if not value.startswith(("#", "data:"))]


def test_the_script_is_short() -> None:
    assert len(document.asset("page.js").encode()) < MOST_SCRIPT


def test_the_page_has_nothing_that_its_policy_refuses() -> None:
    tags = _Tags()
    tags.feed(samples.nights())
    assert tags.refused == []
    assert tags.seen.count("script") == 2
    assert tags.seen.count("style") == 1
    assert not {"iframe", "object", "embed", "base", "form"} & set(tags.seen)


def test_the_policy_allows_one_style_one_script_and_no_connection() -> None:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', samples.plain())
    assert found
    names = [part.split()[0] for part in found[1].replace("&#39;", "'").split("; ")]
    assert names == ["default-src", "style-src", "script-src", "img-src", "base-uri", "form-action"]
    assert "unsafe" not in found[1]


def test_the_same_graphs_make_the_same_page() -> None:
    assert samples.plain() == samples.plain()


def test_a_script_that_is_not_ours_does_not_run(visit: Visitor) -> None:
    seen = visit(samples.plain().replace("</main>", "</main><script>document.title = 'taken'</script>"))
    assert seen.page.title() == "core, shop"
    assert any("script-src" in breach for breach in seen.page.evaluate("breaches"))
    seen.page.evaluate("breaches.length = 0")
    seen.told.clear()


@pytest.mark.parametrize("where", ["label", "parameter"])
def test_no_text_of_an_author_becomes_markup(visit: Visitor, where: str) -> None:
    quoted = f'"{EVIL}"'
    shop = (
        samples.SHOP.replace("owner: sales", f"owner: {quoted}")
        if where == "label"
        else samples.SHOP.replace(
            "{workflowTemplate: load}", f"{{workflowTemplate: load, params: {{p: {quoted}}}}}"
        )
    )
    seen = visit(samples.page(samples.checked(samples.CORE, shop)), "#/lineage?node=shop/load")
    assert seen.page.title() == "core, shop"
    assert seen.count("img") == 0
    seen.node("shop/sales").click()
    assert seen.page.title() == "core, shop"


def test_without_a_script_everything_can_be_read(visit: Visitor, nights: str) -> None:
    seen = visit(nights, java_script_enabled=False)
    for name in ("view-lineage", "view-timeline", "view-table"):
        assert seen.page.locator(f"#{name}").is_visible(), name
    assert seen.page.locator("#lineage .node").count() >= len(samples.IDS)
    assert not seen.page.locator(".tools").first.is_visible()
    assert not seen.page.locator("#panel").is_visible()
    seen.page.locator("#nodes").get_by_text("data", exact=True).first.scroll_into_view_if_needed()


def test_a_large_graph_makes_a_page_of_less_than_three_megabytes() -> None:
    assert len(samples.large().encode()) < MOST_PAGE


def test_on_paper_there_are_no_buttons_and_all_of_the_drawing(visit: Visitor, nights: str) -> None:
    seen = visit(nights, "#/lineage?node=shop/load")
    seen.page.emulate_media(media="print")
    assert not seen.page.locator(".tools").first.is_visible()
    assert not seen.page.locator("#panel").is_visible()
    assert seen.page.locator("#lineage").is_visible()
    seen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    wide = seen.page.evaluate("document.querySelector('.scene').getBoundingClientRect().width / innerWidth")
    assert 0.9 < wide <= 1
    seen.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert seen.page.locator("#lineage").get_attribute("viewBox") is None
    assert len(seen.page.pdf()) > 10_000
