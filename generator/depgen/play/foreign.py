"""A node of a graph that is not played: what its own Sensors would have written into its ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from depgen import naming
from depgen.cluster import keytimes
from depgen.cluster.api import CONFIG_MAPS, Cluster
from depgen.model import Source


class Foreign(NamedTuple):
    """The run of a node of another graph, for a key."""

    source: Source
    key: str

    @property
    def name(self) -> str:
        """Its Workflow's name."""
        return f"{naming.workflow_prefix(self.source.name, self.source.node)}{self.key}"

    def end(self, api: Cluster, at: float, phase: str, outputs: Mapping[str, str]) -> None:
        """Its fact is recorded in the ledger of its graph, which is created if it is not there."""
        source = self.source
        wall = datetime.fromtimestamp(int(at), ZoneInfo(source.key.zone)).strftime("%Y-%m-%dT%H:%M:%S")
        fact = {
            "finishedAt": keytimes.utc(at),
            "phase": phase,
            "wall": wall,
            "workflow": self.name,
            **({"outputs": dict(outputs)} if outputs else {}),
        }
        entry = f"run.{source.node}.{self.key}.{naming.stable_hash(self.name):x}.{int(at)}"
        ledger = f"{naming.ledger_prefix(source.name, None)}{self.key}"
        labels = {naming.LABEL_GRAPH: source.name, naming.LABEL_KEY: self.key}
        data = {entry: json.dumps(fact, separators=(",", ":"), sort_keys=True)}
        if api.get(CONFIG_MAPS, source.namespace, ledger) is None:
            body = {"metadata": {"name": ledger, "labels": labels}, "data": data}
            api.create(CONFIG_MAPS, source.namespace, body)
        else:
            api.patch(CONFIG_MAPS, source.namespace, ledger, {"data": data})
