"""Where vertices stand across the layers: as straight behind each other as their order allows, in whole pixels.

Each vertex is drawn to the median of its neighbours, long lines harder than nodes. What a layer's vertices want is often
more than there is room for; the places that come nearest (least squares) while order and distances are kept are found
by pooling neighbours that push each other, in one pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from depgen.page.layering import Arc, neighbours
from depgen.page.ordering import Layers

_SWEEPS = 12


class Vertex(NamedTuple):
    """A node or, with `is_bend`, a place that a long line passes. `size` is that across the layers."""

    size: int
    is_bend: bool = False

    @property
    def weight(self) -> int:
        """How hard it insists on its place."""
        return 8 if self.is_bend else 1


def placed(rows: Layers, arcs: Sequence[Arc], vertices: Sequence[Vertex], gap: int) -> list[int]:
    """The middle of each vertex. `rows` are pieces of layers that know nothing of each other, in the order of layers.

    Between two vertices of a row are at least `gap` pixels, beside a bend a third of that.
    """
    before, behind = neighbours(len(vertices), arcs)
    places = [0] * len(vertices)
    distances = [_distances(row, vertices, gap) for row in rows]
    for row, distance in zip(rows, distances, strict=True):
        for vertex, place in zip(row, _pooled([0] * len(row), distance, [1] * len(row)), strict=True):
            places[vertex] = place
    both = [[*one, *other] for one, other in zip(before, behind, strict=True)]
    for number in range(_SWEEPS):
        near = both if number >= _SWEEPS - 2 else behind if number % 2 else before
        numbers = range(len(rows))
        for index in reversed(numbers) if number % 2 else numbers:
            row = rows[index]
            wanted = [_wanted(vertex, near[vertex], places, vertices) for vertex in row]
            weights = [vertices[vertex].weight for vertex in row]
            for vertex, place in zip(row, _pooled(wanted, distances[index], weights), strict=True):
                places[vertex] = place
    return places


def _distances(row: list[int], vertices: Sequence[Vertex], gap: int) -> list[int]:
    """Of each vertex how far its middle has to be behind that of the first."""
    found: list[int] = []
    for number, vertex in enumerate(row):
        if not number:
            found.append(0)
            continue
        one, other = vertices[row[number - 1]], vertices[vertex]
        free = gap // 3 if one.is_bend or other.is_bend else gap
        found.append(found[-1] + (one.size + other.size + 1) // 2 + free)
    return found


def _wanted(vertex: int, near: list[int], places: list[int], vertices: Sequence[Vertex]) -> int:
    if not near:
        return places[vertex]
    bends = [one for one in near if vertices[one].is_bend] if vertices[vertex].is_bend else []
    drawn = sorted(places[one] for one in bends or near)
    middle = len(drawn) // 2
    return drawn[middle] if len(drawn) % 2 else (drawn[middle - 1] + drawn[middle]) // 2


def _pooled(wanted: Sequence[int], distances: Sequence[int], weights: Sequence[int]) -> list[int]:
    """The places nearest to those wanted, each at least its distance behind the ones before."""
    pools: list[tuple[int, int, int]] = []  # sum of weighted wishes, sum of weights, members
    for wish, distance, weight in zip(wanted, distances, weights, strict=True):
        pool = (weight * (wish - distance), weight, 1)
        while pools and pools[-1][0] * pool[1] >= pool[0] * pools[-1][1]:
            total, heavy, members = pools.pop()
            pool = (total + pool[0], heavy + pool[1], members + pool[2])
        pools.append(pool)
    starts = [total // weight for total, weight, members in pools for _ in range(members)]
    return [start + distance for start, distance in zip(starts, distances, strict=True)]
