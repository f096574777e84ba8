"""What a run was fired on, as the submit Sensor wrote it on the Workflow.

A graph's own ledger says what is there; what was there at the moment of firing stands in the annotation alone.
"""

from __future__ import annotations

from typing import NamedTuple

from depgen.cluster.entries import Hand, hand, listed


class Cause(NamedTuple):
    """The end of an upstream's Workflow, an operator's hand, or both."""

    workflow: str
    finished_at: str
    hand: Hand | None


def causes(node: str, text: str) -> tuple[Cause, ...]:
    """What a Workflow's annotation says of its cause; anybody can have written it, so it may be anything."""
    found = []
    for entry in listed(text):
        match entry:
            case [str() | None as workflow, str() | None as finished_at, str() | None as by_hand]:
                verb = hand("satisfy", node, "", by_hand) if by_hand else None
                found.append(Cause(workflow or "", finished_at or "", verb))
            case str():
                found.append(Cause("", "", hand("fire", node, "", entry)))
    return tuple(found)
