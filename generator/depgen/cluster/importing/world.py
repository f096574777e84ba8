"""Who is who: the nodes of the draft by the names under which manifests speak of them.

A CronWorkflow is spoken of by its name, a run of a Sensor by its template, its labels or the beginning of its name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

Labels = Mapping[str, str]
Index = dict[str, list[str]]


def _index() -> Index:
    return defaultdict(list)


@dataclass
class World:
    """Node ids by what they are called; `crons` by the CronWorkflow's name, then its namespace."""

    crons: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    crons_of: Index = field(default_factory=_index)
    runs_of: Index = field(default_factory=_index)
    prefixes: Index = field(default_factory=_index)
    labelled: dict[str, Labels] = field(default_factory=dict)

    def cron(self, namespace: str, name: str) -> str | None:
        """The node of a CronWorkflow; in any namespace if only one has that name."""
        found = self.crons.get(name, {})
        return found.get(namespace) or (next(iter(found.values())) if len(found) == 1 else None)

    def by_labels(self, labels: Mapping[str, tuple[str, ...]]) -> list[str]:
        """The nodes whose Workflows carry one of the values of each label."""
        return [
            id_
            for id_, own in self.labelled.items()
            if all(own.get(name, "") in values for name, values in labels.items())
        ]

    def called(self, namespace: str, name: str) -> str | None:
        """The one node that a name in a script or a parameter can mean."""
        cron = self.cron(namespace, name)
        if cron:
            return cron
        for index in (self.prefixes, self.runs_of, self.crons_of):
            found = index.get(name, [])
            if found:
                return found[0] if len(found) == 1 else None
        return None
