"""The drawing: well-formed whatever authors write, and telling by shapes what it tells by colours."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from depgen.page.drawing import Marks, drawing, path
from depgen.page.lineage import Lineage
from depgen.page.styling import standalone
from depgen.page.viewing import Point
from tests.pages import drawn

SVG = "{http://www.w3.org/2000/svg}"
SMALL = drawn("""
load: {source: {cronWorkflow: load}}
other: {source: {cronWorkflow: other}}
report:
  run: {workflowTemplate: report}
  notBefore: "06:00"
  dependsOn: [{node: load, window: {from: "18:00", to: "20:00"}}, {node: other, status: done}]
sorry:
  run: {workflowTemplate: sorry}
  mode: any
  dependsOn: [{node: load, status: failure}, {node: other, status: failure}]
""")


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in root.iter() if name in element.get("class", "").split()]


def test_every_node_and_every_edge_has_its_place_in_the_order_of_the_lineage() -> None:
    root = parsed(drawing(SMALL))
    shown = [element.get("data-id") for element in of_class(root, "node") if element.get("data-id")]
    assert shown == [node.id for node in SMALL.nodes]
    edges = [element for element in of_class(root, "edge") if element.get("id")]
    assert [element.get("id") for element in edges] == [edge.id for edge in SMALL.edges]
    assert (
        len({element.get("id") for element in root.iter() if element.get("id")})
        == len(shown) + len(edges) + 4
    )


def test_a_node_says_what_it_is_in_its_title() -> None:
    report = of_class(parsed(drawing(SMALL)), "gated")[0]
    assert report.findtext(f"{SVG}title") == "run report\nWorkflowTemplate report\nnot before 06:00"


def test_an_edge_says_what_it_is_in_its_title_and_by_a_letter() -> None:
    window = of_class(parsed(drawing(SMALL)), "window")[0]
    assert window.findtext(f"{SVG}title") == "report waits for load: succeeded, finished in [18:00, 20:00)"
    letters = [element.text for element in of_class(parsed(drawing(SMALL)), "flags")]
    assert letters == ["W", "W"]  # beside the edge, and in the legend


def test_the_legend_explains_the_signs_that_are_there_and_no_others() -> None:
    words = {element.text for element in of_class(parsed(drawing(SMALL)), "legend")[0].iter(f"{SVG}text")}
    assert {"source", "run", "succeeded", "failed", "succeeded or failed"} <= words
    assert {
        "all of these",
        "one of these is enough",
        "finished within a window",
        "not before a time",
    } <= words
    assert not {"critical path", "added", "listens to another graph"} & words


def test_what_is_marked_has_a_class_and_a_place_in_the_legend() -> None:
    marks = Marks(frozenset({"etl/load", "edge-0"}), {"etl/report": "added", "edge-1": "changed"})
    root = parsed(drawing(SMALL, marks))
    assert [element.get("data-id") for element in of_class(root, "critical") if element.get("data-id")] == [
        "etl/load"
    ]
    assert [element.get("data-id") for element in of_class(root, "added") if element.get("data-id")] == [
        "etl/report"
    ]
    words = {element.text for element in of_class(root, "legend")[0].iter(f"{SVG}text")}
    assert {"critical path", "added", "changed"} <= words


def test_lines_that_differ_in_colour_differ_in_dashes_or_heads_too() -> None:
    style = standalone(drawing(SMALL))
    dashes = {
        status: found[1]
        for status in ("failure", "done", "listens")
        if (found := re.search(rf"\.edge\.{status} {{[^}}]*dasharray: ([^;]+);", style))
    }
    assert len(set(dashes.values())) == 3
    heads = [
        style.partition(f'id="head-{join}"')[2].partition("</marker>")[0]
        for join in ("all", "any", "atLeast")
    ]
    assert len({head.partition(">")[2] for head in heads}) == 3


def hostile(text: str) -> Lineage:
    first, *rest = SMALL.nodes
    edge, *edges = SMALL.edges
    odd = replace(first, what=text, owner=text, tags=(text,), extras=(text, text))
    return replace(SMALL, nodes=(odd, *rest), edges=(replace(edge, words=text), *edges))


@given(st.text())
def test_no_text_of_an_author_gets_out_of_its_place(text: str) -> None:
    plain, root = parsed(drawing(SMALL)), parsed(drawing(hostile(text), title=text))
    assert [element.tag for element in root.iter()] == [element.tag for element in plain.iter()]
    names = [sorted(element.keys()) for element in root.iter()]
    assert names == [sorted(element.keys()) for element in plain.iter()]


def test_markup_is_text_and_what_hides_is_shown() -> None:
    text = drawing(hostile('</title><script>alert("\u202e")</script>'))
    assert "<script" not in text
    assert "\\u202e" in text


def test_a_text_that_is_too_long_for_its_box_is_cut_off() -> None:
    long = replace(SMALL, nodes=(replace(SMALL.nodes[0], what="CronWorkflow " + "x" * 300), *SMALL.nodes[1:]))
    shown = of_class(parsed(drawing(long)), "sub")[0].text or ""
    assert shown.endswith("…")
    assert len(shown) * 6.4 <= SMALL.nodes[0].width


def test_of_very_many_lines_those_that_mean_what_is_usual_have_no_title() -> None:
    usual = replace(SMALL.edges[0], words="succeeded")
    few, many = (replace(SMALL, edges=(*SMALL.edges, *[usual] * number)) for number in (1, 2000))
    assert "report waits for load: succeeded<" in drawing(few)
    assert "succeeded<" not in drawing(many).partition('class="nodes"')[0]
    assert "report waits for load: succeeded, finished in" in drawing(many)


def test_a_path_is_straight_where_it_can_be_and_curved_else() -> None:
    assert path((Point(10, 5), Point(50, 5), Point(90, 25))) == "M10 5h40c20 0 20 20 40 20"


def test_a_drawing_that_stands_alone_has_its_style_for_day_and_night() -> None:
    root = parsed(standalone(drawing(SMALL)))
    style = root.findtext(f"{SVG}style") or ""
    assert "prefers-color-scheme: dark" in style
    assert drawing(SMALL).count("<style") == 0
