"""What a node becomes: the program that decides about it or records it, and its share of the generated objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from depgen.plan import Recording
from depgen.render import Box, Layout


class Share(NamedTuple):
    """Of an object's bytes (at most `whole`), those that are there for the node; 0 where it shares them with others."""

    kind: str
    name: str
    bytes: int
    whole: int


class Made(NamedTuple):
    """The title and the text of each program, whether the text is of this node alone, and the shares."""

    programs: tuple[tuple[str, str, bool], ...]
    shares: tuple[Share, ...]


def made(layout: Layout) -> dict[str, Made]:
    """By node, of one graph."""
    alerts = {
        f"{node.id}-{kind}": node.id
        for node in layout.plan.graph.nodes.values()
        for kind in ("late", "missed")
    }
    programs: dict[str, list[tuple[str, str, bool]]] = {id_: [] for id_ in layout.plan.graph.nodes}
    shares: dict[str, list[Share]] = {id_: [] for id_ in layout.plan.graph.nodes}
    for box in layout.submit:
        for unit in box.units:
            id_ = unit.name if unit.name in programs else alerts.get(unit.name, "")
            if id_ in programs:
                title = "Decides when it starts" if id_ == unit.name else f"Decides when {unit.name} is told"
                programs[id_].append((title, unit.view[3], True))
                shares[id_].append(Share("Sensor", box.name, unit.size, box.size))
    for id_, box, text in _recorded(layout):
        if layout.plan.graph.nodes[id_].source:
            programs[id_].append(("Records what it did", text, False))
            shares[id_].append(Share("Sensor", box.name, 0, box.size))
    return {id_: Made(tuple(programs[id_]), tuple(dict.fromkeys(shares[id_]))) for id_ in programs}


def _recorded(layout: Layout) -> Iterator[tuple[str, Box, str]]:
    """The nodes that a dependency of a record Sensor is about, with its program."""
    recordings = {
        recording.name: recording
        for trigger in layout.plan.triggers
        for recording in trigger.recordings
        if isinstance(recording, Recording)
    }
    for box in layout.record:
        for detail in (detail for unit in box.units for detail in unit.view["details"]):
            recording = recordings.get(detail["name"])
            for ids in recording.identities.values() if recording else ():
                for id_ in ids:
                    yield id_, box, detail["program"]
