"""Which layer each node of a graph stands in, and which nodes hang together.

Nodes are numbers from 0 on, arcs are pairs of them. A node stands behind all its upstreams, as early as can be; one that
more arcs leave than enter is then moved up to what it serves, which makes those arcs short. Total on any graph: an arc
that closes a cycle is turned round.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Arc = tuple[int, int]


def neighbours(count: int, arcs: Iterable[Arc]) -> tuple[list[list[int]], list[list[int]]]:
    """Of each node the nodes before it, and those behind it."""
    before: list[list[int]] = [[] for _ in range(count)]
    behind: list[list[int]] = [[] for _ in range(count)]
    for start, end in arcs:
        before[end].append(start)
        behind[start].append(end)
    return before, behind


def forward(count: int, arcs: Sequence[Arc]) -> list[Arc]:
    """The arcs in their order, each that would close a cycle turned round."""
    _, behind = neighbours(count, arcs)
    finished = [False] * count
    rank = [0] * count
    last = count
    for root in range(count):
        stack = [] if finished[root] else [(root, iter(behind[root]))]
        opened = {root}
        while stack:
            node, rest = stack[-1]
            following = next((one for one in rest if one not in opened and not finished[one]), None)
            if following is not None:
                opened.add(following)
                stack.append((following, iter(behind[following])))
                continue
            stack.pop()
            finished[node] = True
            last -= 1
            rank[node] = last
    return [(start, end) if rank[start] < rank[end] else (end, start) for start, end in arcs]


def layers(count: int, arcs: Sequence[Arc]) -> list[int]:
    """The layer of each node, from 0 on; every arc, all `forward`, leads to a later one."""
    before, behind = neighbours(count, arcs)
    order = _order(before, behind)
    found = [0] * count
    for node in order:
        found[node] = max((found[one] + 1 for one in before[node]), default=0)
    for node in reversed(order):
        if len(behind[node]) > len(before[node]):
            found[node] = min(found[one] for one in behind[node]) - 1
    return found


def components(count: int, arcs: Iterable[Arc]) -> list[int]:
    """Of each node the first node that it hangs together with."""
    leader = list(range(count))

    def head(node: int) -> int:
        while leader[node] != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    for start, end in arcs:
        one, other = sorted((head(start), head(end)))
        leader[other] = one
    return [head(node) for node in range(count)]


def _order(before: list[list[int]], behind: list[list[int]]) -> list[int]:
    missing = [len(nodes) for nodes in before]
    order = [node for node, number in enumerate(missing) if not number]
    for node in order:  # grows as it is walked
        for following in behind[node]:
            missing[following] -= 1
            if not missing[following]:
                order.append(following)
    return order
