"""What ledgers say, against what happened: completions and runs nobody noted, runs noted twice, facts that are not."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tests.stack.api import Manifest
from tests.stack.faults.model import Completion, Histories

Ledgers = Mapping[str, Mapping[str, str]]
"""The data of a graph's ledgers, by name."""


class Entry(NamedTuple):
    """A `run` entry of a ledger."""

    ledger: str
    node: str
    key: str
    uid: str
    epoch: str
    value: Mapping[str, Any]


def entries(ledgers: Ledgers) -> list[Entry]:
    """All facts and claims."""
    return [
        Entry(ledger, *_parts(name), json.loads(value))
        for ledger, data in ledgers.items()
        for name, value in data.items()
        if name.startswith("run.")
    ]


def lost_completions(
    graph: str, told: Histories, sources: Iterable[str], noted: Sequence[Entry]
) -> Iterator[str]:
    """Of a source and key the newest completion must be known; the sweep may have compacted older ones."""
    known = {(e.ledger, e.node, e.key, e.uid, e.epoch) for e in noted}
    for (node, key), history in told.items():
        last = history[-1]
        where = (f"{graph}-{key}", node, key, last.uid, _epoch(last))
        if node in sources and where not in known:
            yield f"{last.workflow} {last.phase}"


def lost_claims(runs: Sequence[Manifest], noted: Sequence[Entry]) -> Iterator[str]:
    """Of every run the ledger must know that it is there, by its claim or by its end."""
    known = {(e.node, e.key, e.uid) for e in noted}
    for run in runs:
        labels, uid = run["metadata"]["labels"], run["metadata"]["uid"]
        if (labels["depgen.io/node"], labels["depgen.io/key"], uid) not in known:
            yield f"{run['metadata']['name']} Submitted"


def noted_twice(nodes: Iterable[str], noted: Sequence[Entry]) -> Iterator[str]:
    """Two Workflows under one name, one after the other, have different uids."""
    uids: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in noted:
        if entry.node in nodes:
            uids[entry.node, entry.key].add(entry.uid)
    yield from (f"{len(of)} runs of {node} for {key}" for (node, key), of in uids.items() if len(of) > 1)


def untrue(graph: str, told: Histories, noted: Sequence[Entry]) -> Iterator[str]:
    """Facts in another day's ledger, of completions that never were, or that say something else of them."""
    happened = {(*where, c.uid, _epoch(c)): c for where, history in told.items() for c in history}
    for entry in noted:
        if entry.ledger != f"{graph}-{entry.key}":
            yield f"a fact of {entry.node} for {entry.key} is in {entry.ledger}"
        if entry.value.get("phase") not in ("Succeeded", "Failed", "Error"):
            continue  # a claim, or an outcome without a Workflow
        completion = happened.get((entry.node, entry.key, entry.uid, entry.epoch))
        if completion is None:
            yield f"{entry.ledger} knows an end of {entry.node} that never was: {dict(entry.value)}"
        elif wrong := _differences(entry.value, completion):
            yield f"{entry.ledger} says of {completion.workflow} {wrong}"


def _parts(name: str) -> tuple[str, str, str, str]:
    _, node, key, uid, epoch = name.split(".")
    return node, key, uid, epoch


def _epoch(completion: Completion) -> str:
    return str(int(completion.finished.timestamp()))


def _differences(value: Mapping[str, Any], completion: Completion) -> dict[str, Any]:
    truth = {
        "phase": completion.phase,
        "workflow": completion.workflow,
        "wall": completion.finished.strftime("%Y-%m-%dT%H:%M:%S"),
    }
    return {name: value.get(name) for name, right in truth.items() if value.get(name) != right}
