"""What one ledger should become: pure, so that it can be found again for a ledger that somebody else changed.

Everything is one write. A fact that is added makes nodes fire by itself; what must not fire gets its outcome in
the same write, and since an outcome satisfies `done` edges, that goes on until nothing more follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from depgen.cluster import keytimes
from depgen.cluster.entries import told
from depgen.cluster.reconcile import asking
from depgen.cluster.reconcile.counts import Kind, Repair
from depgen.cluster.reconcile.deciding import Answer, Panel, is_answered, may_fire
from depgen.cluster.reconcile.ledgers import Ledger
from depgen.cluster.reconcile.memory import Bound
from depgen.cluster.reconcile.outcomes import Homes, Outcome, Place
from depgen.cluster.reconcile.pruning import Readers
from depgen.cluster.reconcile.ticks import BACKFILL
from depgen.cluster.states import Subject, is_active
from depgen.errors import InternalError
from depgen.model import Node

_OF_CUTOFF = {"skip": "skipped", "fail": "expired"}


class Submitted:
    """When the graph's newest run was submitted, as the claims in its ledgers say; they are read when that is asked."""

    def __init__(self, ledgers: Iterable[Ledger]) -> None:
        self._ledgers = ledgers

    @cached_property
    def _newest(self) -> int:
        claims = (t for ledger in self._ledgers for name, t in ledger.data.items() if name.endswith(".0"))
        moments = (keytimes.instant(str(told(text).get("at", ""))) for text in claims)
        return max((moment for moment in moments if moment), default=0)

    def is_since(self, moment: float) -> bool:
        """Whether any run was submitted after a moment."""
        return self._newest > moment


@dataclass(frozen=True)
class Rules:
    """What a pass goes by. `latest`: of a node that was just resumed, the only key that fires."""

    subject: Subject
    panel: Panel
    homes: Homes
    readers: Readers
    bounds: Mapping[str, Bound]
    latest: Mapping[str, str]
    submitted: Submitted
    now: float

    @cached_property
    def refreshed(self) -> frozenset[str]:
        """The nodes that may run again after they ran."""
        return frozenset(node.id for node in self.subject.graph.nodes.values() if node.is_refreshed)

    @property
    def replay_within(self) -> int:
        """For how long the record Sensor takes a completion."""
        return self.subject.graph.replay_within


@dataclass
class Repaired:
    """A ledger as it should be. `elsewhere` is what other ledgers should get because of it."""

    data: dict[str, str]
    repairs: list[Repair] = field(default_factory=list)
    elsewhere: list[tuple[Place, str]] = field(default_factory=list)


def repaired(rules: Rules, ledger: Ledger, wanted: Mapping[str, str]) -> Repaired:
    """A ledger with what it should hold, and with what follows from that."""
    result = Repaired({**wanted, **ledger.data})
    nodes = rules.panel.nodes(ledger)
    _compact(rules, ledger, nodes, result)
    _note_additions(ledger, result)
    answers = _open(rules, ledger, nodes, result.data)
    known: set[Outcome] = set()
    while outcomes := _outcomes(rules, ledger, answers, result.data):
        if not known.isdisjoint(outcomes):
            raise InternalError(f"what became of a node in {ledger.name} changes nothing: {outcomes}")
        known.update(outcomes)
        for outcome in outcomes:
            _add(rules, ledger, outcome, result)
        answers = _open(rules, ledger, nodes, result.data)
    for answer in _left_lying(rules, ledger, answers, result.data):
        _ask(rules, ledger, answer, result)
    return result


def _compact(rules: Rules, ledger: Ledger, nodes: Iterable[str], result: Repaired) -> None:
    for name in sorted(rules.readers.superseded(ledger, result.data, nodes)):
        del result.data[name]
        if name in ledger.data:
            node = name.split(".")[1]
            why = "an older fact, and all that read it have fired"
            result.repairs.append(Repair(Kind.COMPACTED, ledger.name, node, ledger.key, why))


def _note_additions(ledger: Ledger, result: Repaired) -> None:
    for name in sorted(result.data.keys() - ledger.data.keys()):
        parts, entry = name.split("."), told(result.data[name])
        if parts[0] == "clock":
            kind, why = Kind.CLOCK, f"{parts[2]} at {entry.get('at')} was not recorded"
        elif parts[-1] == "0":
            kind, why = Kind.CLAIM, f"{entry.get('workflow')} is there"
        else:
            kind, why = Kind.FACT, _told_of(entry)
        result.repairs.append(Repair(kind, ledger.name, parts[1], ledger.key, why))


def _told_of(fact: Mapping[str, object]) -> str:
    what = fact.get("workflow") or fact.get("reason") or "it"
    return f"{what}: {fact.get('phase')} at {fact.get('finishedAt')}"


# ---- what must not fire, or waits no longer ----


def _open(rules: Rules, ledger: Ledger, nodes: Iterable[str], data: Mapping[str, str]) -> dict[str, Answer]:
    """What the nodes say that may still do something."""
    is_shadow = rules.subject.graph.is_shadow
    again = rules.refreshed
    waiting = [node for node in nodes if node in again or may_fire(data, node, ledger.key, is_shadow)]
    return rules.panel.ask(ledger, data, waiting) if waiting else {}


