"""An operator's order for one node and key, and whether it makes sense now.

An order that makes none is refused with the reason and one way out. What a decide program would say is not guessed
here: whether `fire` fires is asked after this.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from depgen.cluster.entries import Ledger
from depgen.cluster.states import Cell, Subject, ask
from depgen.errors import DepgenError
from depgen.model import Node, leaves
from depgen.nearest import Names


class Verb(StrEnum):
    """What an operator can do."""

    FIRE = "fire"
    SATISFY = "satisfy"
    SKIP = "skip"
    HOLD = "hold"
    RELEASE = "release"


class OrderError(DepgenError):
    """What was asked for makes no sense now; the message says why, and one way out."""


class Order(NamedTuple):
    """What is to be done, by whom and why; `upstream` names the edge of `satisfy`."""

    verb: Verb
    node: Node
    key: str
    by: str
    why: str
    upstream: str = ""


def check_names(subject: Subject, order: Order, now: float) -> None:
    """Whether there is such a node, edge and key; raises OrderError."""
    node = order.node
    if node.source:
        way = f"depgen satisfy NODE {node.id} --key {order.key} for a run that waits for it"
        raise OrderError(f'"{node.id}" is a source, which depgen does not start; {way}')
    if not subject.is_key(node.id, order.key):
        every = subject.every(node.id)
        example = every.key(datetime.fromtimestamp(now, UTC).date())
        raise OrderError(
            f'"{order.key}" is no key of "{node.id}", whose period is {every.text}; expected one such as {example}'
        )
    if order.verb is not Verb.SATISFY:
        return
    known = list(dict.fromkeys(edge.upstream for edge in leaves(node.edges)))
    if order.upstream not in known:
        guess = Names(known).closest(order.upstream)
        way = f'did you mean "{guess}"?' if guess else f"it waits for {', '.join(known)}"
        raise OrderError(f'"{node.id}" does not wait for "{order.upstream}"; {way}')


def _check_fire(subject: Subject, order: Order, of: Ledger, own: Cell | None) -> None:
    """What else keeps it from firing is found out by asking."""
    if subject.graph.is_shadow:
        raise OrderError(f'graph "{subject.graph.name}" is in shadow mode, in which nothing is submitted')
    if own and own.fact and not own.fact.is_outcome:
        raise OrderError(f"{_ran(order, own)}; {_rerun(order)}")


def _check_satisfy(subject: Subject, order: Order, of: Ledger, own: Cell | None) -> None:
    _check_unfired(order, own, _rerun(order))
    told = ask(subject, order.node, of).edges
    edges = leaves(order.node.edges)
    facts = [fact for edge, fact in zip(edges, told, strict=True) if edge.upstream == order.upstream]
    if all(fact.get("ok") for fact in facts):
        hand = of.hand("satisfy", order.node.id, order.upstream)
        by = f"by hand, by {hand.by}" if hand else f"by {facts[-1].get('workflow')}"
        raise OrderError(f"the edge is satisfied already, {by}; depgen why {order.node.id} --key {order.key}")


def _check_skip(subject: Subject, order: Order, of: Ledger, own: Cell | None) -> None:
    way = f"argo stop {own.fact.workflow}" if own and own.fact and own.fact.is_claim else _rerun(order)
    _check_unfired(order, own, way)


def _check_hold(subject: Subject, order: Order, of: Ledger, own: Cell | None) -> None:
    _check_unfired(order, own, "hold a node that waits for it")
    if hold := of.hand("hold", order.node.id):
        raise OrderError(f"it is held already, by {hold.by}: {hold.why}; {_release(order)} ends that")


def _check_release(subject: Subject, order: Order, of: Ledger, own: Cell | None) -> None:
    if not of.hand("hold", order.node.id):
        raise OrderError(
            f"nobody holds it; depgen why {order.node.id} --key {order.key} says what it waits for"
        )


def _check_unfired(order: Order, own: Cell | None, way: str) -> None:
    if own and own.fact:
        raise OrderError(f"{_ran(order, own)}; {way}")


# By the ledger as it stands, and the node's own state in it; each raises OrderError.
CHECKS = {
    Verb.FIRE: _check_fire,
    Verb.SATISFY: _check_satisfy,
    Verb.SKIP: _check_skip,
    Verb.HOLD: _check_hold,
    Verb.RELEASE: _check_release,
}


def does_not_fire(order: Order, of: Ledger, own: Cell | None) -> str:
    """Why the decide program does not let it fire, and what to do."""
    if hold := of.hand("hold", order.node.id):
        return f"it is held by {hold.by}: {hold.why}; {_release(order)} first"
    if own and own.fact:
        return f"{_ran(order, own)}; {_rerun(order)}"
    return f"its program does not let it; depgen why {order.node.id} --key {order.key} says what stands in its way"


def _ran(order: Order, own: Cell) -> str:
    assert own.fact
    what = f" as {own.fact.workflow}" if own.fact.workflow else ""
    reason = f" ({own.fact.reason})" if own.fact.reason else ""
    return f'"{order.node.id}" is {own.was} for {order.key}{what}{reason}'


def _rerun(order: Order) -> str:
    return f"depgen backfill --from {order.key} --to {order.key} --rerun ID runs it once more"


def _release(order: Order) -> str:
    return f"depgen release {order.node.id} --key {order.key}"
