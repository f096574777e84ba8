"""What the ledgers of graphs show of a CronWorkflow's runs that are no longer there.

A fact carries the name of its Workflow, and that tells for which time it was started. One under another name (a run
by hand, a skip) counts for its key instead: somebody decided about that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from depgen.cluster.api import CONFIG_MAPS, Cluster
from depgen.cluster.cron_workflow import CronWorkflow, scheduled_for
from depgen.naming import LABEL_GRAPH, LABEL_KEY
from depgen.runnable import Runnable

VALUES_PER_LIST = 100  # in one label selector: it is part of a URL


class Entry(NamedTuple):
    """Where a run would have left a fact: a ledger of a graph, its key, and how the entry's name begins."""

    graph: str
    ledger: str
    key: str
    start: str

    @property
    def node(self) -> str:
        """`etl/sales`."""
        return f"{self.graph}/{self.start.split('.')[1]}"

    @property
    def node_key(self) -> str:
        """The key of the run; the ledger's may be another, where an edge has an offset."""
        return self.start.split(".")[2]


@dataclass
class Ledgers:
    """The proof in ledgers that a run was. They are read when they are asked for: mostly they never are."""

    cluster: Cluster
    programs: Mapping[str, Runnable]
    _read: dict[tuple[str, str], dict[str, Mapping[str, str]]] = field(default_factory=dict)

    def entries(self, cron: CronWorkflow, at: datetime) -> list[Entry]:
        """Where a run that was due at a time would have left facts, says the program of each Sensor."""
        body = cron.run(at)
        written = at.isoformat(timespec="seconds").replace("+00:00", "Z")
        body["metadata"] |= {"uid": "-", "namespace": cron.namespace}
        body["status"] = {"phase": "Succeeded", "startedAt": written, "finishedAt": written}
        found: list[Entry] = []
        for graph, runnable in self.programs.items():
            for recorder in runnable.recorders:
                if recorder.event.resource == "workflows" and recorder.event.namespace == cron.namespace:
                    event = {"type": "ADD", "body": body}
                    made = recorder.program.first(event, recorder.zone, now=0)
                    names = [n for n in made["data"] if n.startswith("run.")] if made["fresh"] else []
                    key = str(made["labels"].get(LABEL_KEY, ""))
                    found += [Entry(graph, str(made["name"]), key, n.rpartition("-.")[0]) for n in names]
        return found

    def read(self, entries: Iterable[Entry]) -> None:
        """Read the ledgers of these entries that are not read yet, a hundred keys at once."""
        wanted: dict[str, set[str]] = {}
        for entry in entries:
            if (entry.graph, entry.key) not in self._read:
                wanted.setdefault(entry.graph, set()).add(entry.key)
        for graph, keys in wanted.items():
            self._read |= {(graph, key): {} for key in keys}
            for part in parts(sorted(keys)):
                selector = f"{LABEL_GRAPH}={graph},{LABEL_KEY} in ({','.join(part)})"
                for ledger in self.cluster.list(CONFIG_MAPS, self.programs[graph].namespace, selector):
                    meta = ledger["metadata"]
                    self._read[graph, meta["labels"][LABEL_KEY]][meta["name"]] = ledger.get("data") or {}

    def proof(self, cron: CronWorkflow, at: datetime, entries: Iterable[Entry]) -> str:
        """What shows that the run was, or that somebody decided against it; "" if nothing does."""
        for entry in entries:
            for name, text in self._read[entry.graph, entry.key].get(entry.ledger, {}).items():
                if name.startswith(entry.start):
                    workflow = _workflow(text)
                    if scheduled_for(cron.name, workflow) in (None, int(at.timestamp())):
                        return f"ledger {entry.ledger} has {workflow or name}"
        return ""


def parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """The values for one label selector each."""
    return (values[start : start + VALUES_PER_LIST] for start in range(0, len(values), VALUES_PER_LIST))


def _workflow(text: str) -> str:
    """The Workflow that a fact tells of; "" if it tells of none."""
    try:
        fact = json.loads(text)
    except ValueError:
        return ""
    return str(fact.get("workflow", "")) if isinstance(fact, dict) else ""
