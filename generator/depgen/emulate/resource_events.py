"""Events of type `resource`: changes of Kubernetes objects that a label selector chooses.

What a newcomer gets wrong: the selector is the server's. An object whose labels come to match is an ADD, one that stops
matching a DELETE; and every start of the process is an ADD of all that matches then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from depgen.cluster.api import Resource
from depgen.emulate import gjson, selectors
from depgen.emulate.data_filter import go_regexp
from depgen.emulate.followers import Follower
from depgen.emulate.frozen import Frozen, dumped
from depgen.emulate.payload import Change, ChangeType, Payload
from depgen.emulate.surroundings import Surroundings


class ResourceListener:
    """One `resource` event; `tell` takes the payload."""

    def __init__(
        self, tell: Callable[[Payload], None], event: Mapping[str, Any], around: Surroundings
    ) -> None:
        self.tell = tell
        self.around = around
        self.resource = Resource(event.get("group", ""), event["version"], event["resource"], "")
        self.namespace = str(event.get("namespace", ""))
        self.types = frozenset(event["eventTypes"])
        self.filter: Mapping[str, Any] = event.get("filter") or {}
        self.selector = selectors.of_event_source(self.filter.get("labels") or ())
        self.began = around.clock.now
        tail = {"group": self.resource.group, "version": event["version"], "resource": event["resource"]}
        metadata = event.get("metadata")
        self._tail = "".join(f',"{name}":{dumped(value)}' for name, value in tail.items())
        self._tail += f',"metadata":{dumped(metadata)}}}' if metadata else "}"
        self.is_wanted = False
        self._follower: Follower | None = None

    def start(self) -> None:
        """List, then watch; while there is no API, wait for it."""
        self.began = self.around.clock.now
        self.is_wanted = True
        self.around.api.when_up(self._list_and_watch)

    def _list_and_watch(self) -> None:
        if not self.is_wanted or self._follower is not None:
            return
        api = self.around.api
        self._follower = api.follow(self.resource, self.namespace, self.selector, self._see)
        for thing in api.held(self.resource, self.namespace, self.selector):
            self._see(None, thing)

    def stop(self) -> None:
        """Watch no longer."""
        self.is_wanted = False
        if self._follower is not None:
            self.around.api.unfollow(self._follower)
            self._follower = None

    def _see(self, old: Frozen | None, new: Frozen | None) -> None:
        """The watch tells what changed after the writer has had its answer; one that has ended tells nothing."""
        kind: ChangeType = "DELETE" if new is None else "ADD" if old is None else "UPDATE"
        if kind not in self.types:
            return
        follower, body = self._follower, new or old
        assert body is not None

        def changed() -> None:
            if self._follower is follower and self._passes(body):
                self.tell(Change(kind, old if kind == "UPDATE" else None, body, self._tail))

        self.around.clock.soon(changed)

    def _passes(self, thing: Frozen) -> bool:
        wanted = self.filter
        if not thing.name.startswith(wanted.get("prefix", "")):
            return False
        if wanted.get("afterStart") and _created(thing) < self.began:
            return False
        if wanted.get("createdBy") and _created(thing) > _seconds(str(wanted["createdBy"])):
            return False
        return all(_field_matches(field, thing) for field in wanted.get("fields") or ())


def _field_matches(field: Mapping[str, Any], thing: Frozen) -> bool:
    found = gjson.get(thing.value, field["key"])
    if found is None:
        return False
    text = found.value if isinstance(found.value, str) else ""
    matches = go_regexp(field["value"]).search(text) is not None
    return matches == (field.get("operation") != "!=")


def _created(thing: Frozen) -> float:
    return _seconds(thing.value["metadata"]["creationTimestamp"])


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp()
