"""A Kubernetes API in memory, on the virtual clock: what the Sensors write, the EventSources watch and commands read.

It is a `depgen.cluster.api.Cluster` and passes the same tests as the real client does. Whoever calls it gets copies;
followers (`follow`) are told of each write at the moment it happens and are given the stored objects themselves.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from depgen.cluster.api import Change, ClusterError, Object, Resource
from depgen.emulate import merging, selectors
from depgen.emulate.admission import refusal, validate
from depgen.emulate.clock import Clock
from depgen.emulate.followers import Follower, Followers, Kind, Told
from depgen.emulate.frozen import Frozen, copied
from depgen.emulate.selectors import Selector, SelectorError

PAGE = 500
LARGEST = 1024 * 1024
Key = tuple[str, str]


class Api:
    """Objects by kind, namespace and name. `requests` counts as the real API would be asked: a list of n objects is a
    request per 500. `is_down`: every call fails as when nothing listens.
    """

    def __init__(self, clock: Clock, version: str = "v1.36.3") -> None:
        self.clock = clock
        self.version = version
        self.requests = 0
        self.is_down = False
        self._objects: dict[Kind, dict[Key, Frozen]] = {}
        self._followers: dict[Kind, Followers] = {}
        self._waiting: builtins.list[Callable[[], None]] = []
        self._versions = count(1)

    # -- Cluster

    def list(self, resource: Resource, namespace: str, selector: str = "") -> Iterator[Object]:
        """Every object that the label selector matches; copies."""
        self._ask(f"list {resource.plural}")
        found = self.held(resource, namespace, _selector(selector))
        self.requests += max(0, math.ceil(len(found) / PAGE) - 1)
        return iter([copied(thing.value) for thing in found])

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """One object, a copy; None if there is none."""
        self._ask(f"get {resource.kind} {name}")
        found = self.find(resource, namespace, name)
        return None if found is None else copied(found.value)

    def create(self, resource: Resource, namespace: str, body: Mapping[str, Any]) -> Object:
        """Create an object; a ClusterError with `already_exists` if there is one of that name."""
        return copied(self.put(resource, namespace, copied(dict(body))).value)

    def patch(self, resource: Resource, namespace: str, name: str, body: Mapping[str, Any]) -> Object:
        """JSON merge patch; a ClusterError if there is no such object, or `is_conflict` if the version is stale."""
        return copied(self.merge(resource, namespace, name, copied(body)).value)

    def delete(self, resource: Resource, namespace: str, name: str) -> bool:
        """Delete an object; False if there was none."""
        self._ask(f"delete {resource.kind} {name}")
        old = self._things(resource).pop((namespace, name), None)
        if old is not None:
            self._tell(resource, _at_version(old, str(next(self._versions))), None)
        return old is not None

    def watch(
        self, resource: Resource, namespace: str, selector: str = "", timeout: float | None = None
    ) -> Iterator[Change]:
        """What there is, then every change. What has not happened yet is made to happen, until `timeout` is over or
        nothing is left to happen.
        """
        self._ask(f"watch {resource.plural}")
        end = math.inf if timeout is None else self.clock.now + timeout
        changes: builtins.list[Change] = []
        follower = self.follow(
            resource, namespace, _selector(selector), lambda old, new: changes.append(_change(old, new))
        )
        changes.extend(_change(None, thing) for thing in self.held(resource, namespace, follower.selector))
        try:
            while True:
                while changes:
                    yield changes.pop(0)
                if self.clock.next >= end:
                    break
                self.clock.run_until(self.clock.next)
            if end < math.inf:
                self.clock.run_until(end)
        finally:
            self.unfollow(follower)

    def can_i(self, user: str, namespace: str, verb: str, resource: Resource) -> bool:
        """Everybody may do everything: there is no RBAC here."""
        self._ask(f"review {verb} {resource.plural}")
        return True

    def server_version(self) -> str:
        """The API server's version."""
        self._ask("ask for the version")
        return self.version

    def server_time(self) -> float:
        """The clock, in whole seconds as the real one tells it."""
        self._ask("ask for the time")
        return float(math.floor(self.clock.now))

    # -- for the emulator: the stored objects themselves

    def stop(self) -> None:
        """Nobody reaches it any more; watches are told nothing, for nothing changes."""
        self.is_down = True

    def start(self) -> None:
        """It is there again, as it was."""
        self.is_down = False
        waiting, self._waiting[:] = tuple(self._waiting), ()
        for action in waiting:
            action()

    def when_up(self, action: Callable[[], None]) -> None:
        """Do something as soon as it can be reached."""
        if self.is_down:
            self._waiting.append(action)
        else:
            action()

    def read(self, resource: Resource, namespace: str, name: str) -> Frozen | None:
        """As `get`, the stored object itself."""
        self._ask(f"get {resource.kind} {name}")
        return self.find(resource, namespace, name)

    def find(self, resource: Resource, namespace: str, name: str) -> Frozen | None:
        """One object as it is stored."""
        return self._things(resource).get((namespace, name))

    def held(self, resource: Resource, namespace: str, selector: Selector) -> builtins.list[Frozen]:
        """What is stored and chosen, in the order of a list call: by namespace and name."""
        things = self._things(resource)
        return [
            things[key]
            for key in sorted(things)
            if namespace in ("", key[0]) and selector.matches(things[key].labels)
        ]

    def put(self, resource: Resource, namespace: str, body: dict[str, Any]) -> Frozen:
        """As `create`, of a body that is the API's from now on."""
        name = body["metadata"].get("name", "")
        self._ask(f"create {resource.kind} {name}")
        if (namespace, name) in self._things(resource):
            raise refusal("create", resource, name, 409, "AlreadyExists")
        validate("create", resource, body)
        return self._store("create", resource, namespace, body, None)

    def merge(self, resource: Resource, namespace: str, name: str, body: Mapping[str, Any]) -> Frozen:
        """As `patch`, of a body whose parts are the API's from now on."""
        self._ask(f"patch {resource.kind} {name}")
        old = self._there("patch", resource, namespace, name)
        expected = body.get("metadata", {}).get("resourceVersion")
        if expected not in (None, old.version):
            raise refusal("patch", resource, name, 409, "Conflict")
        new = merging.patched(old.value, body)
        if new == old.value:
            return old
        data = {key: value for key, value in (body.get("data") or {}).items() if value is not None}
        validate("patch", resource, {"metadata": new["metadata"], "data": data})
        return self._store("patch", resource, namespace, new, old, body)

    def overlay(self, resource: Resource, namespace: str, name: str, body: Mapping[str, Any]) -> Frozen:
        """What the `update` of a trigger writes: the object as it is, overlaid."""
        self._ask(f"update {resource.kind} {name}")
        old = self._there("update", resource, namespace, name)
        if body["metadata"].get("resourceVersion", old.version) != old.version:
            raise refusal("update", resource, name, 409, "Conflict")
        new = merging.overlaid(old.value, body)
        if new == old.value:
            return old
        validate("update", resource, new)
        return self._store("update", resource, namespace, new, old)

    def follow(self, resource: Resource, namespace: str, selector: Selector, tell: Told) -> Follower:
        """Be told of every change from now on, as a watch with a label selector is: an object that comes to match is
        new, one that stops matching is gone.
        """
        kind = _kind(resource)
        follower = Follower(kind, namespace, selector, tell)
        self._followers.setdefault(kind, Followers()).add(follower)
        return follower

    def unfollow(self, follower: Follower) -> None:
        """Not to be told any more."""
        self._followers[follower.kind].remove(follower)

    # -- inside

    def _ask(self, what: str) -> None:
        self.requests += 1
        if self.is_down:
            raise ClusterError(f"cannot {what}: connection refused")

    def _things(self, resource: Resource) -> dict[Key, Frozen]:
        return self._objects.setdefault(_kind(resource), {})

    def _there(self, verb: str, resource: Resource, namespace: str, name: str) -> Frozen:
        found = self.find(resource, namespace, name)
        if found is None:
            raise refusal(verb, resource, name, 404, "NotFound")
        return found

    def _store(
        self,
        verb: str,
        resource: Resource,
        namespace: str,
        body: dict[str, Any],
        old: Frozen | None,
        patch: Mapping[str, Any] | None = None,
    ) -> Frozen:
        metadata = dict(body["metadata"])
        if resource.is_namespaced:
            metadata["namespace"] = namespace
        version = next(self._versions)
        if "uid" not in metadata:
            metadata["uid"] = f"00000000-0000-0000-0000-{version:012x}"
        if "creationTimestamp" not in metadata:
            metadata["creationTimestamp"] = stamp(self.clock.now)
        metadata["resourceVersion"] = str(version)
        head = {"apiVersion": resource.api_version, "kind": resource.kind}
        new = Frozen({**head, **body, "metadata": metadata})
        if old is not None and patch is not None:
            new = new.after(old, patch)
        if new.most_bytes > LARGEST and len(new.text.encode()) > LARGEST:
            raise refusal(verb, resource, new.name, 413, "RequestEntityTooLarge")
        self._things(resource)[namespace, new.name] = new
        self._tell(resource, old, new)
        return new

    def _tell(self, resource: Resource, old: Frozen | None, new: Frozen | None) -> None:
        followers = self._followers.get(_kind(resource))
        if followers is None:
            return
        earlier, later = followers.of(old), followers.of(new)
        if earlier is later:  # as with most: the same see it as before
            for follower in later:
                follower.tell(old, new)
            return
        both = {**earlier, **later}
        for follower in sorted(both, key=both.__getitem__):
            before = old if follower in earlier else None
            after = new if follower in later else None
            if before is not None and after is None and new is not None:
                before = _at_version(before, new.version)
            follower.tell(before, after)


def _at_version(thing: Frozen, version: str) -> Frozen:
    """What a watch tells of an object that is gone: as it was, with the version of its going."""
    return Frozen({**thing.value, "metadata": {**thing.value["metadata"], "resourceVersion": version}})


def stamp(moment: float) -> str:
    """A moment as Kubernetes writes it: UTC, whole seconds."""
    return f"{datetime.fromtimestamp(math.floor(moment), UTC).isoformat()[:19]}Z"


def _kind(resource: Resource) -> Kind:
    return resource.group, resource.plural


def _selector(text: str) -> Selector:
    try:
        return selectors.parse(text)
    except SelectorError as error:
        raise ClusterError(f"cannot list: {error}", 400, "BadRequest") from error


def _change(old: Frozen | None, new: Frozen | None) -> Change:
    if new is None:
        assert old is not None
        return Change("DELETED", copied(old.value))
    return Change("ADDED" if old is None else "MODIFIED", copied(new.value))
