"""The API as depgen's own commands see it: with `managedFields`, which say who last wrote an object, and when.

The sweep goes by that: it waits a minute for what was just written, and always for what depgen itself wrote. The
emulator does not keep it, because nobody else reads it; here it is noted beside the objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from depgen.cluster import keytimes
from depgen.cluster.api import CONFIG_MAPS, Change, Cluster, Object, Resource
from depgen.emulate import Emulator, selectors
from depgen.emulate.frozen import Frozen

_OURS, _OTHERS = "depgen", "sensor"


class Witness:
    """A Cluster: the emulator's, with its writes told apart from those of Sensors."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._api: Cluster = emulator.api
        self._writer = _OTHERS
        self._written: dict[tuple[str, str], dict[str, float]] = {}
        emulator.api.follow(CONFIG_MAPS, "", selectors.parse(""), self._note)

    def list(self, resource: Resource, namespace: str, selector: str = "") -> Iterator[Object]:
        """As the API has them."""
        return (self._told(resource, found) for found in self._api.list(resource, namespace, selector))

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """As the API has it."""
        found = self._api.get(resource, namespace, name)
        return None if found is None else self._told(resource, found)

    def create(self, resource: Resource, namespace: str, body: Mapping[str, Any]) -> Object:
        """By depgen."""
        self._writer = _OURS
        try:
            return self._api.create(resource, namespace, body)
        finally:
            self._writer = _OTHERS

    def patch(self, resource: Resource, namespace: str, name: str, body: Mapping[str, Any]) -> Object:
        """By depgen."""
        self._writer = _OURS
        try:
            return self._api.patch(resource, namespace, name, body)
        finally:
            self._writer = _OTHERS

    def delete(self, resource: Resource, namespace: str, name: str) -> bool:
        """As the API does it."""
        return self._api.delete(resource, namespace, name)

    def watch(
        self, resource: Resource, namespace: str, selector: str = "", timeout: float | None = None
    ) -> Iterator[Change]:
        """As the API does it."""
        return self._api.watch(resource, namespace, selector, timeout)

    def can_i(self, user: str, namespace: str, verb: str, resource: Resource) -> bool:
        """As the API says."""
        return self._api.can_i(user, namespace, verb, resource)

    def server_version(self) -> str:
        """As the API says."""
        return self._api.server_version()

    def server_time(self) -> float:
        """As the API says."""
        return self._api.server_time()

    def _note(self, before: Frozen | None, after: Frozen | None) -> None:
        found = after or before
        assert found
        where = found.namespace, found.name
        if after is None:
            self._written.pop(where, None)
        else:
            self._written.setdefault(where, {})[self._writer] = self._emulator.now

    def _told(self, resource: Resource, found: Object) -> Object:
        metadata = found["metadata"]
        written = self._written.get((metadata.get("namespace", ""), metadata["name"]), {})
        if resource == CONFIG_MAPS and written:
            metadata["managedFields"] = [
                {"manager": manager, "time": keytimes.utc(at)} for manager, at in written.items()
            ]
        return found
