"""What stands in which layer and which row: the coarse shape of a picture, before any order within layers.

A part is what hangs together within one group. Parts stand below each other in bands, those of a group next to each
other, the largest first. Small parts share a band, one behind the other, so that a hundred pairs do not make a tower.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import isqrt
from typing import NamedTuple

from depgen.page import layering


class Skeleton(NamedTuple):
    """By node: its layer, and its part. By part: its band, and its group."""

    layers: tuple[int, ...]
    parts: tuple[int, ...]
    bands: tuple[int, ...]
    groups: tuple[str, ...]


class _Shelves:
    """Puts the parts of one group into bands, from `band` on."""

    def __init__(self, width: int, band: int) -> None:
        self._width = width
        self._end = 0
        self.band = band

    def put(self, span: int, is_fixed: bool) -> int:
        """How many layers on a part stands, which is then in `band`; one that is fixed has a band for itself."""
        if self._end and (is_fixed or self._end + span > self._width):
            self.band, self._end = self.band + 1, 0
        offset, self._end = self._end, self._width if is_fixed else self._end + span
        return offset


def skeleton(groups: Sequence[str], arcs: Sequence[layering.Arc]) -> Skeleton:
    """`groups`: that of each node; `arcs`, all `forward`, may lead from one to another."""
    layers = layering.layers(len(groups), arcs)
    whole = layering.components(len(groups), arcs)
    members: dict[tuple[str, int], list[int]] = defaultdict(list)
    for node, group in enumerate(groups):
        members[group, whole[node]].append(node)
    # What hangs together across groups keeps its layers: its lines lead through all of them.
    fixed = {head for head, number in Counter(head for _, head in members).items() if number > 1}
    keys = sorted(members, key=lambda key: (key[0], key[1] not in fixed, -len(members[key]), key[1]))
    parts, bands = [0] * len(groups), []
    shelves, current = _Shelves(0, -1), None
    for number, (group, head) in enumerate(keys):
        nodes = members[group, head]
        if group != current:
            current = group
            shelves = _Shelves(_width(group, members, layers), shelves.band + 1)
        offset = shelves.put(max(layers[node] for node in nodes) + 1, head in fixed)
        bands.append(shelves.band)
        for node in nodes:
            parts[node] = number
            layers[node] += offset
    return Skeleton(tuple(layers), tuple(parts), tuple(bands), tuple(group for group, _ in keys))


def _width(group: str, members: dict[tuple[str, int], list[int]], layers: Sequence[int]) -> int:
    """Over how many layers the parts of a group may spread: as the longest does, or so that the whole is no tower."""
    own = [nodes for (of, _), nodes in members.items() if of == group]
    longest = max(layers[node] + 1 for nodes in own for node in nodes)
    return max(longest, isqrt(sum(map(len, own)) // 3))
