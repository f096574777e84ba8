"""What a change of a field does to keys that are under way: a table, from the author's fields to words.

The first entry whose name fits counts; a name ends in `.` if it stands for all below it. Each entry has an effect and a
sentence for the field that is added, changed and removed. What is not in the table takes part in a program, as most
fields do: changing it throws away what is queued for the node, and the sweep brings that back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from depgen.diff.change import Effect


class Verdict(NamedTuple):
    """An effect and why."""

    effect: Effect
    note: str = ""


class Entry(NamedTuple):
    """What becomes of pending keys when a field is added, changed or removed."""

    added: Verdict
    changed: Verdict
    removed: Verdict


def _always(effect: Effect, note: str = "") -> Entry:
    verdict = Verdict(effect, note)
    return Entry(verdict, verdict, verdict)


_SAFE = _always(Effect.SAFE)
_FROM_NOW = _always(Effect.SAFE, "of runs that are submitted from now on")
_JUDGED = "keys that wait are judged anew, by what their ledgers hold"
_LOOSENED = Verdict(
    Effect.LATE, "keys of the time that ledgers are kept run with the next sweep if nothing else is missing"
)
_TWO_KEYS = (
    "a completion may get another key than before: what is recorded stays under the old one, and both may run"
)
_NARROWED = Entry(Verdict(Effect.SWEEP, _JUDGED), _LOOSENED, _LOOSENED)

CLOSED = Verdict(Effect.NEVER, "keys of days that are closed now do not fire")
OPENED = Verdict(
    Effect.LATE,
    "keys of days that are open now, of the time that ledgers are kept, run with the next sweep if nothing is missing",
)
OPENED_AND_CLOSED = Verdict(
    Effect.NEVER,
    "keys of days that are closed now do not fire; those of days that are open now run with the next sweep",
)

NODE = {
    "owner": _SAFE,
    "docs": _SAFE,
    "runbook": _SAFE,
    "tags": _SAFE,
    "run": _FROM_NOW,
    "run.namespace": _always(
        Effect.NEVER,
        "runs that are under way in the old namespace are not seen again, and what waits for them never runs",
    ),
    "run.": _FROM_NOW,
    "concurrencyPolicy": _FROM_NOW,
    "suspend": Entry(
        Verdict(Effect.NEVER, "nothing fires until it is resumed"),
        Verdict(Effect.SAFE),
        Verdict(Effect.SAFE, "keys that became ready meanwhile fire as `catchup` says, with the next sweep"),
    ),
    "activeFrom": Entry(
        Verdict(Effect.NEVER, "keys before it do not fire"),
        Verdict(Effect.NEVER, "keys before it do not fire; those that are in now run with the next sweep"),
        _LOOSENED,
    ),
    "activeUntil": Entry(
        Verdict(Effect.NEVER, "keys after it do not fire"),
        Verdict(Effect.NEVER, "keys after it do not fire; those that are in now run with the next sweep"),
        _LOOSENED,
    ),
    "every": _always(
        Effect.NEVER, "keys have another form, and those that wait under the old one never complete"
    ),
    "notBefore": Entry(
        Verdict(Effect.SWEEP, "keys that wait open at that time; if it has passed, with the next sweep"),
        Verdict(Effect.SWEEP, "keys that wait open at the new time; if it has passed, with the next sweep"),
        Verdict(Effect.LATE, "keys that only waited for the time run with the next sweep"),
    ),
    "startBy": _always(Effect.SAFE, "it alerts and holds nothing up"),
    "deadline": _always(Effect.SAFE, "it alerts and holds nothing up"),
    "onMiss": _FROM_NOW,
    "onMiss.": _FROM_NOW,
    "cutoff": Entry(
        Verdict(Effect.NEVER, "keys that wait past it are ended as `onCutoff` says"),
        Verdict(
            Effect.NEVER, "keys that wait past it are ended as `onCutoff` says; what has ended stays ended"
        ),
        Verdict(Effect.SWEEP, "keys that wait go on waiting; what has ended stays ended"),
    ),
    "onCutoff": _always(Effect.SWEEP, "of keys whose cutoff is still to come"),
    "onLate": _always(Effect.SWEEP, _JUDGED),
    "catchup": _always(Effect.SAFE, "it counts when the node is resumed"),
    "replaces": _SAFE,
    "runsOn": Entry(CLOSED, OPENED_AND_CLOSED, OPENED),
    "excludes": Entry(CLOSED, OPENED_AND_CLOSED, OPENED),
    "onRerun": Entry(
        Verdict(
            Effect.AGAIN, "an upstream that completes again makes a new run, of keys that have run as well"
        ),
        Verdict(
            Effect.AGAIN, "an upstream that completes again makes a new run, of keys that have run as well"
        ),
        Verdict(Effect.SWEEP, "an upstream that completes again makes no new run"),
    ),
    "dependsOnPast": Entry(
        Verdict(Effect.SWEEP, "a key waits for the one before it, which may have failed long ago"),
        Verdict(Effect.SWEEP),
        _LOOSENED,
    ),
    "renamedFrom": _always(Effect.SAFE, "entries and runs under the former name still count"),
    "source": _always(
        Effect.SWEEP,
        "what is recorded of the old one still counts; completions of the new one count from now on",
    ),
    "source.": _always(Effect.SWEEP, "completions there count from now on"),
    "key.every": _always(
        Effect.NEVER, "keys have another form, and joins that wait for it under the old ones never complete"
    ),
    "key.": _always(Effect.AGAIN, _TWO_KEYS),
}
EDGE = {
    "match": _always(
        Effect.SWEEP,
        "completions go to other ledgers from now on; the next sweep records earlier ones there while their Workflows exist",
    ),
    "window": _NARROWED,
    "lookback": _NARROWED,
    "when": _NARROWED,
    "status": _always(Effect.LATE, _LOOSENED.note),
    "require": _always(Effect.LATE, _LOOSENED.note),
    "settle": _always(Effect.SWEEP, _JUDGED),
    "ifNotScheduled": _always(Effect.LATE, _LOOSENED.note),
}
GRAPH = {
    "namespace": _always(
        Effect.AGAIN,
        "ledgers and runs stay behind in the old namespace: joins that wait there never complete, and keys can run again here",
    ),
    "timezone": _always(Effect.AGAIN, _TWO_KEYS),
    "partitions": _always(
        Effect.NEVER,
        "ledgers get other names: the next sweep carries over what ran, and records sources anew while their Workflows exist; keys that wait for others never complete",
    ),
    "replayWithin": _always(Effect.SWEEP, "every program changes"),
    "keep": _always(
        Effect.AGAIN,
        "where ledgers go sooner, what ran is forgotten sooner: a completion after that starts its key anew",
    ),
    "mode": Entry(
        Verdict(Effect.NEVER, "nothing is submitted any more: ledgers record what would have been"),
        Verdict(Effect.SAFE),
        Verdict(
            Effect.AGAIN,
            "the graph submits from now on, and so do the crons it replaces unless they are suspended",
        ),
    ),
    "sweeper": _SAFE,
    "sweeper.image": Entry(
        Verdict(Effect.SAFE, "what events lose is repaired from now on"),
        _SAFE.changed,
        Verdict(
            Effect.NEVER,
            "what events lose is not repaired any more, unless you run depgen reconcile elsewhere",
        ),
    ),
    "sweeper.": _SAFE,
    "eventBus": _always(Effect.SWEEP, "all that is queued on the old bus is left there"),
    "pods.": _always(Effect.SAFE, "pods restart, and queues stay"),
    "onFailure": _FROM_NOW,
    "onFailure.": _FROM_NOW,
}
_ELSE = _always(Effect.SWEEP, _JUDGED)


def verdict(table: Mapping[str, Entry], field: str, before: str | None, after: str | None) -> Verdict:
    """What a change of `field` does."""
    fits = (
        entry
        for name, entry in table.items()
        if field == name or (name[-1] == "." and field.startswith(name))
    )
    entry = next(fits, _ELSE)
    return entry.added if before is None else entry.removed if after is None else entry.changed
