"""The ledgers as the sweep holds them: each with what it takes to write it back without hurting anybody else.

A write names the version it is based on, so that of two writers one is refused and looks again. An absent ledger is
created empty first: a ledger that arrives with facts in it (ADD) fires on fresh facts only, a change (UPDATE) on all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from depgen import naming
from depgen.cluster import keytimes
from depgen.cluster.api import CONFIG_MAPS, Cluster, ClusterError, Object

# How the writes of depgen's own commands begin in `managedFields`.
_OURS = "depgen"
_GONE = 404


@dataclass(frozen=True)
class Ledger:
    """A ConfigMap. `version` is "" while there is none. `changed_at` is its last change, by anybody, in seconds
    since 1970 (0 if not known), and `touched_at` the last one by depgen's own commands.
    """

    name: str
    labels: Mapping[str, str]
    data: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    changed_at: float = 0
    touched_at: float = 0

    @property
    def key(self) -> str:
        """The logical date, "" where the label is missing."""
        return self.labels.get(naming.LABEL_KEY, "")

    def body(self, data: Mapping[str, str]) -> Object:
        """The object as decide programs read it, with these entries."""
        return {"metadata": {"name": self.name, "labels": dict(self.labels)}, "data": dict(data)}


def read(found: Object) -> Ledger:
    """A ConfigMap as a ledger."""
    metadata = found["metadata"]
    created = keytimes.instant(metadata.get("creationTimestamp") or "") or 0
    times = [
        (str(entry.get("manager", "")), keytimes.instant(entry.get("time") or "") or 0)
        for entry in metadata.get("managedFields") or []
    ]
    return Ledger(
        name=str(metadata["name"]),
        labels=metadata.get("labels") or {},
        data=found.get("data") or {},
        version=str(metadata.get("resourceVersion") or "0"),
        changed_at=max([created, *(at for _, at in times)]),
        touched_at=max((at for manager, at in times if manager.startswith(_OURS)), default=0),
    )


class Store(Protocol):
    """Where ledgers are read and written."""

    def list(self, selector: str) -> Iterator[Ledger]:
        """Those that a label selector matches."""
        ...

    def get(self, name: str) -> Ledger | None:
        """One of them; None if there is none."""
        ...

    def write(self, before: Ledger, data: Mapping[str, str]) -> Ledger:
        """Give a ledger these entries; ClusterError if it is not what it was (see `is_outdated`)."""
        ...

    def delete(self, name: str) -> None:
        """Remove one, if it is there."""
        ...


class ClusterStore:
    """The ConfigMaps of one namespace."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._namespace = namespace

    def list(self, selector: str) -> Iterator[Ledger]:
        """Those that a label selector matches."""
        return map(read, self._cluster.list(CONFIG_MAPS, self._namespace, selector))

    def get(self, name: str) -> Ledger | None:
        """One of them; None if there is none."""
        found = self._cluster.get(CONFIG_MAPS, self._namespace, name)
        return read(found) if found else None

    def write(self, before: Ledger, data: Mapping[str, str]) -> Ledger:
        """One merge patch of what differs; an absent ledger is created empty before it."""
        if not before.version:
            metadata = {"name": before.name, "labels": dict(before.labels)}
            made = self._cluster.create(CONFIG_MAPS, self._namespace, {"metadata": metadata})
            before = replace(read(made), data={})
        changes: dict[str, str | None] = {n: text for n, text in data.items() if before.data.get(n) != text}
        changes |= dict.fromkeys(before.data.keys() - data.keys())
        body = {"metadata": {"resourceVersion": before.version}, "data": changes}
        return read(self._cluster.patch(CONFIG_MAPS, self._namespace, before.name, body))

    def delete(self, name: str) -> None:
        """Remove one, if it is there."""
        self._cluster.delete(CONFIG_MAPS, self._namespace, name)


class DryStore(ClusterStore):
    """Reads what is there and writes nothing."""

    def write(self, before: Ledger, data: Mapping[str, str]) -> Ledger:
        """What the ledger would become."""
        return replace(before, data=dict(data), version=before.version or "0")

    def delete(self, name: str) -> None:
        """Nothing."""


def is_outdated(error: ClusterError) -> bool:
    """Whether a write was refused because the ledger changed, appeared or went meanwhile."""
    return error.is_conflict or error.already_exists or error.status == _GONE
