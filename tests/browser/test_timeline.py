"""The timeline: the time that is chosen shows on the days and on the lineage."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import samples
from tests.browser.chromium import Visit, wait_until
from tests.browser.conftest import Visitor


def states(seen: Visit) -> dict[str, str]:
    """The states that the lineage shows, of nodes that have one."""
    found: dict[str, str] = seen.page.eval_on_selector_all(
        ".node[data-id]", "all => Object.fromEntries(all.map((n) => [n.dataset.id, n.dataset.state || '']))"
    )
    return {id_: state for id_, state in found.items() if state not in ("", "none")}


def scrubbed(seen: Visit, at: float) -> None:
    """The slider at a time."""
    seen.page.locator("#time").evaluate(
        "(slider, at) => { slider.value = at; slider.dispatchEvent(new Event('input')); }", at
    )


def test_a_day_for_each_graph_that_was_forecast(visit: Visitor, nights: str) -> None:
    seen = visit(nights, "#/timeline")
    expect(seen.page.locator(".day")).to_have_count(6)
    assert seen.count(".day .change") == 1  # the other graph is done long before the clocks go back
    assert seen.count(".day .bar-window") >= 1
    assert seen.count(".day .mark.missed") == 0
    expect(seen.page.locator(".day .note").first).to_contain_text("25 hours: at 03:00 the clocks go back")
    assert seen.page.locator(".day", has_text="shop").first.locator("rect.bar-late").count() == 1


def test_a_bar_says_what_the_run_waited_for_last(visit: Visitor, nights: str) -> None:
    seen = visit(nights, "#/timeline")
    words = seen.page.locator("rect.bar-run[aria-label^='report 20261024']").get_attribute("aria-label")
    assert words == "report 20261024 succeeded, 03:00 to 03:05, waited last for notBefore"


def test_the_lineage_follows_the_time(visit: Visitor, nights: str) -> None:
    seen = visit(nights, "#/timeline")
    begin = 1792792800  # midnight of the first day in Paris
    scrubbed(seen, begin + 120)
    expect(seen.page.locator("#clock")).to_have_text("Sat 24 Oct 00:02")
    assert states(seen)["core/orders"] == "running"
    scrubbed(seen, begin + 3600)
    assert states(seen)["core/customers"] == "succeeded"
    assert states(seen)["shop/sales"] == "running"  # it is three hours late
    assert states(seen)["shop/report"] == "waiting"
    seen.page.locator("#tab-lineage").click()
    label = str(seen.node("shop/report").get_attribute("aria-label"))
    assert "waiting at 20261024" in label
    assert seen.page.evaluate("location.hash").endswith(f"at={begin + 3600}")


def test_a_line_stands_where_the_time_is(visit: Visitor, nights: str) -> None:
    seen = visit(nights, "#/timeline")
    scrubbed(seen, 1792792800 + 7200)
    lines = seen.page.locator(".cursor:not(.gone)")
    assert lines.count() >= 1
    assert float(str(lines.first.get_attribute("x1"))) > 100


def test_it_plays_and_pauses(visit: Visitor, nights: str) -> None:
    seen = visit(nights, "#/timeline", reduced_motion="no-preference")
    play = seen.page.locator("#play")
    play.click()
    wait_until(seen.page, "+document.getElementById('time').value > +document.getElementById('time').min")
    play.click()
    expect(play).to_have_text("Play")


def test_several_days_stand_beside_each_other_and_one_can_be_enlarged(visit: Visitor, nights: str) -> None:
    seen = visit(nights, "#/timeline")
    first, second = (seen.page.locator(".day").nth(n) for n in (0, 1))
    boxes = first.bounding_box(), second.bounding_box()
    assert boxes[0] and boxes[1]  # noqa: PT018
    assert boxes[0]["y"] == boxes[1]["y"]
    first.locator(".enlarge").click()
    large = first.bounding_box()
    assert large
    assert large["width"] > boxes[0]["width"] * 1.8


def test_a_page_without_days_has_no_timeline(visit: Visitor) -> None:
    seen = visit(samples.plain(), "#/timeline")
    assert seen.count("#tab-timeline") == 0
    assert seen.page.locator("#view-lineage").is_visible()
