"""A cluster in memory, held to the real API server by tests/stack/test_cluster_client.py.

What differs from a real one, on purpose: nothing ever waits. A watch that has nothing left to tell moves the clock
(`now`) to the next action given to `at`, or else to its own end. Failures are those that are left after the real
client has tried again.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from depgen.cluster.api import CONFIG_MAPS, Change, ClusterError, Object, Resource

T = TypeVar("T")

PAGE = 500
LEFT_OUT = ("annotations", "data", "labels")
REQUIREMENT = re.compile(
    r"\s*(?:(?P<absent>!)\s*(?P<no>[^\s,()=!]+)"
    r"|(?P<key>[^\s,()=!]+)\s*(?:(?P<op>==|=|!=)\s*(?P<value>[^\s,()]*)"
    r"|(?P<set>\s(?:in|notin))\s*\((?P<values>[^)]*)\))?)\s*(?:,|$)"
)
LABEL = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
DATA_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")


class Call(NamedTuple):
    """One call that was made; `name` is "" for lists and watches."""

    verb: str
    plural: str
    name: str


@dataclass
class Failure:
    """The next calls that fit fail with `error`. `has_happened`: only their answer is lost."""

    error: ClusterError
    verb: str
    plural: str | None
    name: str | None
    times: int
    has_happened: bool

    def fits(self, call: Call) -> bool:
        return (
            self.verb == call.verb and self.plural in (None, call.plural) and self.name in (None, call.name)
        )


@dataclass
class FakeCluster:
    """`Cluster` with what it holds, `objects` and `calls`, open to the test.

    `now` is its clock, in seconds since 1970. `allowed` are the (user, namespace, verb, plural) that may; None: all.
    `requests` counts as the API would be asked: a list of n objects is a request per 500.
    """

    now: float = 1795248000.0  # 2026-11-21T08:00:00Z
    version: str = "v1.36.3"
    allowed: set[tuple[str, str, str, str]] | None = None
    objects: dict[tuple[Resource, str, str], Object] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    requests: int = 0
    _failures: list[Failure] = field(default_factory=list)
    _actions: list[tuple[float, Callable[[], object]]] = field(default_factory=list)
    _events: list[tuple[Resource, Object | None, Object | None]] = field(default_factory=list)
    _version: int = 0

    # -- what a test says

    def add(self, resource: Resource, namespace: str, *bodies: Mapping[str, Any]) -> None:
        """Objects that are there; not counted as calls."""
        for body in bodies:
            self._store(resource, namespace, copy.deepcopy(dict(body)))

    def fail_next(
        self,
        verb: str,
        status: int,
        reason: str = "",
        *,
        resource: Resource | None = None,
        name: str | None = None,
        times: int = 1,
        has_happened: bool = False,
    ) -> None:
        """The next calls of this verb (of this resource, name) are refused, or with `has_happened` unanswered."""
        error = ClusterError(f"cannot {verb}: told to fail", status, reason)
        plural = resource.plural if resource else None
        self._failures.append(Failure(error, verb, plural, name, times, has_happened))

    def at(self, moment: float, action: Callable[[], object]) -> None:
        """What somebody else does at that time, while this process watches."""
        self._actions.append((moment, action))

    # -- Cluster

    def list(self, resource: Resource, namespace: str, selector: str = "") -> Iterator[Object]:
        found = self._called("list", resource, "", lambda: self._matching(resource, namespace, selector))
        self.requests += max(0, math.ceil(len(found) / PAGE) - 1)
        yield from found

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        return self._called(
            "get", resource, name, lambda: copy.deepcopy(self.objects.get((resource, namespace, name)))
        )

    def create(self, resource: Resource, namespace: str, body: Mapping[str, Any]) -> Object:
        name = body["metadata"]["name"]

        def create() -> Object:
            if (resource, namespace, name) in self.objects:
                raise _refusal("create", resource, name, 409, "AlreadyExists")
            return self._store(resource, namespace, copy.deepcopy(dict(body)))

        return self._called("create", resource, name, create)

    def patch(self, resource: Resource, namespace: str, name: str, body: Mapping[str, Any]) -> Object:
        def patch() -> Object:
            old = self.objects.get((resource, namespace, name))
            if old is None:
                raise _refusal("patch", resource, name, 404, "NotFound")
            expected = body.get("metadata", {}).get("resourceVersion")
            if expected not in (None, old["metadata"]["resourceVersion"]):
                raise _refusal("patch", resource, name, 409, "Conflict")
            new = _merged(old, body)
            return copy.deepcopy(old) if new == old else self._store(resource, namespace, new)

        return self._called("patch", resource, name, patch)

    def delete(self, resource: Resource, namespace: str, name: str) -> bool:
        def delete() -> bool:
            old = self.objects.pop((resource, namespace, name), None)
            if old is not None:
                self._version += 1
                gone = copy.deepcopy(old)
                gone["metadata"]["resourceVersion"] = str(self._version)
                self._events.append((resource, gone, None))
            return old is not None

        return self._called("delete", resource, name, delete)

    def watch(
        self, resource: Resource, namespace: str, selector: str = "", timeout: float | None = None
    ) -> Iterator[Change]:
        """As the real one's, but it ends when nothing is left to happen: a test has to end."""
        end = math.inf if timeout is None else self.now + timeout
        place = len(self._events)
        for thing in self._called(
            "watch", resource, "", lambda: self._matching(resource, namespace, selector)
        ):
            yield Change("ADDED", thing)
        while True:
            while place < len(self._events):
                of, old, new = self._events[place]
                place += 1
                change = _change(old, new, namespace, selector) if of == resource else None
                if change:
                    yield change
            if not self._idle(end):
                return

    def can_i(self, user: str, namespace: str, verb: str, resource: Resource) -> bool:
        question = (user, namespace, verb, resource.plural)
        return self._called(
            "review", resource, user, lambda: self.allowed is None or question in self.allowed
        )

    def server_version(self) -> str:
        self.requests += 1
        return self.version

    def server_time(self) -> float:
        self.requests += 1
        return float(math.floor(self.now))

    # -- inside

    def _called(self, verb: str, resource: Resource, name: str, do: Callable[[], T]) -> T:
        call = Call(verb, resource.plural, name)
        self.calls.append(call)
        self.requests += 1
        failure = next((f for f in self._failures if f.fits(call)), None)
        if failure is None:
            return do()
        failure.times -= 1
        if not failure.times:
            self._failures.remove(failure)
        if failure.has_happened:
            do()
        raise failure.error

    def _matching(self, resource: Resource, namespace: str, selector: str) -> Sequence[Object]:
        return [
            copy.deepcopy(thing)
            for key, thing in sorted(self.objects.items(), key=lambda entry: entry[0][1:])
            if key[0] == resource and _is_in(thing, namespace, selector)
        ]

    def _store(self, resource: Resource, namespace: str, thing: Object) -> Object:
        _validate(resource, thing)
        self._version += 1
        name = thing["metadata"]["name"]
        old = self.objects.get((resource, namespace, name))
        meta = thing["metadata"]
        if resource.is_namespaced:
            meta["namespace"] = namespace
        meta.setdefault("uid", str(UUID(int=self._version)))
        created = datetime.fromtimestamp(self.now, UTC).isoformat(timespec="seconds")
        meta.setdefault("creationTimestamp", created.replace("+00:00", "Z"))
        meta["resourceVersion"] = str(self._version)
        thing = {"apiVersion": resource.api_version, "kind": resource.kind, **thing}
        self.objects[resource, namespace, name] = thing
        self._events.append((resource, old, thing))
        return copy.deepcopy(thing)

    def _idle(self, end: float) -> bool:
        """Moves the clock to what happens next; False if nothing does before `end`."""
        self._actions.sort(key=lambda entry: entry[0])
        if not self._actions or self._actions[0][0] >= end:
            self.now = max(self.now, end) if end < math.inf else self.now
            return False
        moment, action = self._actions.pop(0)
        self.now = max(self.now, moment)
        action()
        return True


