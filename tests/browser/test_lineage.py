"""The lineage: found, selected, walked, moved, collapsed, and told in the panel and the address."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser import samples
from tests.browser.chromium import wait_until
from tests.browser.conftest import Visitor

CASES = json.loads((Path(__file__).parent.parent / "selection_cases.json").read_text(encoding="utf-8"))


def test_a_click_opens_the_panel_and_the_address_says_so(visit: Visitor, nights: str) -> None:
    seen = visit(nights)
    seen.node("shop/report").click()
    expect(seen.page.locator("#panel")).to_be_visible()
    expect(seen.page.locator("#panel-title")).to_have_text("shop/report")
    expect(seen.page.locator("#panel-body")).to_contain_text("finished in [00:00, 06:00)")
    assert seen.page.evaluate("location.hash") == "#/lineage?node=shop%2Freport"


def test_back_and_forward_lead_through_what_was_looked_at(visit: Visitor, nights: str) -> None:
    seen = visit(nights)
    title = seen.page.locator("#panel-title")
    seen.node("shop/report").click()
    expect(title).to_have_text("shop/report")
    seen.page.locator("#panel").get_by_role("button", name="load", exact=True).click()
    expect(title).to_have_text("shop/load")
    seen.page.go_back()
    expect(title).to_have_text("shop/report")
    seen.page.go_back()
    expect(seen.page.locator("#panel")).to_be_hidden()
    seen.page.go_forward()
    expect(title).to_have_text("shop/report")


def test_a_link_shows_what_its_sender_saw(visit: Visitor, nights: str) -> None:
    seen = visit(nights, "#/lineage?node=shop%2Fload&select=%2Bload&dir=tb&critical=1")
    expect(seen.page.locator("#panel-title")).to_have_text("shop/load")
    assert seen.shown() == {
        "core/orders",
        "core/customers",
        *(f"shop/{n}" for n in ("customers", "sales", "stock", "load")),
    }
    assert seen.page.locator("#select").input_value() == "+load"
    assert seen.page.locator("#critical").get_attribute("aria-pressed") == "true"
    assert "top to bottom" in str(seen.page.locator("#direction").get_attribute("aria-label"))


def test_a_link_with_nonsense_shows_the_whole_graph(visit: Visitor, nights: str) -> None:
    seen = visit(nights, "#/nowhere?node=no%2Fbody&dir=%00&focus=x&select=%3Cimg%20src=x%3E")
    assert seen.shown() == samples.IDS
    expect(seen.page.locator("#select-wrong")).to_contain_text('nothing matches "<img"')


def test_search_finds_names_tags_and_objects(visit: Visitor, nights: str) -> None:
    seen = visit(nights)
    seen.page.keyboard.press("/")
    expect(seen.page.locator("#search")).to_be_focused()
    for text, number in (("report", 1), ("nightly", 3), ("CronWorkflow", 3), ("nothing such", 0)):
        seen.page.locator("#search").fill(text)
        expect(seen.page.locator("#found")).to_have_text(f"{number} found")
        expect(seen.page.locator(".node.found")).to_have_count(number)
    seen.page.locator("#search").fill("nightly")
    expect(seen.page.locator("#found")).to_have_text("3 found")
    seen.page.keyboard.press("Enter")
    expect(seen.page.locator("#found")).to_have_text("1 of 3")
    seen.page.keyboard.press("Enter")
    expect(seen.page.locator("#found")).to_have_text("2 of 3")


def test_a_wrong_selection_is_told_and_shows_everything(visit: Visitor, nights: str) -> None:
    seen = visit(nights)
    field = seen.page.locator("#select")
    field.fill("+nobody")
    field.press("Enter")
    expect(seen.page.locator("#select-wrong")).to_have_text('nothing matches "nobody"')
    expect(field).to_have_attribute("aria-invalid", "true")
    assert seen.shown() == samples.IDS
    field.fill("1+report")
    field.press("Enter")
    expect(seen.page.locator("#select-wrong")).to_be_hidden()
    assert seen.shown() == {"shop/load", "shop/report"}


def _page_of_cases() -> str:
    """A page with the nodes and edges of the shared cases, made as the script reads it."""
    from depgen.page.document import document

    ids = sorted(CASES["nodes"])
    nodes: list[dict[str, Any]] = [
        {
            "id": id_,
            "graph": id_.split("/")[0],
            "name": id_.split("/")[1],
            "what": "",
            "tb": [0, number * 50],
            "width": 100,
            "height": 40,
            "layer": 0,
            **CASES["nodes"][id_],
        }
        for number, id_ in enumerate(ids)
    ]
    edges = [[ids.index(up), ids.index(down), 0, 0, 9, 9] for up, down in CASES["edges"]]
    shapes = "".join(
        f'<g class="node" id="node-{n}" data-id="{id_}" transform="translate(0 {n * 50})"><title>{id_}</title>'
        '<rect class="box" width="100" height="40"/></g>'
        for n, id_ in enumerate(ids)
    )
    lines = "".join(f'<path class="edge success all" id="edge-{n}" d="M0 0L9 9"/>' for n in range(len(edges)))
    drawing = f'<svg id="lineage"><g class="scene"><g class="edges">{lines}</g><g class="nodes">{shapes}</g></g></svg>'
    data = {
        "format": 1,
        "title": "cases",
        "nodes": nodes,
        "edges": edges,
        "details": {},
        "sections": [],
        "lines": [],
    }
    rest = {
        "size": {"lr": [100, 900], "tb": [100, 900]},
        "frames": {},
        "timeline": None,
        "live": None,
        "changes": None,
    }
    return document("cases", drawing, data | rest)


def test_the_selection_language_is_that_of_the_command_line(visit: Visitor) -> None:
    seen = visit(_page_of_cases())
    field, wrong = seen.page.locator("#select"), seen.page.locator("#select-wrong")
    for case in CASES["cases"]:
        field.fill(case["text"])
        field.press("Enter")
        field.dispatch_event("change")
        if "error" in case:
            assert wrong.is_visible(), case
            assert str(wrong.text_content()).startswith(case["error"][:30]), case
        else:
            assert (seen.shown(), wrong.is_visible()) == (set(case["nodes"]), False), case


def test_focus_shows_what_is_so_many_hops_away(visit: Visitor, nights: str) -> None:
    seen = visit(nights, "#/lineage?node=shop/report")
    near = {"shop/load", "shop/report", "shop/tidy"}
    before = near | {"shop/customers", "shop/sales", "shop/stock"}
    for hops, found in (("1", near), ("2", before), ("", samples.IDS)):
        seen.page.locator("#focus").select_option(hops)
        assert seen.shown() == found, hops


def test_hovering_lights_the_way_up_and_down(visit: Visitor, nights: str) -> None:
    seen = visit(nights)
    seen.node("shop/load").locator(".box").hover()
    lit = set(seen.page.eval_on_selector_all(".node.lit", "all => all.map((node) => node.dataset.id)"))
    assert lit == samples.IDS
    seen.node("shop/repair").locator(".box").hover()
    lit = set(seen.page.eval_on_selector_all(".node.lit", "all => all.map((node) => node.dataset.id)"))
    assert lit == samples.IDS - {"shop/report", "shop/tidy"}
    seen.page.mouse.move(640, 60)
    expect(seen.page.locator(".node.lit")).to_have_count(0)


def test_graphs_collapse_and_open_again(visit: Visitor, nights: str) -> None:
    seen = visit(nights)
    seen.page.locator("#collapse").select_option("graph")
    expect(seen.page.locator(".node.bundle")).to_have_count(2)
    assert seen.shown() == set()
    expect(seen.page.locator(".edge.made")).to_have_count(1)
    seen.page.locator(".node.bundle").first.click()
    expect(seen.page.locator(".node.bundle")).to_have_count(0)
    assert seen.shown() == samples.IDS


def test_filters_leave_out_kinds_and_tags(visit: Visitor, nights: str) -> None:
    seen = visit(nights)
    seen.page.locator("#filters summary").click()
    seen.page.locator('#filters input[value="kind:source"]').uncheck()
    assert seen.shown() == {"core/customers", *(f"shop/{n}" for n in ("load", "report", "repair", "tidy"))}
    seen.page.locator('#filters input[value="on:done"]').uncheck()
    expect(seen.page.locator(".edge.done:not(.gone)").and_(seen.page.locator(".scene *"))).to_have_count(0)
    seen.page.reload()
    assert "shop/sales" not in seen.shown()


def test_top_to_bottom_turns_the_picture(visit: Visitor, nights: str) -> None:
    seen = visit(nights)
    before = _middle(seen, "shop/report"), _middle(seen, "shop/tidy")
    seen.page.locator("#direction").click()
    after = _middle(seen, "shop/report"), _middle(seen, "shop/tidy")
    assert before[0][0] < before[1][0]
    assert after[0][1] < after[1][1]
    assert abs(after[0][0] - after[1][0]) < 60


def _middle(seen: Any, id_: str) -> tuple[float, float]:
    box = seen.node(id_).locator(".box").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_picture_is_dragged_scrolled_and_zoomed(visit: Visitor, nights: str) -> None:
    seen = visit(nights)
    page, start = seen.page, _middle(seen, "shop/load")
    page.mouse.move(60, 130)
    page.mouse.down()
    page.mouse.move(100, 160)
    page.mouse.move(160, 180)
    page.mouse.up()
    wait_until(page, "!document.querySelector('.dragging')")
    dragged = _middle(seen, "shop/load")
    assert [round(b - a) for a, b in zip(start, dragged, strict=True)] == [100, 50]
    page.mouse.wheel(30, 20)
    wait_until(
        page,
        "([x, y]) => { const box = document.querySelector('[data-id=\"shop/load\"] .box').getBoundingClientRect();"
        " return Math.abs(box.x + box.width / 2 - x) < 1.5 && Math.abs(box.y + box.height / 2 - y) < 1.5; }",
        arg=[dragged[0] - 30, dragged[1] - 20],
    )
    width = seen.node("shop/load").locator(".box").bounding_box()["width"]
    page.locator("#in").click()
    wait_until(
        page,
        "(width) => document.querySelector('[data-id=\"shop/load\"] .box').getBoundingClientRect().width > width * 1.2",
        arg=width,
    )
    page.locator("#fit").click()
    wait_until(
        page,
        "(width) => Math.abs(document.querySelector('[data-id=\"shop/load\"] .box').getBoundingClientRect().width - width) < 1",
        arg=width,
    )


def test_arrows_walk_along_edges_and_keys_open_and_close(visit: Visitor, nights: str) -> None:
    seen = visit(nights)
    keyboard = seen.page.keyboard
    seen.node("shop/load").focus()
    for key, there in (
        ("ArrowRight", "repair"),
        ("ArrowDown", "report"),
        ("ArrowRight", "tidy"),
        ("ArrowLeft", "report"),
        ("ArrowUp", "repair"),
    ):
        keyboard.press(key)
        assert seen.page.evaluate("document.activeElement.dataset.id") == f"shop/{there}", key
    keyboard.press("Enter")
    expect(seen.page.locator("#panel-title")).to_be_focused()
    expect(seen.page.locator("#panel-title")).to_have_text("shop/repair")
    keyboard.press("Escape")
    expect(seen.page.locator("#panel")).to_be_hidden()
    assert seen.page.evaluate("document.activeElement.dataset.id") == "shop/repair"


def test_one_node_is_in_the_order_of_tab(visit: Visitor, nights: str) -> None:
    seen = visit(nights)
    assert seen.count('.node[tabindex="0"]') == 1
    seen.node("shop/tidy").focus()
    assert seen.page.locator('.node[tabindex="0"]').get_attribute("data-id") == "shop/tidy"


def test_what_changes_is_told_to_those_who_do_not_see(visit: Visitor, nights: str) -> None:
    seen = visit(nights)
    seen.page.locator("#select").fill("+load")
    seen.page.locator("#select").press("Enter")
    expect(seen.page.locator("#said")).to_have_text("6 of 9 nodes")
    assert seen.page.locator("#said").get_attribute("role") == "status"


def test_an_edit_shows_what_came_went_and_changed(visit: Visitor) -> None:
    seen = visit(samples.edited())
    found = {
        how: set(seen.page.eval_on_selector_all(f".scene .node.{how}", "all => all.map((n) => n.dataset.id)"))
        for how in ("added", "removed", "changed")
    }
    assert found == {"added": {"shop/digest"}, "removed": {"shop/tidy"}, "changed": {"shop/load"}}


def test_what_an_edit_changes_has_room_to_be_read(visit: Visitor) -> None:
    seen = visit(samples.edited(), "#/lineage?node=shop/load")
    widths = seen.page.eval_on_selector_all("#panel dd", "all => all.map((each) => each.clientWidth)")
    assert widths
    assert min(widths) > 100


def test_a_long_owner_leaves_the_menu_in_sight(visit: Visitor) -> None:
    shop = samples.SHOP.replace("owner: sales", f"owner: {'w' * 200}")
    seen = visit(samples.page(samples.checked(samples.CORE, shop)))
    seen.page.locator("#filters summary").click()
    box = seen.page.locator("#filters > div").bounding_box()
    assert box
    assert box["x"] + box["width"] <= 1280


def test_long_words_leave_room_for_names_in_the_table(visit: Visitor) -> None:
    shop = samples.SHOP.replace("owner: sales", f"owner: {'w' * 200}")
    shop = shop.replace("repair:", "repair-what-went-wrong-in-the-night:")
    seen = visit(samples.page(samples.checked(samples.CORE, shop)), "#/table")
    sizes = seen.page.eval_on_selector_all("#nodes .go", "all => all.map((each) => each.offsetHeight)")
    assert max(sizes) < 2 * min(sizes)
    assert seen.page.evaluate("document.querySelector('#nodes').offsetWidth <= innerWidth")


def test_the_table_sorts_and_leads_to_the_panel(visit: Visitor, nights: str) -> None:
    seen = visit(nights, "#/table")
    first = seen.page.locator("#nodes tbody tr th").first
    head = seen.page.locator("#nodes thead th").first
    for order, name in (("ascending", "customers"), ("descending", "tidy")):
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", order)
        expect(first).to_have_text(name)
    first.get_by_role("button").click()
    expect(seen.page.locator("#panel-title")).to_have_text("shop/tidy")


def test_the_picture_is_saved_as_svg_and_png(visit: Visitor, nights: str) -> None:
    seen = visit(nights)
    seen.page.locator("summary", has_text="Export").click()
    with seen.page.expect_download() as svg:
        seen.page.locator("#svg").click()
    text = Path(svg.value.path()).read_text(encoding="utf-8")
    assert svg.value.suggested_filename == "core-shop.svg"
    assert text.startswith("<svg")
    assert 'fill="rgb(' in text
    assert "var(" not in text
    with seen.page.expect_download() as png:
        seen.page.locator("#png").click()
    assert Path(png.value.path()).read_bytes().startswith(b"\x89PNG")


def test_the_colours_can_be_chosen_and_are_kept(visit: Visitor, nights: str) -> None:
    seen = visit(nights)
    back = "getComputedStyle(document.body).backgroundColor"
    light = seen.page.evaluate(back)
    for name in ("light", "dark"):
        seen.page.locator("#theme").click()
        expect(seen.page.locator("#theme")).to_have_attribute("aria-label", f"Colours: {name}")
    dark = seen.page.evaluate(back)
    assert light != dark
    seen.page.reload()
    assert seen.page.evaluate(back) == dark
