"""The order of nodes within their layers, so that few lines cross.

Sweeps from the first layer to the last and back put each vertex at the median of its neighbours in the layer before;
then vertices side by side are swapped where that helps. The best order seen is kept, so there are never more crossings
than at the start. Vertices of a lower band always stand first.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence

from depgen.page.layering import Arc, neighbours

Layers = list[list[int]]
# Sweeps there and back; after so many without a better order it ends sooner.
_SWEEPS = 16
_PATIENCE = 4
_SWAPS = 4


def ordered(layers: Layers, arcs: Sequence[Arc], bands: Sequence[int]) -> Layers:
    """The same layers, each in a better order; every arc leads from a layer to the next one.

    Each layer comes sorted by bands.
    """
    orders = _Orders(layers, arcs, bands)
    best, fewest, idle = orders.copy(), orders.crossings(), 0
    for number in range(_SWEEPS):
        if not fewest or idle == _PATIENCE:
            break
        orders.sweep(is_back=number % 2 == 1)
        found = orders.crossings()
        idle += 1
        if found < fewest:
            best, fewest, idle = orders.copy(), found, 0
    return best


def crossings(layers: Layers, arcs: Sequence[Arc]) -> int:
    """How many pairs of arcs cross."""
    return _Orders(layers, arcs, [0] * sum(map(len, layers))).crossings()


class _Orders:
    """Layers under work, and where each vertex stands in its own."""

    def __init__(self, layers: Layers, arcs: Sequence[Arc], bands: Sequence[int]) -> None:
        self._layers = [list(layer) for layer in layers]
        self._bands = bands
        self._before, self._behind = neighbours(len(bands), arcs)
        self._places = [0] * len(bands)
        for layer in self._layers:
            self._number(layer)

    def copy(self) -> Layers:
        """The layers as they are now."""
        return [list(layer) for layer in self._layers]

    def crossings(self) -> int:
        """How many pairs of arcs cross."""
        return sum(self._crossings_behind(layer) for layer in self._layers)

    def sweep(self, *, is_back: bool) -> None:
        """Medians through all layers, then swaps."""
        near = self._behind if is_back else self._before
        for layer in reversed(self._layers[:-1]) if is_back else self._layers[1:]:
            keys = {vertex: self._median(vertex, near[vertex]) for vertex in layer}
            layer.sort(key=lambda vertex: (self._bands[vertex], keys[vertex], self._places[vertex]))
            self._number(layer)
        for _ in range(_SWAPS):
            # Every layer is looked at, whether or not one before it changed.
            if not sum([self._swap(layer) for layer in self._layers]):
                break

    def _number(self, layer: list[int]) -> None:
        for place, vertex in enumerate(layer):
            self._places[vertex] = place

    def _median(self, vertex: int, near: list[int]) -> int:
        """Twice the place where a vertex would like to be; where nothing draws it, the one it has."""
        if not near:
            return 2 * self._places[vertex]
        places = sorted(self._places[one] for one in near)
        middle = len(places) // 2
        return 2 * places[middle] if len(places) % 2 else places[middle - 1] + places[middle]

    def _crossings_behind(self, layer: list[int]) -> int:
        seen: list[int] = []
        found = 0
        for vertex in layer:
            ends = sorted(self._places[one] for one in self._behind[vertex])
            found += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
        return found

    def _swap(self, layer: list[int]) -> int:
        """Swap neighbours wherever fewer lines cross then; how often it was done."""
        swapped = 0
        for place in range(len(layer) - 1):
            left, right = layer[place], layer[place + 1]
            if self._bands[left] == self._bands[right] and self._gain(left, right) > 0:
                layer[place], layer[place + 1] = right, left
                self._places[left], self._places[right] = place + 1, place
                swapped += 1
        return swapped

    def _gain(self, left: int, right: int) -> int:
        gain = 0
        for near in (self._before, self._behind):
            ours = sorted(self._places[one] for one in near[left])
            theirs = sorted(self._places[one] for one in near[right])
            gain += _inversions(ours, theirs) - _inversions(theirs, ours)
        return gain


def _inversions(left: list[int], right: list[int]) -> int:
    """How many pairs of one place on the left and one on the right cross."""
    if not left or not right or left[-1] <= right[0]:
        return 0
    return sum(len(left) - bisect_right(left, place) for place in right)