def matches(selector: str, labels: Mapping[str, str]) -> bool:
    """Whether a label selector, as a list call takes it, chooses an object with these labels."""
    place = 0
    while place < len(selector):
        found = REQUIREMENT.match(selector, place)
        assert found, f"not a label selector: {selector!r} from {selector[place:]!r}"
        if not _holds(found, labels):
            return False
        place = found.end()
    return True


def _holds(requirement: re.Match[str], labels: Mapping[str, str]) -> bool:
    if requirement["absent"]:
        return requirement["no"] not in labels
    value = labels.get(requirement["key"])
    if requirement["op"]:
        return (value == requirement["value"]) == (requirement["op"] != "!=")
    if requirement["set"]:
        values = [text.strip() for text in requirement["values"].split(",")]
        return (value in values) == (requirement["set"].strip() == "in")
    return value is not None


def _is_in(thing: Object | None, namespace: str, selector: str) -> bool:
    if thing is None or namespace not in ("", thing["metadata"].get("namespace", "")):
        return False
    return matches(selector, thing["metadata"].get("labels") or {})


def _change(old: Object | None, new: Object | None, namespace: str, selector: str) -> Change | None:
    was, is_ = _is_in(old, namespace, selector), _is_in(new, namespace, selector)
    if is_ and new is not None:
        return Change("MODIFIED" if was else "ADDED", copy.deepcopy(new))
    return Change("DELETED", copy.deepcopy(new or old or {})) if was else None


def _merged(old: Any, patch: Any) -> Any:
    """RFC 7396, and like the API without the maps that are empty afterwards."""
    if not isinstance(patch, Mapping):
        return copy.deepcopy(patch)
    merged = dict(copy.deepcopy(old)) if isinstance(old, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return {name: value for name, value in merged.items() if value or name not in LEFT_OUT}


def _validate(resource: Resource, thing: Object) -> None:
    name = thing["metadata"]["name"]
    for value in (thing["metadata"].get("labels") or {}).values():
        if not LABEL.fullmatch(value):
            raise _refusal("write", resource, name, 422, "Invalid")
    if resource == CONFIG_MAPS:
        data = thing.get("data") or {}
        if not all(isinstance(value, str) for value in data.values()):
            raise _refusal("write", resource, name, 400, "BadRequest")
        if not all(DATA_KEY.fullmatch(key) for key in data):
            raise _refusal("write", resource, name, 422, "Invalid")


def _refusal(verb: str, resource: Resource, name: str, status: int, reason: str) -> ClusterError:
    return ClusterError(f"cannot {verb} {resource.kind} {name}: {reason}", status, reason)
