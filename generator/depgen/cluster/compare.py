"""Shadow mode against what really ran: when each node would have been submitted, and when its CronWorkflow started.

The ledgers hold both: an entry `shadow.<node>` says when the graph would have fired, and the Workflows of the
CronWorkflow that a node `replaces` are recorded as the node's own. When one was started, its name says: the controller
puts the scheduled time there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from depgen.cluster import keytimes
from depgen.cluster.api import CRON_WORKFLOWS, WORKFLOWS, Cluster
from depgen.cluster.cron_workflow import OF_CRON
from depgen.cluster.entries import Ledger
from depgen.cluster.states import Ledgers, Subject, is_active, read_ledgers
from depgen.model import KeyRule, Node
from depgen.times import Period

_SCHEDULED = re.compile(r"-([0-9]{10})(-[a-z0-9]{5})*$")


class Verdict(StrEnum):
    """What switching to the graph would change for one key.

    LATER: the cron started before everything was there that the graph waits for. NOT_BY_GRAPH and NOT_BY_CRON: only
    one of the two ran.
    """

    SAME = "same"
    EARLIER = "earlier"
    LATER = "later"
    NOT_BY_GRAPH = "not by graph"
    NOT_BY_CRON = "not by cron"


class Comparison(NamedTuple):
    """One node and key; instants in seconds since 1970, None where there is none."""

    node: str
    key: str
    verdict: Verdict
    graph_at: int | None
    cron_at: int | None
    workflow: str


class Compared(NamedTuple):
    """All of it, the CronWorkflows that would have to be suspended to go live, and runs that replace nothing."""

    comparisons: tuple[Comparison, ...]
    active: tuple[str, ...]
    alone: tuple[str, ...]


def compare(
    cluster: Cluster, subject: Subject, tolerance: float, first: str = "", last: str = "~"
) -> Compared:
    """Every node that replaces a CronWorkflow, at every key between `first` and `last` of which something is known.

    `tolerance`: seconds within which both count as the same.
    """
    ledgers = read_ledgers(cluster, subject)
    replacing = [node for node in subject.graph.nodes.values() if node.run and node.replaces]
    found: list[Comparison] = []
    for node in replacing:
        started = {**_recorded(subject, node, ledgers), **_there(cluster, subject, node)}
        known = {*started, *ledgers.keys_of(subject, node.id)}
        within = (key for key in known if first <= _date(key, subject.every(node.id)) <= last)
        for key in sorted(key for key in within if is_active(subject, node, key)):
            ledger = ledgers.of(subject, node.id, key)
            found += _compared(node, ledger, started.get(key), tolerance)
    alone = tuple(node.id for node in subject.graph.nodes.values() if node.run and not node.replaces)
    return Compared(tuple(found), tuple(_active(cluster, replacing)), alone)


def _date(key: str, every: Period) -> str:
    """The first date of a key's period, to compare with others whatever the period; of what is no such key its text."""
    try:
        return keytimes.start(key, every).strftime("%Y%m%d")
    except ValueError:
        return key


def _compared(
    node: Node, ledger: Ledger, started: tuple[int, str] | None, tolerance: float
) -> Iterator[Comparison]:
    graph_at = keytimes.instant(ledger.shadow(node.id))
    cron_at, workflow = started or (None, "")
    if graph_at is None and cron_at is None:
        return
    yield Comparison(node.id, ledger.key, _verdict(graph_at, cron_at, tolerance), graph_at, cron_at, workflow)


def _verdict(graph_at: int | None, cron_at: int | None, tolerance: float) -> Verdict:
    if graph_at is None:
        return Verdict.NOT_BY_GRAPH
    if cron_at is None:
        return Verdict.NOT_BY_CRON
    if abs(graph_at - cron_at) <= tolerance:
        return Verdict.SAME
    return Verdict.EARLIER if graph_at < cron_at else Verdict.LATER


# ---- when the cron started ----


def _recorded(subject: Subject, node: Node, ledgers: Ledgers) -> dict[str, tuple[int, str]]:
    """Key -> when a child started of which the ledger still knows."""
    found = {}
    for key in ledgers.keys_of(subject, node.id):
        names = (fact.workflow for fact in ledgers.of(subject, node.id, key).facts(node.id))
        children = sorted(_children(names))
        if children:
            found[key] = children[0]
    return found


def _there(cluster: Cluster, subject: Subject, node: Node) -> dict[str, tuple[int, str]]:
    """Key -> when a child started that is still in the cluster, ended or not."""
    assert node.run
    rule = KeyRule(subject.every(node.id), subject.graph.zone)
    found: dict[str, tuple[int, str]] = {}
    there = cluster.list(WORKFLOWS, node.run.namespace, f"{OF_CRON}={node.replaces}")
    for moment, name in sorted(_children(str(one["metadata"]["name"]) for one in there)):
        found.setdefault(keytimes.key_at(rule, moment), (moment, name))
    return found


def _children(names: Iterable[str]) -> Iterator[tuple[int, str]]:
    for name in names:
        match = _SCHEDULED.search(name)
        if match:
            yield int(match[1]), name


def _active(cluster: Cluster, nodes: Iterable[Node]) -> Iterator[str]:
    """The CronWorkflows that still start on their own."""
    for node in nodes:
        assert node.run
        cron = cluster.get(CRON_WORKFLOWS, node.run.namespace, node.replaces)
        if cron is not None and cron.get("spec", {}).get("suspend") is not True:
            yield node.replaces


def key_bounds(first: datetime | None, last: datetime | None) -> tuple[str, str]:
    """The dates of a command line as the beginnings of keys."""
    return first.strftime("%Y%m%d") if first else "", last.strftime("%Y%m%d") + "~" if last else "~"
