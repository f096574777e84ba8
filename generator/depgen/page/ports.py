"""Where lines leave nodes and arrive at them: side by side, in the order of where they come from and go to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Ends(NamedTuple):
    """Of a link: how far across its line leaves its start, and arrives at its end."""

    leaves: int
    arrives: int


def ends(chains: Sequence[Sequence[int]], middles: Sequence[int], sizes: Sequence[int]) -> list[Ends]:
    """Of each chain. Links that share a bend share the port that leads to it; others never do."""
    leaving: dict[int, set[tuple[int, int, int]]] = defaultdict(set)
    arriving: dict[int, set[tuple[int, int, int]]] = defaultdict(set)
    for number, chain in enumerate(chains):
        first, last = _port(chain[1], chain, number, middles), _port(chain[-2], chain, number, middles)
        leaving[chain[0]].add(first)
        arriving[chain[-1]].add(last)
    out, into = _spread(leaving, middles, sizes), _spread(arriving, middles, sizes)
    return [
        Ends(
            out[chain[0], _port(chain[1], chain, number, middles)],
            into[chain[-1], _port(chain[-2], chain, number, middles)],
        )
        for number, chain in enumerate(chains)
    ]


def _port(neighbour: int, chain: Sequence[int], number: int, middles: Sequence[int]) -> tuple[int, int, int]:
    return (middles[neighbour], neighbour, number if len(chain) == 2 else -1)


def _spread(
    ports: Mapping[int, set[tuple[int, int, int]]], middles: Sequence[int], sizes: Sequence[int]
) -> dict[tuple[int, tuple[int, int, int]], int]:
    found = {}
    for vertex, those in ports.items():
        top = middles[vertex] - sizes[vertex] // 2
        for place, port in enumerate(sorted(those), 1):
            found[vertex, port] = top + sizes[vertex] * place // (len(those) + 1)
    return found
