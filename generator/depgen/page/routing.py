"""Lines as chains: a line over several layers passes a bend in each of them, so that it goes around nodes.

Lines of one kind from one upstream share their bends as far as they go together: a node that a hundred others wait for
has one line through a layer and not a hundred. Where a graph would need more bends than can be drawn in good time, its
longest lines get none and run straight through what is between.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from depgen.page.layering import Arc

_MOST_BENDS = 30_000


class Link(NamedTuple):
    """An arc that is drawn; `kind` says which others it may share a line with."""

    start: int
    end: int
    kind: str


class Routes(NamedTuple):
    """`chains` are the vertices of each link; bends are numbered behind the nodes, `owners` say whose layer and part.

    `arcs` are the steps of all chains that lead from a layer to the next one, each once.
    """

    chains: tuple[tuple[int, ...], ...]
    owners: tuple[tuple[int, int], ...]
    arcs: tuple[Arc, ...]


def routes(links: Sequence[Link], layers: Sequence[int], parts: Sequence[int]) -> Routes:
    """The chain of each link, all of which lead to a later layer; `parts` and `layers` are those of nodes."""
    bends: dict[tuple[int, str, int, int], int] = {}
    owners: list[tuple[int, int]] = []
    chains = []
    longest = _longest(links, layers)
    for link in links:
        chain = [link.start]
        if layers[link.end] - layers[link.start] <= longest:
            for layer in range(layers[link.start] + 1, layers[link.end]):
                bend = (link.start, link.kind, parts[link.end], layer)
                if bend not in bends:
                    bends[bend] = len(layers) + len(owners)
                    owners.append((layer, parts[link.end]))
                chain.append(bends[bend])
        chains.append((*chain, link.end))
    steps = {
        step: None
        for link, chain in zip(links, chains, strict=True)
        if len(chain) == layers[link.end] - layers[link.start] + 1
        for step in pairwise(chain)
    }
    return Routes(tuple(chains), tuple(owners), tuple(steps))


def _longest(links: Sequence[Link], layers: Sequence[int]) -> int:
    """The most layers that a link may lead over to get bends."""
    spans = sorted(layers[link.end] - layers[link.start] for link in links)
    total = 0
    for span in spans:
        total += span - 1
        if total > _MOST_BENDS:
            return span - 1
    return spans[-1] if spans else 0
