"""The layout: what must hold of the picture of any graph, and how its work grows."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depgen.page import layering
from depgen.page.layout import Layout, layout
from depgen.page.lineage import lineage
from depgen.page.ordering import crossings, ordered
from depgen.page.routing import Link, routes
from depgen.page.viewing import Block, Point, View
from tests.graphs import layered
from tests.pages import compiled

MOST = 14
GROUPS = ("core", "sales", "web")


@st.composite
def pictures(draw: st.DrawFn) -> tuple[list[Block], list[Link]]:
    """Blocks of up to three groups, sorted by them, and links of which some may close cycles."""
    count = draw(st.integers(1, MOST))
    groups = sorted(
        draw(st.lists(st.sampled_from(GROUPS[: draw(st.integers(1, 3))]), min_size=count, max_size=count))
    )
    blocks = [Block(group, draw(st.integers(90, 260)), 42) for group in groups]
    ends = st.integers(0, count - 1)
    pairs = draw(st.lists(st.tuples(ends, ends).filter(lambda pair: pair[0] != pair[1]), max_size=2 * MOST))
    if draw(st.booleans()):
        pairs = [(min(pair), max(pair)) for pair in pairs]
    return blocks, [Link(*pair, draw(st.sampled_from(("success", "failure")))) for pair in pairs]


def boxes(blocks: list[Block], view: View) -> list[tuple[int, int, int, int]]:
    return [(x, y, x + b.width, y + b.height) for b, (x, y) in zip(blocks, view.spots, strict=True)]


def is_within(point: Point, box: tuple[int, int, int, int]) -> bool:
    return box[0] < point.x < box[2] and box[1] < point.y < box[3]


def curve(one: Point, other: Point, is_wide: bool) -> Iterator[Point]:
    """Points of the curve that is drawn from a point to the next."""
    for step in range(11):
        t = step / 10
        along, across = 1.5 * t * (1 - t) + t**3, 3 * t**2 - 2 * t**3
        x, y = (along, across) if is_wide else (across, along)
        yield Point(round(one.x + (other.x - one.x) * x), round(one.y + (other.y - one.y) * y))


@settings(deadline=None)
@given(pictures())
def test_no_two_nodes_overlap_and_all_are_on_the_paper(picture: tuple[list[Block], list[Link]]) -> None:
    blocks, links = picture
    found = layout(blocks, links)
    for view in (found.lr, found.tb):
        placed = boxes(blocks, view)
        for one, other in combinations(placed, 2):
            assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
        assert all(
            box[0] >= 0 and box[1] >= 0 and box[2] <= view.width and box[3] <= view.height for box in placed
        )


@settings(deadline=None)
@given(pictures())
def test_a_link_leads_to_a_later_layer_unless_it_closes_a_cycle(
    picture: tuple[list[Block], list[Link]],
) -> None:
    blocks, links = picture
    found = layout(blocks, links)
    pairs = [(link.start, link.end) for link in links]
    for pair, ahead in zip(pairs, layering.forward(len(blocks), pairs), strict=True):
        assert found.layers[ahead[0]] < found.layers[ahead[1]]
        if all(start < end for start, end in pairs):
            assert pair == ahead


@settings(deadline=None)
@given(pictures())
def test_no_line_touches_a_node_that_it_has_nothing_to_do_with(
    picture: tuple[list[Block], list[Link]],
) -> None:
    blocks, links = picture
    found = layout(blocks, links)
    for view, is_wide in ((found.lr, True), (found.tb, False)):
        placed = boxes(blocks, view)
        for link, line in zip(links, view.lines, strict=True):
            others = [box for number, box in enumerate(placed) if number not in (link.start, link.end)]
            points = [point for pair in pairwise(line) for point in curve(*pair, is_wide)]
            assert not any(is_within(point, box) for point in points for box in others)


@settings(deadline=None)
@given(pictures())
def test_a_line_begins_and_ends_at_the_borders_of_its_nodes(picture: tuple[list[Block], list[Link]]) -> None:
    blocks, links = picture
    view = layout(blocks, links).lr
    placed = boxes(blocks, view)
    for link, line in zip(links, view.lines, strict=True):
        for point, box in ((line[0], placed[link.start]), (line[-1], placed[link.end])):
            assert point.x in (box[0], box[2])
            assert box[1] < point.y < box[3]


@settings(deadline=None)
@given(pictures())
def test_frames_of_groups_hold_their_nodes_and_no_others(picture: tuple[list[Block], list[Link]]) -> None:
    blocks, links = picture
    found = layout(blocks, links)
    for view in (found.lr, found.tb):
        groups = {block.group for block in blocks}
        assert [frame.group for frame in view.frames] == (sorted(groups) if len(groups) > 1 else [])
        for frame in view.frames:
            around = (frame.x, frame.y, frame.x + frame.width, frame.y + frame.height)
            for block, box in zip(blocks, boxes(blocks, view), strict=True):
                inside = [is_within(Point(*corner), around) for corner in (box[:2], box[2:])]
                assert inside == [block.group == frame.group] * 2


@settings(deadline=None)
@given(pictures())
def test_order_never_makes_more_lines_cross(picture: tuple[list[Block], list[Link]]) -> None:
    before, after = layout(*picture).crossings
    assert after <= before


def test_crossings_are_counted_in_pairs() -> None:
    assert crossings([[0, 1], [2, 3]], [(0, 3), (1, 2)]) == 1
    assert crossings([[0, 1], [2, 3]], [(0, 2), (1, 3)]) == 0
    assert crossings([[0, 1], [2, 3]], [(0, 2), (0, 3), (1, 2), (1, 3)]) == 1


def test_lines_that_need_not_cross_do_not() -> None:
    arcs = [(0, 5), (1, 4), (2, 3), (3, 8), (4, 7), (5, 6)]
    assert crossings(ordered([[0, 1, 2], [3, 4, 5], [6, 7, 8]], arcs, [0] * 9), arcs) == 0


def test_a_band_stays_in_one_piece_even_if_that_costs_crossings() -> None:
    found = ordered([[0, 1], [2, 3]], [(0, 3), (1, 2)], [0, 1, 0, 1])
    assert found == [[0, 1], [2, 3]]


def test_a_source_stands_right_before_what_it_serves() -> None:
    """Of a chain of four and a source of its last: the source is in the layer before that."""
    assert layering.layers(5, [(0, 1), (1, 2), (2, 3), (4, 3)]) == [0, 1, 2, 3, 2]


def test_lines_of_one_kind_from_one_node_share_their_bends() -> None:
    links = [Link(0, 3, "success"), Link(0, 4, "success"), Link(0, 5, "failure")]
    found = routes(links, [0, 1, 2, 3, 3, 3], [0] * 6)
    assert found.chains == ((0, 6, 7, 3), (0, 6, 7, 4), (0, 8, 9, 5))


def test_the_longest_lines_run_straight_where_all_would_need_too_many_bends() -> None:
    """A chain of 800, of which the first half leads to the second too: 160,000 places to pass."""
    links = [Link(n, n + 1, "") for n in range(799)] + [Link(n, n + 400, "") for n in range(400)]
    found = routes(links, range(800), [0] * 800)
    assert len(found.owners) == 0
    assert {len(chain) for chain in found.chains} == {2}
    assert len(found.arcs) == 799
    assert len(layout([Block("etl", 90, 42)] * 800, links).lr.lines) == 1199


def test_a_chain_is_a_straight_line() -> None:
    found = layout([Block("etl", width, 42) for width in (90, 200, 120)], [Link(0, 1, ""), Link(1, 2, "")])
    assert {spot.y for spot in found.lr.spots} == {found.lr.spots[0].y}
    assert {point.y for line in found.lr.lines for point in line} == {found.lr.spots[0].y + 21}


def test_pairs_that_hang_together_with_nothing_make_no_tower() -> None:
    links = [Link(number, number + 1, "") for number in range(0, 60, 2)]
    view = layout([Block("etl", 120, 42)] * 60, links).lr
    assert view.height < 30 * 64
    assert view.width > 2 * 120 + 64


def test_an_empty_picture_has_a_size() -> None:
    assert layout([], []).lr.lines == ()


def steps(count: int) -> int:
    """How many lines of Python a layout of that many nodes takes, with 2.6 links to a node."""
    blocks = [Block("etl", 150, 42)] * count
    links = [Link(n // 3 * 2, n, "") for n in range(3, count)] + [
        Link(n // 2, n, "") for n in range(2, count)
    ]
    counted = 0

    def trace(frame: object, event: str, argument: object) -> object:
        nonlocal counted
        counted += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        layout(blocks, links)
    finally:
        sys.settrace(before)
    return counted


def test_the_work_grows_hardly_faster_than_the_graph() -> None:
    assert steps(400) / steps(100) < 4 * 2.5


@pytest.mark.parametrize("seed", range(4))
def test_the_same_graph_in_another_order_gives_the_same_picture(seed: int) -> None:
    text = layered(60, 140, 1, layers=5, seed=seed)
    head, _, body = text.partition("nodes:\n")
    lines = body.split("\n")
    starts = [number for number, line in enumerate(lines) if line.startswith("  job-")] + [len(lines)]
    pieces = ["\n".join(lines[one:other]).rstrip("\n") for one, other in pairwise(starts)]
    turned = head + "nodes:\n" + "\n".join(reversed(pieces)) + "\n"
    assert lineage(compiled(text)) == lineage(compiled(turned))


def test_views_are_whole_pixels() -> None:
    found: Layout = layout([Block("etl", 101, 42), Block("etl", 77, 42)], [Link(0, 1, "")])
    assert all(isinstance(part, int) for point in found.lr.lines[0] for part in point)
