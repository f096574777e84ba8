"""What an operator does to one node and key without a commit: fire, satisfy, skip, hold, release.

Each is an entry in the ledger, with who, why and when; the Sensors act on it as on any other. Nothing here submits.
A ledger that is absent is created empty first: a decide program does not act on the creation of an old key's ledger,
only on what changes in it.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from depgen import naming
from depgen.cluster import keytimes
from depgen.cluster.api import CONFIG_MAPS, Cluster, ClusterError, Resource
from depgen.cluster.entries import OUTCOMES, Ledger, empty, ledger
from depgen.cluster.orders import CHECKS, Order, OrderError, Verb, check_names, does_not_fire
from depgen.cluster.reconcile.outcomes import of_outcome
from depgen.cluster.states import Subject, ask, cell
from depgen.model import Node

SELF_REVIEWS = Resource(
    "authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", is_namespaced=False
)
_TRIES = 5


class Change(NamedTuple):
    """Entries of one ledger, None for one that goes; the ledger is created if it is not there."""

    before: Ledger
    entries: dict[str, str | None]

    @property
    def after(self) -> Ledger:
        """The ledger with the entries."""
        whole = {**self.before.data, **self.entries}
        return replace(self.before, data={name: text for name, text in whole.items() if text is not None})


class Outcome(NamedTuple):
    """What was written, or would be, and the Workflows that the Sensors submit because of it: none in shadow mode."""

    changes: tuple[Change, ...]
    submits: tuple[str, ...]
    is_shadow: bool = False


def who(cluster: Cluster) -> str:
    """The user that the cluster takes us for, else the one of this machine."""
    try:
        # A review has no name of its own; every object that is created here has one.
        review = cluster.create(SELF_REVIEWS, "", {"metadata": {"name": "self"}})
        return str(review["status"]["userInfo"]["username"])
    except (ClusterError, KeyError):
        return getpass.getuser()


def carry_out(cluster: Cluster, subject: Subject, order: Order, now: float, dry_run: bool = False) -> Outcome:
    """Hold an order against its ledger as it stands, and write it; nothing is written if `dry_run`.

    Raises OrderError if it makes no sense. If somebody else writes meanwhile, all is looked at again.
    """
    check_names(subject, order, now)
    for _ in range(_TRIES):
        try:
            return _once(cluster, subject, order, now, dry_run)
        except ClusterError as error:
            if not (error.is_conflict or error.already_exists):
                raise
    raise ClusterError(f"the ledger of {order.key} changed {_TRIES} times while it was read: try again", 409)


def _once(cluster: Cluster, subject: Subject, order: Order, now: float, dry_run: bool) -> Outcome:
    before = _read(cluster, subject, subject.partition(order.node.id), order.key)
    own = cell(subject, order.node, before, now)
    CHECKS[order.verb](subject, order, before, own)
    changes = tuple(_changes(cluster, subject, order, before, now))
    submits = tuple(_submits(subject, order.node, changes))
    if order.verb is Verb.FIRE and not submits:
        raise OrderError(does_not_fire(order, before, own))
    if not dry_run:
        # The node's own ledger last: if another refuses, all can be tried again.
        for change in reversed(changes):
            _write(cluster, subject, change)
    return Outcome(changes, submits, subject.graph.is_shadow)


# ---- what to write ----


def _changes(
    cluster: Cluster, subject: Subject, order: Order, before: Ledger, now: float
) -> Iterator[Change]:
    """The entries, the node's own ledger first."""
    at = keytimes.utc(now)
    text = json.dumps({"at": at, "by": order.by, "why": order.why}, ensure_ascii=False)
    match order.verb:
        case Verb.SKIP:
            yield from _skipped(cluster, subject, order, before, at)
        case Verb.SATISFY:
            yield Change(before, {f"satisfy.{order.node.id}.{order.upstream}": text})
        case Verb.RELEASE:
            # The hold's own why goes with it; who ended it, and why, stays.
            yield Change(before, {f"hold.{order.node.id}": None, f"release.{order.node.id}": text})
        case Verb.HOLD:
            yield Change(before, {f"hold.{order.node.id}": text})
        case Verb.FIRE:
            asked = _asked_again(subject, order, before, at)
            yield Change(before, {f"fire.{order.node.id}": text, **asked, **_taken_back(order, before)})


