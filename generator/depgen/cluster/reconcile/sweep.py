"""One pass over one graph.

The ledgers are listed before the Workflows: a claim that appears in between is then seen, while a fact that does is
found to be there when its ledger refuses an outdated write. Nothing is remembered before everything is written, so
that a pass which is cut short is made again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from depgen import naming
from depgen.cluster import keytimes
from depgen.cluster.api import Cluster, ClusterError
from depgen.cluster.entries import told
from depgen.cluster.reconcile import memory, ticks
from depgen.cluster.reconcile.counts import Kind, Remaining, Repair, Swept
from depgen.cluster.reconcile.deciding import Panel
from depgen.cluster.reconcile.expected import LABEL_INVALID, Earlier, Expected, expected
from depgen.cluster.reconcile.ledgers import ClusterStore, DryStore, Ledger, Store, is_outdated
from depgen.cluster.reconcile.memory import Standing
from depgen.cluster.reconcile.outcomes import Homes, Place
from depgen.cluster.reconcile.overdue import overdue
from depgen.cluster.reconcile.pruning import Readers, is_kept, is_over
from depgen.cluster.reconcile.repairing import Repaired, Rules, Submitted, repaired
from depgen.cluster.states import Subject

WRITES = 3
# The alerts that tell of one node's times.
_OF_A_NODE = ("late", "missed")
# What the API answers to an object that it will never take, such as one that is too large.
_REFUSED = (400, 413, 422)


def sweep(
    cluster: Cluster,
    subject: Subject,
    now: float,
    since: float | None = None,
    is_dry: bool = False,
    earlier: Earlier | None = None,
) -> Swept:
    """Repair the ledgers of a graph. `since`: nodes fire for what was complete after that time, though they are new.
    `earlier` is that of the pass before.

    ClusterError if the API refuses or cannot be reached; what was repaired until then stays.
    """
    start = time.monotonic()
    store = (DryStore if is_dry else ClusterStore)(cluster, subject.graph.namespace)
    one = _Pass(cluster, store, subject, now, Swept(subject.graph.name, is_dry))
    one.run(since, earlier)
    one.swept.seconds = time.monotonic() - start
    return one.swept


class _Pass:
    """What is known so far of the ledgers, by name, and what they should hold."""

    def __init__(self, cluster: Cluster, store: Store, subject: Subject, now: float, swept: Swept) -> None:
        self.cluster = cluster
        self.store = store
        self.subject = subject
        self.graph = subject.graph
        self.now = now
        self.oldest = now - self.graph.keep.longest
        self.swept = swept
        self.ledgers: dict[str, Ledger] = {}
        self.wanted = Expected()

    def run(self, since: float | None, earlier: Earlier | None) -> None:
        found = self.store.list(f"{naming.LABEL_GRAPH}={self.graph.name}")
        # Whatever else has the graph's label is none of the sweep's business.
        self.ledgers = {ledger.name: ledger for ledger in found if ledger.key}
        past = self.store.get(memory.name_of(self.graph.name))
        self._prune()
        self.wanted = expected(self.cluster, self.subject.programs, earlier)
        self._count()
        programs = self.subject.programs
        panel, homes = Panel(programs), Homes(programs)
        for ledger in self.ledgers.values():
            homes.spread(ledger, not panel.nodes(ledger), self.wanted, self.now)
        known = memory.remember(
            past.data if past else {}, self._standings(), self.now - self.graph.replay_within, self.now, since
        )
        begun = {node: bound.since for node, bound in known.bounds.items()}
        self._want_clocks(begun)
        self._keep_young()
        submitted = Submitted(list(self.ledgers.values()))
        readers = Readers(self.subject)
        rules = Rules(self.subject, panel, homes, readers, known.bounds, {}, submitted, self.now)
        latest = self._latest(rules, [n for n, bound in known.bounds.items() if bound.chooses_latest])
        self._repair_all(replace(rules, latest=latest))
        self.swept.overdue = overdue(self.subject, self.ledgers.values(), begun, self.now)
        self._keep_invalid()
        noted = past or Ledger(memory.name_of(self.graph.name), memory.labels(self.graph.name))
        self._keep(noted, lambda _: known.entries)

    # ---- what should be there ----

    def _standings(self) -> dict[str, Standing]:
        """Every node that decides; an alert stands and falls with its node."""
        found = {}
        for name in self.subject.programs.deciders:
            node = self.graph.nodes.get(name)
            base, _, kind = name.rpartition("-")
            of = node or (self.graph.nodes.get(base) if kind in _OF_A_NODE else None)
            found[name] = Standing(of.is_suspended if of else False, node.catchup if node else "none")
        return found

    def _want_clocks(self, since: dict[str, float]) -> None:
        entries = {name: ledger.data for name, ledger in self.ledgers.items()}
        clocks = self.subject.programs.clocks
        for name, wanted in ticks.due(clocks, entries, since, self.oldest, self.now):
            self.wanted.want(name, wanted.labels, wanted.data)

    def _keep_young(self) -> None:
        """Nothing is wanted in ledgers that are not there and would be removed at once."""
        for name, wanted in list(self.wanted.ledgers.items()):
            key = wanted.labels[naming.LABEL_KEY]
            if name not in self.ledgers and not is_kept(key, self.graph.zone, self.oldest):
                del self.wanted.ledgers[name]

    def _count(self) -> None:
        swept, wanted = self.swept, self.wanted.ledgers
        swept.objects, swept.ledgers = self.wanted.objects, len(self.ledgers)
        for name, of in wanted.items():
            ledger = self.ledgers.get(name)
            if ledger is None and not is_kept(of.labels[naming.LABEL_KEY], self.graph.zone, self.oldest):
                swept.late += len(of.data)
                continue
            swept.expected += len(of.data)
            swept.present += len(of.data.keys() & ledger.data.keys()) if ledger else 0

    # ---- ledgers ----

    def _prune(self) -> None:
        for ledger in list(self.ledgers.values()):
            if is_over(ledger, self.graph.zone, self.oldest):
                self.store.delete(ledger.name)
                del self.ledgers[ledger.name]
                why = f"its key's period ended longer than {self.graph.keep.days} days ago"
                self.swept.repairs.append(Repair(Kind.PRUNED, ledger.name, "", ledger.key, why))

    def _latest(self, rules: Rules, nodes: Iterable[str]) -> dict[str, str]:
        """The newest key at which each of these nodes is due; what a backfill asks for is no such key."""
        found: dict[str, str] = {}
        chosen = set(nodes)
        for ledger in self._in_order() if chosen else ():
            result = repaired(rules, ledger, self._data(ledger.name))
            asked = chosen & set(rules.panel.nodes(ledger)) if ticks.BACKFILL not in result.data else ()
            for node, answer in rules.panel.ask(ledger, result.data, asked).items():
                if answer.is_due:
                    found[node] = ledger.key
        return found

    def _repair_all(self, rules: Rules) -> None:
        waiting = [ledger.name for ledger in self._in_order()]
        while waiting:
            changed: set[str] = set()
            for name in waiting:
                for place, text in self._repair(rules, name):
                    self.wanted.want(place.ledger, place.labels, {place.entry: text})
                    changed.add(place.ledger)
            self._keep_young()
            waiting = [ledger.name for ledger in self._in_order() if ledger.name in changed]

    def _repair(self, rules: Rules, name: str) -> list[tuple[Place, str]]:
        """Bring one ledger up to date; what other ledgers should get because of it."""
        problem = "somebody else changed it each time it was to be written"
        for _ in range(WRITES):
            ledger = self._ledger(name)
            result = repaired(rules, ledger, self._data(name))
            if result.data == ledger.data:
                return []
            try:
                self.ledgers[name] = self.store.write(ledger, result.data)
            except ClusterError as error:
                if is_outdated(error):
                    self._look_again(name)
                    continue
                if error.status not in _REFUSED:
                    raise
                problem = str(error)
                break
            self._tell(result)
            return result.elsewhere
        self.swept.remaining.append(Remaining("stale", name, problem))
        return []

    def _tell(self, result: Repaired) -> None:
        self.swept.repairs += result.repairs
        self.swept.remaining += [
            Remaining("rejected", f"{repair.node} {repair.key}", repair.why)
            for repair in result.repairs
            if repair.kind is Kind.REJECTED
        ]

    def _look_again(self, name: str) -> None:
        found = self.store.get(name)
        if found:
            self.ledgers[name] = found
        else:
            self.ledgers.pop(name, None)

    def _ledger(self, name: str) -> Ledger:
        return self.ledgers.get(name) or Ledger(name, self.wanted.ledgers[name].labels)

    def _data(self, name: str) -> Mapping[str, str]:
        return self.wanted.ledgers[name].data if name in self.wanted.ledgers else {}

    def _in_order(self) -> list[Ledger]:
        """Those that are there or should be, by key: what fires late fires in the order of its keys."""
        names = self.ledgers.keys() | self.wanted.ledgers.keys()
        return sorted(map(self._ledger, names), key=lambda ledger: (ledger.key, ledger.name))

    # ---- beside the ledgers ----

    def _keep_invalid(self) -> None:
        """Completions without a key: told of while their Workflow is there, and for as long as a ledger is kept.

        The old ones go when ledgers do: to look each time would be a request for nothing.
        """
        if not self.wanted.unmappable and not self.swept.done[Kind.PRUNED]:
            return
        name, first = f"{self.graph.name}-invalid", keytimes.utc(self.oldest)
        before = self.store.get(name) or Ledger(name, {LABEL_INVALID: self.graph.name})
        found = _since(self.wanted.unmappable, first)
        for number, text in sorted(found.items()):
            entry = told(text)
            workflow, why = str(entry.get("workflow")), str(entry.get("reason"))
            self.swept.remaining.append(Remaining("unmappable", workflow, why))
            if number not in before.data:
                node = str(entry.get("node") or "")
                self.swept.repairs.append(Repair(Kind.INVALID, name, node, "", f"{workflow}: {why}"))
        self._keep(before, lambda data: {**found, **_since(data, first)})

    def _keep(self, before: Ledger, entries: Callable[[Mapping[str, str]], Mapping[str, str]]) -> None:
        """Write a ConfigMap that is no ledger: what its entries, as they are, shall become."""
        for _ in range(WRITES):
            after = entries(before.data)
            if before.data == after:
                return
            try:
                self.store.write(before, after)
                return
            except ClusterError as error:
                if not is_outdated(error):
                    raise
            before = self.store.get(before.name) or replace(before, data={}, version="")


def _since(entries: Mapping[str, str], first: str) -> dict[str, str]:
    """What finished at that time or later, or nobody knows when."""
    return {n: text for n, text in entries.items() if str(told(text).get("finishedAt") or first) >= first}
