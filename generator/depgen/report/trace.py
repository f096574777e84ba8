"""The lineage of a Workflow: two trees for people, steps and links for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from depgen.cluster.entries import Hand
from depgen.cluster.lineage import Lineage, Link, Place, Step
from depgen.report.display import visible
from depgen.report.moments import shown

VERSION = 1
_RESET, _BOLD, _GREEN, _RED, _GREY = "\x1b[0m", "\x1b[1m", "\x1b[32m", "\x1b[31m", "\x1b[90m"
_OUTCOMES = ("Skipped", "Expired", "Rejected")


def text(told: Lineage, now: float, has_colour: bool) -> str:
    """The Workflow, what it was fired on, and what was fired on it; what comes a second time has no tree below it."""
    return "".join(f"{line}\n" for line in _Lines(told, now, has_colour).all())


class _Lines:
    """The lines of one lineage."""

    def __init__(self, told: Lineage, now: float, has_colour: bool) -> None:
        self.told = told
        self.now = now
        self.has_colour = has_colour

    def all(self) -> Iterator[str]:
        root = self.told.root
        yield (
            self.coloured(_BOLD, self.name(root))
            + f": {self.step(self.told.steps[root])}  (times: {self.told.zone})"
        )
        yield from self.hands(self.told.steps[root], "  ")
        parts = (
            ("was fired on", self.told.earlier, lambda link: link.earlier),
            ("led to", self.told.later, lambda link: link.later),
        )
        for title, links, other in parts:
            if links[root]:
                yield f"  {title}"
                yield from self.tree(root, links, other)
        if not self.told.earlier[root] and not self.told.steps[root].is_source:
            yield "  nothing is known that it was fired on"
        if not self.told.later[root]:
            yield "  nothing was fired on it"

    def tree(
        self, root: Place, links: Mapping[Place, tuple[Link, ...]], other: Callable[[Link], Place]
    ) -> Iterator[str]:
        """The branches below `root`. Without recursion: a chain may be longer than Python's stack."""
        seen = {root}
        waiting = _branches(links[root], "  ")
        while waiting:
            link, margin, is_last = waiting.pop()
            place, below = other(link), margin + ("   " if is_last else "│  ")
            step = self.told.steps[place]
            again = place in seen and bool(links[place])
            yield f"{margin}{'└─ ' if is_last else '├─ '}{self.branch(step, link)}{'  (see above)' * again}"
            yield from self.hands(step, below)
            if not again:
                seen.add(place)
                waiting += _branches(links[place], below)

    def branch(self, step: Step, link: Link) -> str:
        guess = "" if link.is_written else self.coloured(_GREY, "  (by what the ledger says now)")
        hand = f"; satisfied {self.hand(link.hand)}" if link.hand else ""
        if not step.phase and link.hand:
            return f"{self.name(step.place)}: satisfied {self.hand(link.hand)}{guess}"
        return f"{self.name(step.place)}: {self.step(step)}{hand}{guess}"

    def name(self, place: Place) -> str:
        if not place.node:
            return "a node that is not known"
        graph = "" if place[:2] == self.told.root[:2] and place != self.told.root else f"{place.graph}/"
        return f"{graph}{place.node} {visible(place.key)}"

    def step(self, step: Step) -> str:
        colour = _GREEN if step.phase == "Succeeded" else _GREY if step.phase in ("", "Submitted") else _RED
        if step.phase in _OUTCOMES:
            why = "; ".join(filter(None, (step.reason, step.why)))
            by = f" by {step.by}" * bool(step.by)
            told = f"{self.coloured(colour, step.phase.upper())}{visible(by)}" + f": {visible(why)}" * bool(
                why
            )
        else:
            told = f"{visible(step.place.workflow) or 'no Workflow'} {self.coloured(colour, step.phase or 'not recorded')}"
        ended = f", {shown(step.finished_at, self.told.zone, self.now)}" if step.finished_at else ""
        gone = ", not in the cluster any more" if step.place.workflow and not step.is_there else ""
        return f"{told}{ended}{gone}"

    def hands(self, step: Step, margin: str) -> Iterator[str]:
        for hand in step.hands:
            yield f"{margin}fired {self.hand(hand)}"

    def hand(self, hand: Hand) -> str:
        at = shown(hand.at, self.told.zone, self.now)
        return visible(f"by hand of {hand.by or 'somebody'}: {hand.why or 'no reason given'}, {at}")

    def coloured(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_RESET}" if self.has_colour else text


def _branches(links: tuple[Link, ...], margin: str) -> list[tuple[Link, str, bool]]:
    """The branches, the last first: they are taken from the end."""
    last = len(links) - 1
    return [(link, margin, number == last) for number, link in reversed(list(enumerate(links)))]


# ---- JSON ----


def as_json(told: Lineage) -> str:
    """`{version, root, steps, links}`; a link has the numbers of its steps, and all times are UTC."""
    numbers = {place: number for number, place in enumerate(told.steps)}
    whole = {
        "version": VERSION,
        "root": numbers[told.root],
        "timezone": told.zone,
        "steps": [_step(step) for step in told.steps.values()],
        "links": [
            {
                "from": numbers[link.earlier],
                "to": numbers[link.later],
                "hand": _hand(link.hand) if link.hand else None,
                "written": link.is_written,
            }
            for link in told.links()
        ],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _step(step: Step) -> dict[str, Any]:
    place = step.place
    return {
        "namespace": place.namespace,
        "graph": place.graph,
        "node": place.node or None,
        "key": place.key or None,
        "workflow": place.workflow or None,
        "phase": step.phase or None,
        "finishedAt": step.finished_at or None,
        "source": step.is_source,
        "exists": step.is_there,
        "reason": step.reason or None,
        "by": step.by or None,
        "why": step.why or None,
        "fired": [_hand(hand) for hand in step.hands],
    }


def _hand(hand: Hand) -> dict[str, str]:
    return {"at": hand.at, "by": hand.by, "why": hand.why}