def _taken_back(order: Order, before: Ledger) -> dict[str, str | None]:
    """What ended the waiting without a run: the run that follows stands in its place."""
    start = f"run.{order.node.id}.{order.key}."
    outcomes = tuple(f"{start}{outcome}." for outcome in OUTCOMES)
    return {name: None for name in before.data if name.startswith(outcomes)}


def _asked_again(subject: Subject, order: Order, before: Ledger, at: str) -> dict[str, str]:
    """The Sensor acts when a node becomes due. One that is so already, and whose event was lost, is asked again."""
    if not ask(subject, order.node, before).is_due:
        return {}
    tries, _ = before.tries(order.node.id)
    return {f"sweep.{order.node.id}": f"{tries} {at}"}


def _skipped(cluster: Cluster, subject: Subject, order: Order, before: Ledger, at: str) -> Iterator[Change]:
    """An outcome goes wherever the end of a run would: the record programs are shown one, and say where."""
    assert order.node.run
    labels = {
        naming.LABEL_GRAPH: subject.graph.name,
        naming.LABEL_NODE: order.node.id,
        naming.LABEL_KEY: order.key,
    }
    status = {"finishedAt": at, "phase": "Skipped"}
    event = {"type": "ADD", "body": {"metadata": {"uid": "skipped", "labels": labels}, "status": status}}
    found: dict[tuple[int | None, str], dict[str, str | None]] = {(before.partition, before.key): {}}
    for recorder in subject.programs.recorders:
        own = f"{naming.LABEL_GRAPH}={subject.graph.name}" in recorder.event.selector.split(",")
        if not own or recorder.event.namespace != order.node.run.namespace:
            continue
        told = recorder.program.first(event, recorder.zone, now=0)
        if told["fresh"]:
            outcomes = {name: _outcome(text, order) for name, text in told["data"].items()}
            found.setdefault(_place(told["labels"]), {}).update(outcomes)
    for place, entries in found.items():
        is_own = place == (before.partition, before.key)
        yield Change(before if is_own else _read(cluster, subject, *place), entries)


def _outcome(text: str, order: Order) -> str:
    fact = of_outcome(json.loads(text))
    return json.dumps({**fact, "reason": "by hand", "by": order.by, "why": order.why}, ensure_ascii=False)


def _place(labels: dict[str, str]) -> tuple[int | None, str]:
    partition = labels.get(naming.LABEL_PARTITION)
    return (None if partition is None else int(partition)), labels[naming.LABEL_KEY]


# ---- what follows ----


def _submits(subject: Subject, node: Node, changes: Iterable[Change]) -> Iterator[str]:
    """The Workflows of the node and its downstreams that the Sensors submit when they see the changes."""
    nodes = [] if subject.graph.is_shadow else [node.id, *subject.analysis.downstreams[node.id]]
    for change in changes:
        event = {"type": "UPDATE", "body": change.after.body, "oldBody": change.before.body}
        for id_ in nodes:
            if subject.partition(id_) == change.before.partition and subject.is_key(id_, change.before.key):
                decider = subject.programs.deciders[id_]
                told = decider.program.first(event, decider.zone)
                if told["fire"]:
                    yield told["metadata"]["name"]


# ---- reading and writing ----


def _read(cluster: Cluster, subject: Subject, partition: int | None, key: str) -> Ledger:
    absent = empty(subject.graph.name, key, partition)
    found = cluster.get(CONFIG_MAPS, subject.graph.namespace, absent.name)
    return absent if found is None else ledger(found)


def _write(cluster: Cluster, subject: Subject, change: Change) -> None:
    namespace, of = subject.graph.namespace, change.before
    version = of.version
    if not version:
        labels = {naming.LABEL_GRAPH: subject.graph.name, **of.labels}
        created = cluster.create(CONFIG_MAPS, namespace, {"metadata": {"name": of.name, "labels": labels}})
        version = str(created["metadata"]["resourceVersion"])
    body = {"metadata": {"resourceVersion": version}, "data": change.entries}
    cluster.patch(CONFIG_MAPS, namespace, of.name, body)
