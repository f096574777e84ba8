"""The programs of a graph that answer for its nodes, and what else can be told from their text.

From a build of graph files, or from the Sensors in the cluster. What a newcomer gets wrong: a Sensor does not say the
period of its node, only the graph file does. It has to be told from what the programs take for a key, the node's own or
those that record its upstreams.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from depgen import naming
from depgen.cluster.api import EVENT_SOURCES, SENSORS, Cluster
from depgen.errors import InputError
from depgen.runnable import Decider, Manifest, Runnable, runnable
from depgen.times import DAILY, HOUR, Period

_UPSTREAM = re.compile(
    r'def (?:edge|fact)([0-9]+):[^\n]*?(?:latest\("|"satisfy\.[a-z0-9-]+\.)([a-z][a-z0-9-]*)'
)
# Of a slot its keys tell no more than whether it begins on the hour.
_PERIODS = {
    every.pattern: every
    for every in (DAILY, Period("week"), Period("month"), Period("slot", HOUR), Period("slot", 60))
}
# The form of keys in a decide program, and in a record program after its nodes (sensors/record.jq.j2).
_GUARD = re.compile(r'\(\$key // "" \| test\("([^"]+)\(-\|\$\)"\)\)')
_RECORDED = re.compile(r'^\| (?P<nodes>.*) as \$nodes$|\(\$key \| test\("(?P<form>[^"]+)"\)\)', re.MULTILINE)
_NODES = re.compile(r'"([a-z][a-z0-9-]*)"(?!:)')  # what has a colon is a name of Argo's


@dataclass(frozen=True)
class Programs:
    """The programs of a graph. `every` are the periods of its nodes if they are known, `recorded` those that record
    programs tell of sources.
    """

    runnable: Runnable
    every: Mapping[str, Period] = field(default_factory=dict)
    recorded: Mapping[str, Period] = field(default_factory=dict)

    def period(self, node: str) -> Period | None:
        """The period of a node, as far as it can be told; of a slot any that has such keys.

        Where a decide program does not test the form of its key, all of its edges are on the same key.
        """
        at, seen = node, set[str]()
        while at not in self.every and at not in self.recorded and at not in seen:
            decider = self.runnable.deciders.get(at)
            if decider is None:
                return None
            if guard := _GUARD.search(decider.program.text):
                return _PERIODS.get(f"{guard[1]}$")
            seen.add(at)
            at = next(iter(upstreams(decider).values()), at)
        return self.every.get(at) or self.recorded.get(at)


def read_programs(cluster: Cluster, namespace: str, graph: str) -> Programs:
    """The programs of the graph's Sensors in the cluster; InputError if it has none."""
    label = f"{naming.LABEL_GRAPH}={graph}"
    found = [
        {**manifest, "kind": resource.kind}
        for resource in (SENSORS, EVENT_SOURCES)
        for manifest in cluster.list(resource, namespace, label)
    ]
    programs = runnable(found).get(graph)
    if programs is None:
        raise InputError(
            f"there is no graph {graph} in namespace {namespace}: no Sensor has the label {label}"
        )
    return Programs(programs, recorded=_recorded(found, set(programs.deciders)))


def _recorded(manifests: Iterable[Manifest], runs: set[str]) -> dict[str, Period]:
    """The periods of the nodes that a graph only listens to; none of a name that stands with several."""
    found: dict[str, set[Period]] = {}
    for manifest in manifests:
        for dependency in manifest["spec"].get("dependencies", ()):
            names: list[str] = []
            for match in _RECORDED.finditer(dependency["transform"]["jq"]):
                names = _NODES.findall(match["nodes"]) if match["nodes"] else names
                for name in names if match["form"] in _PERIODS else ():
                    found.setdefault(name, set()).add(_PERIODS[match["form"]])
    return {name: every.pop() for name, every in found.items() if len(every) == 1 and name not in runs}


def upstreams(decider: Decider) -> dict[int, str]:
    """The upstream of each edge by its number, as far as the program's text tells."""
    return {int(number): name for number, name in _UPSTREAM.findall(decider.program.text)}
