"""The layout of a picture: layers, an order in each that crosses few lines, and places in whole pixels.

The same graph gives the same picture, whatever the order of its files. Both directions share layers and order; LR has
layers from left to right, TB from top to bottom. Groups (graphs) stand below each other and never in each other. Why
not a library: those on PyPI that lay out layers are no longer kept, or need a compiled one or Graphviz, whose pictures
differ from version to version.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from depgen.page import layering
from depgen.page.grouping import skeleton
from depgen.page.ordering import Layers, crossings, ordered
from depgen.page.routing import Link, Routes, routes
from depgen.page.viewing import Block, Plan, View, view


class Layout(NamedTuple):
    """`layers` of the nodes; `crossings` before and after they were put in order."""

    layers: tuple[int, ...]
    lr: View
    tb: View
    crossings: tuple[int, int]


def layout(blocks: Sequence[Block], links: Sequence[Link]) -> Layout:
    """Where everything goes. Blocks and links come in an order that follows from the graph alone."""
    pairs = [(link.start, link.end) for link in links]
    ahead = layering.forward(len(blocks), pairs)
    is_turned = [arc != pair for arc, pair in zip(ahead, pairs, strict=True)]
    frame = skeleton([block.group for block in blocks], ahead)
    turned = [Link(*arc, link.kind) for arc, link in zip(ahead, links, strict=True)]
    found = routes(turned, frame.layers, frame.parts)
    parts = (*frame.parts, *(part for _, part in found.owners))
    bands = [frame.bands[part] for part in parts]
    start = [sorted(layer, key=bands.__getitem__) for layer in _layers(frame.layers, found)]
    order = ordered(start, found.arcs, bands)
    plan = Plan(blocks, frame, parts, found, order, is_turned)
    counts = crossings(start, found.arcs), crossings(order, found.arcs)
    return Layout(frame.layers, view(plan, is_wide=True), view(plan, is_wide=False), counts)


def _layers(layers: Sequence[int], found: Routes) -> Layers:
    """The vertices of each layer, nodes first."""
    filled: Layers = [[] for _ in range(max(layers, default=-1) + 1)]
    for vertex, layer in enumerate((*layers, *(layer for layer, _ in found.owners))):
        filled[layer].append(vertex)
    return filled