def _outcomes(
    rules: Rules, ledger: Ledger, answers: Mapping[str, Answer], data: Mapping[str, str]
) -> list[Outcome]:
    # In shadow mode the outcomes are those of the runs that others start.
    if BACKFILL in data or rules.subject.graph.is_shadow:
        return []
    found = [_skipped(rules, ledger, answer, data) for answer in answers.values()]
    found += [_ended(rules, ledger, answer, data) for answer in answers.values()]
    found += [_closed(rules, ledger, answer, data) for answer in answers.values() if answer.is_closed]
    return [outcome for outcome in found if outcome]


def _skipped(rules: Rules, ledger: Ledger, answer: Answer, data: Mapping[str, str]) -> Outcome | None:
    """Of a node that is due, but whose facts are older than the node, or than its being resumed."""
    if not answer.is_due or answer.newest is None or f"fire.{answer.node}" in data:
        return None
    bound = rules.bounds[answer.node]
    latest = rules.latest.get(answer.node, ledger.key)
    if answer.newest >= bound.since and latest == ledger.key:
        return None
    if latest == ledger.key and _may_be_firing(rules, ledger, answer):
        return None
    return Outcome(answer.subject, ledger.key, "skipped", answer.newest, bound.reason)


def _may_be_firing(rules: Rules, ledger: Ledger, answer: Answer) -> bool:
    """Whether the Sensor saw the node become due, and so recently that its claim may be under way."""
    if asking.is_settled(ledger, answer.newest or 0, rules.now, rules.replay_within):
        return False
    return rules.panel.ask(ledger, ledger.data, [answer.node])[answer.node].is_due


def _ended(rules: Rules, ledger: Ledger, answer: Answer, data: Mapping[str, str]) -> Outcome | None:
    """Of a node whose cutoff has passed while it waited."""
    node = rules.subject.graph.nodes.get(answer.node)
    at = keytimes.instant(str(told(data.get(f"clock.{answer.node}.cutoff", "")).get("at", "")))
    if node is None or at is None or node.on_cutoff not in _OF_CUTOFF or at > rules.now - asking.SETTLED:
        return None
    if answer.is_ready or answer.is_due or not _waits(rules, node, ledger, data):
        return None
    return Outcome(answer.node, ledger.key, _OF_CUTOFF[node.on_cutoff], at, "cutoff")


def _closed(rules: Rules, ledger: Ledger, answer: Answer, data: Mapping[str, str]) -> Outcome | None:
    """Of a node whose upstreams are closed by their calendars, and that is left out then."""
    node = rules.subject.graph.nodes.get(answer.node)
    if node is None or not _waits(rules, node, ledger, data) or not rules.subject.is_key(node.id, ledger.key):
        return None
    begin = keytimes.begin(ledger.key, rules.subject.every(node.id), rules.subject.graph.zone)
    return Outcome(answer.node, ledger.key, "skipped", begin, "calendar") if begin <= rules.now else None


def _waits(rules: Rules, node: Node, ledger: Ledger, data: Mapping[str, str]) -> bool:
    is_open = not node.is_suspended and not is_answered(data, node.id, ledger.key)
    # Anybody may have written a ledger, under any name for a key.
    is_own = is_open and rules.subject.is_key(node.id, ledger.key.partition("-")[0])
    return is_own and is_active(rules.subject, node, ledger.key)


def _add(rules: Rules, ledger: Ledger, outcome: Outcome, result: Repaired) -> None:
    places = list(rules.homes.write(outcome))
    if all(place.ledger != ledger.name for place, _ in places):
        raise InternalError(f"no record program writes what became of {outcome.node} into {ledger.name}")
    for place, text in places:
        if place.ledger == ledger.name:
            result.data[place.entry] = text
        else:
            result.elsewhere.append((place, text))
    kind = Kind(outcome.kind)
    result.repairs.append(Repair(kind, ledger.name, outcome.node, outcome.key, outcome.reason))


# ---- what should have fired ----


def _left_lying(
    rules: Rules, ledger: Ledger, answers: Mapping[str, Answer], data: Mapping[str, str]
) -> list[Answer]:
    """What was due before this pass, for long enough; what becomes due by it fires by itself."""
    found = [
        answer
        for answer in answers.values()
        if answer.is_due
        and asking.is_settled(ledger, answer.newest or 0, rules.now, rules.replay_within)
        and not _is_before_shadow(rules, answer)
    ]
    if data == ledger.data or not found:
        return found
    before = rules.panel.ask(ledger, ledger.data, [answer.node for answer in found])
    return [answer for answer in found if before[answer.node].is_due]


def _is_before_shadow(rules: Rules, answer: Answer) -> bool:
    """In shadow mode nothing is skipped, so that this is asked again at every pass."""
    is_old = answer.newest is not None and answer.newest < rules.bounds[answer.node].since
    return is_old and rules.subject.graph.is_shadow


def _ask(rules: Rules, ledger: Ledger, answer: Answer, result: Repaired) -> None:
    newest = answer.newest or 0
    counter = f"sweep.{answer.node}"
    heard = rules.submitted.is_since
    turn, following = asking.turn(ledger.data.get(counter, ""), newest, rules.now, heard)
    if turn == "reject" and not rules.subject.graph.is_shadow:
        refused = Outcome(answer.subject, ledger.key, "rejected", int(rules.now), "submission-refused")
        _add(rules, ledger, refused, result)
    elif turn == "ask":
        result.data[counter] = following
        why = f"ready since {keytimes.utc(newest)} and not submitted; try {following.partition(' ')[0]}"
        result.repairs.append(Repair(Kind.ASKED, ledger.name, answer.node, ledger.key, why))
