"""A Workflow waits for a lock that is not given back before it ends.

Only with `--manifests`. A Workflow keeps the mutexes of its `synchronization` until it has ended, a template of steps or tasks until
all of them have. Argo lends them to a Workflow or to one node of it, so a step that wants what its Workflow, or a template
around it, holds waits for ever; so does a Workflow that a `resource` template makes and waits for. Two locks that are taken
one within the other, here in this order and there in that, stop two runs that come at the same time; this is a
warning, as is a semaphore, which may have more than one to give, and a step with a `when`. `templateDefaults` give their lock to
each template, also to one around others.

Locks of one list are taken together, so their order does not matter.

Fails:

    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec:
      entrypoint: main
      activeDeadlineSeconds: 7200
      synchronization: {mutexes: [{name: warehouse}]}
      templates:
        - name: main
          steps: [[{name: load, template: load}]]
        - name: load
          synchronization: {mutexes: [{name: warehouse}]}
          suspend: {duration: 1m}

Passes:

    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec:
      entrypoint: main
      activeDeadlineSeconds: 7200
      templates:
        - name: main
          steps: [[{name: load, template: load}]]
        - name: load
          synchronization: {mutexes: [{name: warehouse}]}
          suspend: {duration: 1m}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from depgen.diagnostics import Diagnostic, Severity
from depgen.holding import WORKFLOW, Held, Wish, wishes
from depgen.manifests import Item
from depgen.mutexes import Lock

SEVERITY = Severity.ERROR

_ID = "mutex-deadlock"


def check(items: Sequence[Item]) -> Iterator[Diagnostic]:
    """One finding for each lock that is held already, and one for each two that are taken in both orders."""
    orders: dict[Lock, dict[Lock, tuple[Held, Wish]]] = {}
    for wish in wishes(items):
        own = next((held for held in wish.held if held.lock == wish.wanted.lock), None)
        if own is not None:
            yield _own(own, wish)
            continue
        for held in wish.held if wish.wanted.lock.is_mutex else ():
            if held.lock.is_mutex:
                orders.setdefault(held.lock, {}).setdefault(wish.wanted.lock, (held, wish))
    yield from _crossed(orders)


def _own(held: Held, wish: Wish) -> Diagnostic:
    wanted, lock = wish.wanted, held.lock
    if wish.maker:
        who = "that" if wanted.by == WORKFLOW else f"{wanted.by} of it"
        found = (
            f'template "{wish.maker}" waits for the Workflow that it makes, and {who} wants {lock.title}, '
        )
        found += f"which {held.by} holds meanwhile"
    else:
        found = f"{wanted.by} wants {lock.title}, which {held.by} holds until its own end"
    end = "so it waits for ever" if wish.is_sure else "so it waits for ever where it is run"
    return Diagnostic(
        wanted.place,
        _ID,
        f"{found}, {end if lock.is_mutex else 'so with a limit of 1 it waits for ever'}",
        "take it in one place only",
        Severity.ERROR if wish.is_sure and lock.is_mutex else Severity.WARNING,
        related=((held.place, "it is held from here on"),),
    )


def _crossed(orders: Mapping[Lock, Mapping[Lock, tuple[Held, Wish]]]) -> Iterator[Diagnostic]:
    for first, seconds in orders.items():
        for second, (held, wish) in seconds.items():
            if first >= second or first not in orders.get(second, {}):
                continue
            other_held, other = orders[second][first]
            if _guards(wish, {first, second}) & _guards(other, {first, second}):
                continue  # only one of them can be there at a time
            yield Diagnostic(
                wish.wanted.place,
                _ID,
                f"{wish.wanted.by} wants {second.title} while {held.by} holds {first.title}, and elsewhere {other.wanted.by} "
                f"wants {first.title} while {other_held.by} holds {second.title}: at the same time, each waits for the other",
                "take both in one list, or in the same order everywhere",
                Severity.WARNING,
                related=((other.wanted.place, "the other order is here"),),
            )


def _guards(wish: Wish, locks: set[Lock]) -> set[Lock]:
    return {held.lock for held in wish.held if held.lock.is_mutex} - locks
