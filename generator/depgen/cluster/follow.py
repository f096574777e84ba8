"""Tells of every change of some graphs' ledgers, as soon as it is there.

A watch blocks until something happens, and there is one for each graph: each is read by a thread of its own. Changes
that come together are told of together, because what follows, drawing a table, takes longer than they do.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Iterator, Sequence

from depgen import naming
from depgen.cluster.api import CONFIG_MAPS, Change, Cluster
from depgen.cluster.entries import Ledger, ledger
from depgen.cluster.states import Ledgers, Subject
from depgen.errors import DepgenError

_TOGETHER = 0.2
_LONGEST = 1.0
# The number of the graph, and a change of its ledgers, or why there is none any more; None at the end.
Heard = tuple[int, Change | DepgenError | None]


def follow(cluster: Cluster, subjects: Sequence[Subject], tick: float) -> Iterator[list[Ledgers]]:
    """The ledgers of each graph: what there is, then anew after every change, and every `tick` seconds.

    Ends when every watch has ended; an error of one is raised here.
    """
    heard: queue.SimpleQueue[Heard] = queue.SimpleQueue()
    known: list[dict[str, Ledger]] = [{} for _ in subjects]
    for number, subject in enumerate(subjects):
        # A daemon: nothing ends a blocked read, and the process ends with Ctrl-C.
        threading.Thread(target=_listen, args=(cluster, subject, number, heard), daemon=True).start()
    listening = len(subjects)
    while listening:
        for number, told in _batch(heard, tick):
            if isinstance(told, DepgenError):
                raise told
            if told is None:
                listening -= 1
            else:
                _take(known[number], told)
        yield [
            Ledgers(subject.graph.name, found.values())
            for subject, found in zip(subjects, known, strict=True)
        ]


def _listen(cluster: Cluster, subject: Subject, number: int, heard: queue.SimpleQueue[Heard]) -> None:
    graph = subject.graph
    try:
        for change in cluster.watch(CONFIG_MAPS, graph.namespace, f"{naming.LABEL_GRAPH}={graph.name}"):
            heard.put((number, change))
    except DepgenError as error:
        heard.put((number, error))
    finally:
        heard.put((number, None))


def _batch(heard: queue.SimpleQueue[Heard], tick: float) -> Iterator[Heard]:
    """What is heard within `tick` seconds, and what follows soon after."""
    wait, end = tick, math.inf
    while True:
        try:
            yield heard.get(timeout=wait)
        except queue.Empty:
            return
        end = min(end, time.monotonic() + _LONGEST)
        wait = max(0.0, min(_TOGETHER, end - time.monotonic()))


def _take(known: dict[str, Ledger], change: Change) -> None:
    name = str(change.object["metadata"]["name"])
    if change.type == "DELETED":
        known.pop(name, None)
    else:
        known[name] = ledger(change.object)
