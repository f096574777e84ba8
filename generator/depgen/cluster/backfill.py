"""A backfill: keys that never ran are run now, in the order of their keys and only so many at a time.

It writes ledgers and nothing else: what is known of the upstreams, and an entry `backfill` that makes the programs ask
for no window, lookback, gate or cutoff. What is ready then fires as on any day. All state is in the ledgers, so a
backfill that was broken off is taken up by the same command.

Keys that ran can be run again under an id: in ledgers of their own, whose key is `20261121-<id>`, which begin with what
is known of the nodes that are not run again. No other ledger ever hears of those runs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from depgen import keys, naming
from depgen.cluster import keytimes
from depgen.cluster.api import Cluster, ClusterError
from depgen.cluster.entries import told
from depgen.cluster.reconcile.deciding import Panel, is_answered
from depgen.cluster.reconcile.expected import Expected, expected
from depgen.cluster.reconcile.ledgers import ClusterStore, Ledger, is_outdated
from depgen.cluster.reconcile.outcomes import PHASES
from depgen.cluster.reconcile.ticks import BACKFILL
from depgen.cluster.states import Subject, is_active
from depgen.errors import InputError
from depgen.model import leaves

PAUSE = 2.0
_WRITES = 5


@dataclass(frozen=True)
class Wish:
    """What is to be run: the keys of these dates, both included, of these nodes. `assumed`: sources that are taken to
    have completed; `most`: how many runs may be under way at once; `rerun`: the id of runs that are made again.
    """

    first: date
    last: date
    nodes: frozenset[str]
    assumed: frozenset[str]
    most: int
    by: str
    why: str
    rerun: str = ""


class Step(NamedTuple):
    """A node at a key. `state` is fires, waits, running, or the phase it ended in; `waits_for` are upstreams."""

    node: str
    key: str
    state: str
    waits_for: tuple[str, ...] = ()


def check_names(subject: Subject, wish: Wish) -> None:
    """InputError if the Workflows of a repetition would have too long a name, or that of a run made again by itself."""
    if re.fullmatch("r[0-9]+", wish.rerun):
        raise InputError(f'"{wish.rerun}" is what `onRerun` calls runs; take another id')
    for node in sorted(wish.nodes):
        length = len(naming.workflow_prefix(subject.graph.name, node)) + subject.every(node).key_length
        excess = length + len(wish.rerun) + 1 - naming.NAME_LIMIT
        if wish.rerun and excess > 0:
            raise InputError(
                f'the Workflows of "{node}" would have too long a name; shorten the id by {excess}'
            )


def chosen(subject: Subject, names: Iterable[str]) -> frozenset[str]:
    """The runs of these names, or all that are not suspended; InputError for what cannot be backfilled."""
    if subject.graph.is_shadow:
        raise InputError(f'graph "{subject.graph.name}" is in shadow mode, in which nothing is submitted')
    runs = {node.id for node in subject.graph.nodes.values() if node.run}
    awake = {node for node in runs if not subject.graph.nodes[node].is_suspended}
    found = frozenset(names) or frozenset(awake)
    for name in sorted(found):
        node = subject.graph.nodes.get(name)
        if node is None or name not in runs:
            raise InputError(f'graph "{subject.graph.name}" has no run "{name}"')
        if node.is_suspended:
            raise InputError(f'"{name}" is suspended; resume it, or fire its keys by hand')
    return found


class Backfill:
    """One backfill of one graph."""

    def __init__(self, cluster: Cluster, subject: Subject, wish: Wish, now: float) -> None:
        self._store = ClusterStore(cluster, subject.graph.namespace)
        self._subject = subject
        self._wish = wish
        self._now = now
        self._panel = Panel(subject.programs)
        self._known: Expected = expected(cluster, subject.programs)
        self._nodes = _by_ledger(subject, wish)
        self._base = {ledger.name: ledger for ledger in self._all()} if wish.rerun else {}

    def steps(self) -> list[Step]:
        """What is done, under way, would fire or waits, by key and node."""
        there = self._ledgers()
        return [step for name in self._nodes for step in self._of(self._ledger(there, name))]

    def run(self, sleep: Callable[[float], None], tell: Callable[[list[Step]], None]) -> list[Step]:
        """Write ledger after ledger while few enough runs are under way, and wait for the last of them."""
        waiting = [*self._nodes]
        while True:
            there = self._ledgers()
            running = sum(self._running(self._ledger(there, name)) for name in self._nodes if name in there)
            while waiting and (running < self._wish.most or not running):
                running += self._begin(self._ledger(there, waiting.pop(0)))
            steps = self.steps()
            tell(steps)
            if not waiting and not any(step.state in ("fires", "running") for step in steps):
                return steps
            sleep(PAUSE)

    # ---- one ledger ----

    def _of(self, ledger: Ledger) -> Iterator[Step]:
        data = self._filled(ledger)
        open_ = [n for n in self._nodes[ledger.name] if not is_answered(data, n, ledger.key)]
        answers = self._panel.ask(ledger, data, open_)
        for node in self._nodes[ledger.name]:
            if node not in open_:
                yield Step(node, ledger.key, _state(ledger, node))
            elif answers[node].is_due:
                yield Step(node, ledger.key, "fires")
            else:
                yield Step(node, ledger.key, "waits", self._missing(ledger, data, node))

    def _missing(self, ledger: Ledger, data: Mapping[str, str], node: str) -> tuple[str, ...]:
        decider = self._subject.programs.deciders[node]
        edges = decider.ask("[edges | .ok]").first({"body": ledger.body(data)}, decider.zone)
        upstreams = [edge.upstream for edge in leaves(self._subject.graph.nodes[node].edges)]
        return tuple(dict.fromkeys(u for u, is_ok in zip(upstreams, edges, strict=True) if not is_ok))

    def _filled(self, ledger: Ledger) -> dict[str, str]:
        """The ledger as the backfill has it."""
        note = json.dumps({"at": keytimes.utc(self._now), "by": self._wish.by, "why": self._wish.why})
        found = {BACKFILL: note, **self._facts(ledger), **self._assumed(ledger, note), **ledger.data}
        for name in self._given_up(ledger, found):
            del found[name]
        return found | self._held(ledger, found, note)

    def _given_up(self, ledger: Ledger, data: Mapping[str, str]) -> list[str]:
        """The outcomes of nodes that never ran, but for those that an operator wrote, or that came of this backfill."""
        found = []
        for node in self._nodes[ledger.name]:
            start = f"run.{node}.{ledger.key}."
            own = [name for name in data if name.startswith(start)]
            if all(name.split(".")[3] in PHASES and not told(data[name]).get("by") for name in own):
                found += [name for name in own if not self._is_refused(name)]
        return found

    def _is_refused(self, name: str) -> bool:
        """Whether a Workflow was refused that this backfill has begun: who waits for it would wait for ever."""
        *_, outcome, at = name.split(".")
        return outcome == "rejected" and at.isdecimal() and int(at) >= int(self._now)

    def _facts(self, ledger: Ledger) -> dict[str, str]:
        """What is known of the key; in a repetition, of all that is not run again, and of other keys."""
        wanted = self._known.ledgers[ledger.name].data if ledger.name in self._known.ledgers else {}
        if not self._wish.rerun:
            return wanted
        again = f"-{self._wish.rerun}"
        name, key = ledger.name.removesuffix(again), ledger.key.removesuffix(again)
        base = self._base[name].data if name in self._base else {}
        known = self._known.ledgers[name].data if name in self._known.ledgers else {}
        found = dict(wanted)
        for entry, text in {**known, **base}.items():
            parts = entry.split(".")
            if (
                len(parts) == 5
                and parts[0] == "run"
                and (parts[1] not in self._wish.nodes or parts[2] != key)
            ):
                here = parts[2] + again if parts[2] == key else parts[2]
                found[".".join([*parts[:2], here, *parts[3:]])] = text
        return found

    def _assumed(self, ledger: Ledger, note: str) -> dict[str, str]:
        return {
            f"satisfy.{node}.{edge.upstream}": note
            for node in self._nodes[ledger.name]
            for edge in leaves(self._subject.graph.nodes[node].edges)
            if edge.upstream in self._wish.assumed
        }

    def _held(self, ledger: Ledger, data: Mapping[str, str], note: str) -> dict[str, str]:
        """A hold on every other node that would fire along; of those that wait today only in a repetition."""
        others = [
            node
            for node in self._panel.nodes(ledger)
            if node not in self._nodes[ledger.name] and not is_answered(data, node, ledger.key)
        ]
        answers = self._panel.ask(ledger, data, others)
        return {f"hold.{node}": note for node in others if answers[node].is_due or self._wish.rerun}

    def _running(self, ledger: Ledger) -> int:
        return sum(step.state in ("fires", "running") for step in self._of(ledger) if BACKFILL in ledger.data)

    def _begin(self, ledger: Ledger) -> int:
        """Write one ledger; how many runs that starts."""
        steps = [step for step in self._of(ledger) if step.state in ("fires", "waits")]
        if not steps:
            return 0
        for _ in range(_WRITES):
            try:
                self._store.write(ledger, self._filled(ledger))
                return sum(step.state == "fires" for step in steps)
            except ClusterError as error:
                if not is_outdated(error):
                    raise
            ledger = self._store.get(ledger.name) or Ledger(ledger.name, ledger.labels)
        raise ClusterError(
            f"ledger {ledger.name} changed {_WRITES} times while it was written: try again", 409
        )

    # ---- ledgers ----

    def _ledgers(self) -> dict[str, Ledger]:
        return {ledger.name: ledger for ledger in self._all() if ledger.name in self._nodes}

    def _all(self) -> Iterator[Ledger]:
        return self._store.list(f"{naming.LABEL_GRAPH}={self._subject.graph.name}")

    def _ledger(self, there: Mapping[str, Ledger], name: str) -> Ledger:
        if name in there:
            return there[name]
        graph = self._subject.graph.name
        partition = self._subject.partition(self._nodes[name][0])
        key = name.removeprefix(naming.ledger_prefix(graph, partition))
        labels = {naming.LABEL_GRAPH: graph, naming.LABEL_KEY: key}
        if partition is not None:
            labels[naming.LABEL_PARTITION] = str(partition)
        return Ledger(name, labels)


def _by_ledger(subject: Subject, wish: Wish) -> dict[str, list[str]]:
    """Ledger name -> the nodes to backfill in it, upstreams first; by key."""
    found: dict[tuple[str, str], list[str]] = {}
    for node in (subject.graph.nodes[id_] for id_ in subject.analysis.order if id_ in wish.nodes):
        every = subject.every(node.id)
        for start in keys.starts(every, wish.first, wish.last):
            key = start.strftime(every.strftime)
            if is_active(subject, node, key):
                prefix = naming.ledger_prefix(subject.graph.name, subject.partition(node.id))
                name = f"{prefix}{key}-{wish.rerun}" if wish.rerun else prefix + key
                found.setdefault((key, name), []).append(node.id)
    return {name: found[key, name] for key, name in sorted(found)}


def _state(ledger: Ledger, node: str) -> str:
    """The phase that a node ended in, or that it is running."""
    start = f"run.{node}.{ledger.key}."
    entries = [told(text) for name, text in ledger.data.items() if name.startswith(start)]
    ended = [entry for entry in entries if entry.get("finishedAt")]
    last = max(ended, key=lambda e: (str(e["finishedAt"]), e.get("phase") == "Succeeded"), default=None)
    return str(last.get("phase")) if last else "running"
