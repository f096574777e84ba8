"""Would depgen start this node for this key now? Its decide program is asked, on the ledger that it decides on.

The programs are those of the rendered Sensors, from a build of graph files or from the cluster. What a newcomer gets
wrong: in shadow mode, where nothing is submitted, a node that would have been started is one that may start.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from depgen import naming
from depgen.cluster import entries, keytimes
from depgen.cluster.api import CONFIG_MAPS, Cluster
from depgen.cluster.checking.answer import Answer, Outcome, Reason
from depgen.cluster.checking.programs import Programs, read_programs, upstreams
from depgen.cluster.checking.question import Question, date_of
from depgen.cluster.entries import Fact, Ledger
from depgen.cluster.states import asked
from depgen.errors import InputError
from depgen.nearest import Names
from depgen.runnable import Decider
from depgen.times import Period

_KEY = re.compile(r"[0-9]{8}(t[0-9]{2}([0-9]{2})?b?)?|[0-9]{4}w[0-9]{2}|[0-9]{6}", re.ASCII)


class _Asking(NamedTuple):
    question: Question
    decider: Decider
    ledger: Ledger
    now: float

    @property
    def words(self) -> str:
        return f"{self.question.target.words} for {self.ledger.key}"


def ask(cluster: Cluster, question: Question, now: float, programs: Programs | None) -> Answer:
    """What the node's program says of the ledger of the key."""
    target = question.target
    graph, _, node = target.name.partition("/")
    programs = programs or read_programs(cluster, target.namespace, graph)
    decider = programs.runnable.deciders.get(node)
    if decider is None:
        guess = Names(set(programs.runnable.deciders)).closest(node)
        hint = f'; did you mean "{guess}"?' if guess else ""
        raise InputError(f'graph {graph} has no node "{node}" that depgen starts{hint}')
    key = key_of(question, decider.zone, programs.period(node), now)
    selector = f"{decider.event.selector},{naming.LABEL_KEY}={key}"
    ledgers = list(map(entries.ledger, cluster.list(CONFIG_MAPS, decider.event.namespace, selector)))
    ledger = ledgers[0] if ledgers else entries.empty(graph, key, None)
    return _answer(_Asking(question, decider, ledger, now))


def key_of(question: Question, zone: str, every: Period | None, now: float) -> str:
    """The key that a question is about; InputError if it is none of the node's period, as far as that is known."""
    given = question.key.replace("-", "") if question.key[:4].isdigit() else question.key
    name = question.target.name
    if given not in ("", "today", "yesterday"):
        if not _KEY.fullmatch(given) or (every and not re.fullmatch(every.pattern.strip("^$"), given)):
            such = f"; write such as {_such(every, zone, now)}" if every else ""
            raise InputError(f'"{question.key}" is no key of {name}{such}')
        return given
    if every is None:
        raise InputError(f"the Sensors of its graph do not tell the period of {name}: name a key")
    if every.kind == "slot":
        raise InputError(f"{name} has several keys a day: name one, such as {_such(every, zone, now)}")
    return every.key(date_of(given, zone, now))


def _such(every: Period, zone: str, now: float) -> str:
    return every.key(date_of("today", zone, now))


def _answer(asking: _Asking) -> Answer:
    told = asked(asking.decider, asking.ledger.body)
    node = asking.decider.node
    facts = asking.ledger.facts(node)
    if told.is_due:
        newest = max((str(edge.get("finishedAt") or "") for edge in told.edges), default="")
        text = f"depgen would start {asking.words} now"
        return Answer(Outcome.SATISFIED, Reason.READY, text, finished_at=newest, age=_age(asking, newest))
    if (shadow := asking.ledger.shadow(node)) and not facts:
        text = f"depgen would have started {asking.words} at {shadow}"
        return Answer(Outcome.SATISFIED, Reason.READY, text, finished_at=shadow, age=_age(asking, shadow))
    if found := entries.newest(facts):
        return _fired(asking, found)
    if hold := asking.ledger.hand("hold", node):
        return _waits(Reason.HELD, f"{asking.words} is held by {hold.by}: {hold.why}")
    if told.is_gated:
        return _waits(Reason.GATED, f"{asking.words} has all it waits for, and its gate is closed")
    if told.is_ready:
        text = f"{asking.words} is never started: it is suspended, or the key is none of its days"
        return Answer(Outcome.NOT_SATISFIED, Reason.INACTIVE, text)
    return _waits(Reason.WAITING_FOR, f"{asking.words} waits{_missing(asking, told.edges)}")


def _waits(reason: Reason, message: str) -> Answer:
    return Answer(Outcome.NOT_SATISFIED, reason, message, is_pending=True)


def _fired(asking: _Asking, fact: Fact) -> Answer:
    name = fact.workflow or asking.words
    text = f"depgen has started {asking.words} already: {name} is {fact.phase}"
    return Answer(
        Outcome.NOT_SATISFIED,
        Reason.FIRED,
        text,
        fact.workflow,
        fact.phase,
        fact.finished_at,
        _age(asking, fact.finished_at),
    )


def _missing(asking: _Asking, edges: list[dict[str, object]]) -> str:
    """` for sales, stock`: the upstreams of the edges that do not count; "" if all do."""
    names = upstreams(asking.decider)
    missing = [names.get(number, f"edge {number}") for number, edge in enumerate(edges) if not edge.get("ok")]
    return f" for {', '.join(missing)}" if missing else ""


def _age(asking: _Asking, text: str) -> float | None:
    at = keytimes.instant(text)
    return None if at is None else asking.now - at
