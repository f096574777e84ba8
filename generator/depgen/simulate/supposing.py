"""What is supposed of each Workflow: the profile's habits, and the user's what-if on top of them.

Mishaps are written `sales=fail`, `sales=late:2h`, `sales=missing`, for all keys that are shown, or with
`sales@20261121=fail` for one.

A node that is late takes so much longer, whatever the reason: what others wait for is its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from depgen.errors import InputError
from depgen.model import Graph
from depgen.nearest import Names
from depgen.simulate.expected import Start
from depgen.simulate.profile import Profile
from depgen.times import duration

# What an output is supposed to be: as text and as a number something that most conditions take.
MADE_UP = "1"
_FORM = (
    r"(?P<node>(?:[a-z0-9]+/)?[a-z0-9-]+)(?:@(?P<key>[0-9a-z]+))?"
    r"=(?P<what>fail|missing|late:(?P<by>(?:[1-9][0-9]{0,4}[hms])+))"
)


class Mishap(NamedTuple):
    """What befalls a node. `by` is in seconds; without a key it is for every key."""

    kind: Literal["fail", "late", "missing"]
    by: int = 0
    key: str = ""


class Mishaps(NamedTuple):
    """The mishaps of nodes, by graph and node."""

    given: tuple[tuple[str, str, Mishap], ...] = ()

    def of(self, graph: str, node: str, key: str) -> tuple[Mishap, ...]:
        """What befalls a node at a key."""
        return tuple(m for g, n, m in self.given if (g, n) == (graph, node) and m.key in ("", key))


def read(texts: Sequence[str], graphs: Sequence[Graph]) -> Mishaps:
    """What the user wrote; InputError, with a way out, if it is none or there is no such node."""
    return Mishaps(tuple(_read(text, graphs) for text in texts))


def _read(text: str, graphs: Sequence[Graph]) -> tuple[str, str, Mishap]:
    match = re.fullmatch(_FORM, text)
    if match is None:
        raise InputError(f'"{text}" is none of NODE=fail, NODE=late:2h, NODE=missing')
    chosen, _, id_ = match["node"].rpartition("/")
    found = [graph for graph in graphs if chosen in ("", graph.name) and id_ in graph.nodes]
    if not found:
        known = Names(
            [*(n for g in graphs for n in g.nodes), *(f"{g.name}/{n}" for g in graphs for n in g.nodes)]
        )
        guess = known.closest(match["node"])
        hint = f'; did you mean "{guess}"?' if guess else ""
        raise InputError(f'there is no node "{match["node"]}"{hint}')
    if len(found) > 1:
        names = " or ".join(f"{graph.name}/{id_}" for graph in found)
        raise InputError(f'several graphs have a node "{id_}": write {names}')
    if match["what"] == "missing" and found[0].nodes[id_].run:
        raise InputError(f'"{id_}" is a run: what it waits for can be missing, not the run itself')
    return found[0].name, id_, _mishap(match)


def _mishap(match: re.Match[str]) -> Mishap:
    key = match["key"] or ""
    if match["by"]:
        return Mishap("late", duration(match["by"]).seconds, key)
    return Mishap("fail" if match["what"] == "fail" else "missing", 0, key)


class Supposed(NamedTuple):
    """How a Workflow of a node and key will go, in seconds."""

    takes: int
    phase: str
    outputs: Mapping[str, str]
    words: str = ""
    late_by: int = 0


class Supposition(NamedTuple):
    """All that is supposed of the days: the profile, the mishaps and the seed that durations are drawn from."""

    profile: Profile = Profile()
    mishaps: Mishaps = Mishaps()
    seed: int = 0
    # By graph and node, the outputs that somebody reads: without them what reads them could not be submitted.
    read: Mapping[tuple[str, str], Sequence[str]] = {}

    def made_up(self, graph: str) -> Iterator[str]:
        """`sales.rows` for each output that is read, and of which the profile says nothing."""
        for (of, node), names in self.read.items():
            given = self.profile.of(of, node).outputs
            yield from (f"{node}.{name}" for name in names if of == graph and name not in given)

    def of(self, graph: str, node: str, key: str, is_shown: bool) -> Supposed | None:
        """What is supposed of a node at a key; None if it never starts. Mishaps are for what is shown."""
        habit = self.profile.of(graph, node)
        takes, phase = habit.span.drawn(f"{self.seed}/{graph}/{node}/{key}"), habit.phase
        late_by, words = 0, []
        for mishap in self.mishaps.of(graph, node, key) if is_shown else ():
            if mishap.kind == "missing":
                return None
            phase = "Failed" if mishap.kind == "fail" else phase
            late_by += mishap.by
            words.append(mishap.kind)
        outputs = {**dict.fromkeys(self.read.get((graph, node), ()), MADE_UP), **habit.outputs}
        return Supposed(takes + late_by, phase, outputs, ", ".join(words), late_by)

    def together(self, starts: Iterable[Start]) -> Supposed | None:
        """What is supposed of a Workflow that is one of several nodes: of each the worst."""
        told = [self.of(start.graph, start.node, start.key, start.is_shown) for start in starts]
        known = [how for how in told if how is not None]
        if len(known) < len(told):
            return None
        worst = max(known, key=lambda how: how.takes)
        phase = next((how.phase for how in known if how.phase != "Succeeded"), "Succeeded")
        outputs = {name: value for how in known for name, value in how.outputs.items()}
        return worst._replace(
            phase=phase, outputs=outputs, words=", ".join(filter(None, dict.fromkeys(h.words for h in known)))
        )
