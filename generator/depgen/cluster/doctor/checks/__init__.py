"""The table of checks. A check is a module of this package; its docstring is its documentation.

The docstring's first line says what is looked at, `Why:` what it means if something is wrong, `Way out:` what to do.
`check` yields a finding for whatever is not as it should be, and may yield what is good to know.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Protocol, cast

from depgen.cluster.doctor.exam import Exam, Per
from depgen.cluster.doctor.finding import Finding

# Id -> how often it is made. What explains most comes first.
CHECKS: Mapping[str, Per] = MappingProxyType(
    {
        "api-version": Per.CLUSTER,
        "crds": Per.CLUSTER,
        "argo-versions": Per.CLUSTER,
        "clock-offset": Per.CLUSTER,
        "event-bus": Per.NAMESPACE,
        "nats-version": Per.NAMESPACE,
        "bus-storage": Per.NAMESPACE,
        "bus-limits": Per.NAMESPACE,
        "bus-payload": Per.NAMESPACE,
        "bus-shared": Per.NAMESPACE,
        "bus-stream": Per.NAMESPACE,
        "backlog": Per.NAMESPACE,
        "orphans": Per.NAMESPACE,
        "output-format": Per.GRAPH,
        "applied": Per.GRAPH,
        "leftovers": Per.GRAPH,
        "conditions": Per.GRAPH,
        "pods": Per.GRAPH,
        "roles": Per.GRAPH,
        "excess-rights": Per.GRAPH,
        "component-clocks": Per.GRAPH,
        "time-zones": Per.GRAPH,
        "sweeper": Per.GRAPH,
        "cron-workflows": Per.GRAPH,
        "event-sources": Per.GRAPH,
        "templates": Per.GRAPH,
        "service-accounts": Per.GRAPH,
        "webhooks": Per.GRAPH,
        "retention": Per.GRAPH,
        "ledger-size": Per.GRAPH,
        "object-size": Per.GRAPH,
        "throughput": Per.GRAPH,
        "invalid-keys": Per.GRAPH,
    }
)


class Check(Protocol):
    """A module with this shape."""

    __doc__: str | None
    __name__: str

    def check(self, exam: Exam) -> Iterator[Finding]: ...


def check(id_: str) -> Check:
    """A check's module: its id with underscores."""
    return cast(Check, importlib.import_module(f"{__name__}.{id_.replace('-', '_')}"))
