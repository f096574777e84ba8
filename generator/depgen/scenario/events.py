"""Which events there are: a fault is about those of one name, of whatever EventSource of the graphs.

`ticks` is every clock's. A name that no EventSource has is a mistake: a fault that nothing can fall to proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from depgen.errors import InputError
from depgen.model import Graph

TICKS, OF_CLOCKS = "ticks", "at-*"
_TYPES = ("resource", "calendar")


class Named(NamedTuple):
    """An event of an EventSource."""

    source: str
    event: str


def named(name: str, objects: Iterable[Mapping[str, Any]], others: Iterable[Named] = ()) -> list[Named]:
    """The events of that name among manifests and `others`; InputError if there is none."""
    known = [*_of(objects), *others]
    found = [one for one in known if fnmatchcase(one.event, pattern(name))]
    if not found:
        there = sorted({TICKS if fnmatchcase(one.event, OF_CLOCKS) else one.event for one in known})
        raise InputError(f'no EventSource has an event "{name}"; there are {", ".join(there)}')
    return found


def heard(source: str, event: str, graphs: Iterable[Graph]) -> None:
    """That some node listens to an event of somebody else; InputError if none does."""
    nodes = [node.source for graph in graphs for node in graph.nodes.values() if node.source]
    known = sorted({f"{one.name}/{one.event.name}" for one in nodes if one.event})
    if f"{source}/{event}" not in known:
        there = f"there are {', '.join(known)}" if known else "no source of the graph is an event"
        raise InputError(f'no node listens to event "{source}/{event}"; {there}')


def pattern(name: str) -> str:
    """What the names of those events are like."""
    return OF_CLOCKS if name == TICKS else name


def _of(objects: Iterable[Mapping[str, Any]]) -> Iterator[Named]:
    for one in objects:
        if one["kind"] == "EventSource":
            for of_a_type in _TYPES:
                for event in one["spec"].get(of_a_type, {}):
                    yield Named(one["metadata"]["name"], event)
