"""One direction of a layout: from order to pixels. LR is meant; TB is the same with x and y exchanged at the end.

Nodes of a layer share a column, and lines cross a column only straight along their bend, so no line touches a node that
it has nothing to do with: all curves are in the channels between columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from depgen.page.grouping import Skeleton
from depgen.page.ordering import Layers
from depgen.page.placing import Vertex, placed
from depgen.page.ports import ends
from depgen.page.routing import Routes

_GAP = 22  # between nodes of a layer
_BAND_GAP = 32  # between what does not hang together
_FRAME, _TITLE = 16, 20  # between a group and its frame, and more above it for its name
_MARGIN = 16
_CHANNEL, _WIDEST_CHANNEL = 64, 240  # between layers: the more lines, the wider
_BEND = 4


class Point(NamedTuple):
    x: int
    y: int


class Block(NamedTuple):
    """A node to be placed."""

    group: str
    width: int
    height: int


class Frame(NamedTuple):
    """Around a group."""

    group: str
    x: int
    y: int
    width: int
    height: int


class View(NamedTuple):
    """`spots` are the top left corners of nodes, `lines` the points of links, with a curve from each to the next."""

    width: int
    height: int
    spots: tuple[Point, ...]
    lines: tuple[tuple[Point, ...], ...]
    frames: tuple[Frame, ...]


class Plan(NamedTuple):
    """An order of vertices, to be put on paper. `parts`: of every vertex; `is_turned`: of every link."""

    blocks: Sequence[Block]
    skeleton: Skeleton
    parts: Sequence[int]
    routes: Routes
    order: Layers
    is_turned: Sequence[bool]

    @property
    def is_framed(self) -> bool:
        """Whether there are several groups."""
        return len(set(self.skeleton.groups)) > 1


class _Column(NamedTuple):
    """From where to where the nodes of a layer go."""

    start: int
    end: int


def view(plan: Plan, *, is_wide: bool) -> View:
    """Layers from left to right if it is wide, else from top to bottom."""
    across = [block.height if is_wide else block.width for block in plan.blocks]
    along = [block.width if is_wide else block.height for block in plan.blocks]
    sizes = [*across, *[_BEND] * len(plan.routes.owners)]
    above, before = (_TITLE, 0) if is_wide else (0, _TITLE)
    middles = _middles(plan, sizes)
    bands = _stacked(plan, sizes, middles, above)
    columns = _columns(plan, along, before)
    starts = [columns[layer].start for layer in plan.skeleton.layers]
    spots = [Point(start, middles[node] - across[node] // 2) for node, start in enumerate(starts)]
    lines = _lines(plan, columns, along, sizes, middles)
    end = columns[-1].end if columns else 0
    frames = _frames(plan, bands, end, above, before)
    breadth = max((band.end for band in bands), default=0)
    length, breadth = (edge + _MARGIN + _around(plan) for edge in (end, breadth))
    if is_wide:
        return View(length, breadth, tuple(spots), tuple(lines), tuple(frames))
    return View(
        breadth,
        length,
        tuple(Point(y, x) for x, y in spots),
        tuple(tuple(Point(y, x) for x, y in line) for line in lines),
        tuple(Frame(group, y, x, height, width) for group, x, y, width, height in frames),
    )


# ---- across the layers ----


def _middles(plan: Plan, sizes: Sequence[int]) -> list[int]:
    """The middle of every vertex, each part for itself."""
    rows = [list(row) for layer in plan.order for _, row in groupby(layer, plan.parts.__getitem__)]
    inner = [arc for arc in plan.routes.arcs if plan.parts[arc[0]] == plan.parts[arc[1]]]
    vertices = [Vertex(size, number >= len(plan.blocks)) for number, size in enumerate(sizes)]
    return placed(rows, inner, vertices, _GAP)


def _stacked(plan: Plan, sizes: Sequence[int], middles: list[int], above: int) -> list[_Column]:
    """Moves the parts below each other; from where to where each band goes."""
    members: list[list[int]] = [[] for _ in plan.skeleton.bands]
    for vertex, part in enumerate(plan.parts):
        members[part].append(vertex)
    bands: list[_Column] = []
    end = _MARGIN
    for band, parts in groupby(range(len(members)), plan.skeleton.bands.__getitem__):
        own = list(parts)
        is_first = not own[0] or plan.skeleton.groups[own[0]] != plan.skeleton.groups[own[0] - 1]
        begin = end + (_BAND_GAP if band else 0)
        if is_first and plan.is_framed:
            begin += above + (2 * _FRAME if band else _FRAME)
        for part in own:
            low = min(middles[vertex] - sizes[vertex] // 2 for vertex in members[part])
            for vertex in members[part]:
                middles[vertex] += begin - low
                end = max(end, middles[vertex] + (sizes[vertex] + 1) // 2)
        bands.append(_Column(begin, end))
    return bands


def _around(plan: Plan) -> int:
    return _FRAME if plan.is_framed else 0


def _frames(plan: Plan, bands: Sequence[_Column], end: int, above: int, before: int) -> list[Frame]:
    """Of each group, if there are several."""
    if not plan.is_framed:
        return []
    of = dict(zip(plan.skeleton.bands, plan.skeleton.groups, strict=True))
    found = []
    for group, numbers in groupby(range(len(bands)), of.__getitem__):
        own = list(numbers)
        top, bottom = bands[own[0]].start - _FRAME - above, bands[own[-1]].end + _FRAME
        found.append(Frame(group, _MARGIN, top, end + _FRAME - _MARGIN, bottom - top))
    return found


# ---- along the layers ----


def _columns(plan: Plan, along: Sequence[int], before: int) -> list[_Column]:
    layers = plan.skeleton.layers
    crowd = [0] * len(plan.order)
    for start, _ in plan.routes.arcs:
        crowd[_layer(plan, start)] += 1
    widths = [0] * len(plan.order)
    for node, width in enumerate(along):
        widths[layers[node]] = max(widths[layers[node]], width)
    columns: list[_Column] = []
    start = _MARGIN + (_FRAME + before if plan.is_framed else 0)
    for width, lines in zip(widths, crowd, strict=True):
        columns.append(_Column(start, start + width))
        start += width + min(_CHANNEL + lines, _WIDEST_CHANNEL)
    return columns


def _lines(
    plan: Plan,
    columns: Sequence[_Column],
    along: Sequence[int],
    sizes: Sequence[int],
    middles: Sequence[int],
) -> list[tuple[Point, ...]]:
    lines = []
    chains = plan.routes.chains
    for chain, end, is_turned in zip(chains, ends(chains, middles, sizes), plan.is_turned, strict=True):
        first, last = (columns[_layer(plan, vertex)] for vertex in (chain[0], chain[-1]))
        points = [Point(first.start + along[chain[0]], end.leaves), Point(first.end, end.leaves)]
        for bend in chain[1:-1]:
            column = columns[_layer(plan, bend)]
            points += [Point(column.start, middles[bend]), Point(column.end, middles[bend])]
        points.append(Point(last.start, end.arrives))
        line = _needed(points)
        lines.append(line[::-1] if is_turned else line)
    return lines


def _needed(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points without repeats, and without those in the middle of a straight piece."""
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and kept[-2].y == kept[-1].y == point.y:
            kept.pop()
        kept.append(point)
    return tuple(kept)


def _layer(plan: Plan, vertex: int) -> int:
    layers = plan.skeleton.layers
    return layers[vertex] if vertex < len(layers) else plan.routes.owners[vertex - len(layers)][0]
