"""What a trigger does: a Kubernetes request or two, or a line in the log.

What a newcomer gets wrong: `patch` is a GET and then a POST or a merge patch, so two writers of an absent object can both
see nothing, and one of them is refused; only `create` adds labels; what has no namespace gets the Sensor's.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from functools import lru_cache
from typing import Any

from depgen.cluster.api import ClusterError, Resource
from depgen.emulate.faults import REQUESTS
from depgen.emulate.frozen import Frozen, copied
from depgen.emulate.happening import Kind
from depgen.emulate.parameters import Events, ParameterError, applied
from depgen.emulate.surroundings import Surroundings
from depgen.emulate.throttle import TokenBucket

# What a trigger of these plurals takes for objects of the whole cluster.
CLUSTER_WIDE = ("namespaces", "nodes")
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
Doing = Generator[float, None, None]


class Sender:
    """The Sensor process that the requests go out from; `die` kills it, for so many seconds."""

    def __init__(
        self,
        sensor: str,
        namespace: str,
        around: Surroundings,
        bucket: TokenBucket,
        skew: float,
        die: Callable[[float], None],
    ) -> None:
        self.sensor = sensor
        self.namespace = namespace
        self.around = around
        self.api = around.api
        self.bucket = bucket
        self.skew = skew
        self.die = die


class Action:
    """The template of a trigger, with its parameters. `who` is what the log calls it."""

    def __init__(self, trigger: Mapping[str, Any], sender: Sender) -> None:
        self.template: Mapping[str, Any] = copied(trigger["template"])
        self.parameters = trigger.get("parameters") or ()
        self.name = str(self.template["name"])
        self.sender = sender
        self.who = f"sensor/{sender.sensor}/{self.name}"

    def run(self, events: Events) -> Doing:
        """Once; yields when it has to wait. Raises ParameterError, ClusterError."""
        template = self.template
        if self.parameters:
            template = applied(template, self.parameters, events)
        if template.get("k8s"):
            yield from self._kubernetes(template["k8s"], events)
        else:
            for name in sorted(events):
                self._tell("logged", name, events[name].payload_text)

    def _kubernetes(self, trigger: Mapping[str, Any], events: Events) -> Doing:
        operation = trigger.get("operation") or "create"
        body = trigger["source"]["resource"]
        resource = resource_of(body)
        if trigger.get("liveObject") and operation == "update":
            body = yield from self._live(resource, body)
        body = applied(body, trigger.get("parameters") or (), events)
        resource = resource_of(body)
        # The template, what lives and the events share parts with it: only what is made here is written into.
        metadata = dict(body.get("metadata", {}))
        body = {**body, "metadata": metadata}
        if resource.plural in CLUSTER_WIDE:
            metadata.pop("namespace", None)
        else:
            metadata["namespace"] = metadata.get("namespace") or self.sender.namespace
        namespace = metadata.get("namespace", "")
        yield from self._operation(operation)(resource, namespace, body)

    def _operation(self, name: str) -> Callable[[Resource, str, dict[str, Any]], Doing]:
        known = {"create": self._create, "patch": self._patch, "update": self._update, "delete": self._delete}
        if name not in known:
            raise ParameterError(f"unknown operation type {name}")
        return known[name]

    def _create(self, resource: Resource, namespace: str, body: dict[str, Any]) -> Doing:
        labels = body["metadata"]["labels"] = dict(body["metadata"].get("labels", {}))
        labels["events.argoproj.io/sensor"] = self.sender.sensor
        labels["events.argoproj.io/trigger"] = self.name
        now = self.sender.around.clock.now + self.sender.skew
        labels["events.argoproj.io/action-timestamp"] = str(int(now * 1000))
        yield from self._post(resource, namespace, body)

    def _patch(self, resource: Resource, namespace: str, body: dict[str, Any]) -> Doing:
        name = self._named(body)
        found = yield from self._get(resource, namespace, name)
        if found is None:
            yield from self._post(resource, namespace, body)
            return
        yield self._turn()
        lost = self._strike("patch", resource)
        patched = self.sender.api.merge(resource, namespace, name, body)
        self._tell("patched", _shown(patched), "" if patched is not found else "nothing changed")
        self._answer("patch", resource, lost)

    def _update(self, resource: Resource, namespace: str, body: dict[str, Any]) -> Doing:
        name = self._named(body)
        found = yield from self._get(resource, namespace, name)
        if found is None:
            yield from self._post(resource, namespace, body)
            return
        yield self._turn()
        lost = self._strike("update", resource)
        self._tell("updated", _shown(self.sender.api.overlay(resource, namespace, name, body)))
        self._answer("update", resource, lost)

    def _delete(self, resource: Resource, namespace: str, body: dict[str, Any]) -> Doing:
        name = self._named(body)
        found = yield from self._get(resource, namespace, name)
        if found is None:
            return
        yield self._turn()
        lost = self._strike("delete", resource)
        if not self.sender.api.delete(resource, namespace, name):
            raise ClusterError(f"cannot delete {resource.kind} {name}: NotFound", 404, "NotFound")
        self._tell("deleted", _shown(found))
        self._answer("delete", resource, lost)

    def _post(self, resource: Resource, namespace: str, body: dict[str, Any]) -> Doing:
        metadata = body["metadata"]
        if not metadata.get("name") and metadata.get("generateName"):
            ending = "".join(self.sender.around.random.choices(_LETTERS, k=5))
            metadata["name"] = metadata["generateName"] + ending
        yield self._turn()
        lost = self._strike("create", resource)
        self._tell("created", _shown(self.sender.api.put(resource, namespace, body)))
        self._answer("create", resource, lost)

    def _live(self, resource: Resource, body: dict[str, Any]) -> Generator[float, None, dict[str, Any]]:
        metadata = body.get("metadata") or {}
        namespace = metadata.get("namespace", "")
        if not namespace and resource.plural not in CLUSTER_WIDE:
            raise ParameterError("resource namespace must be specified for fetching live object")
        found = yield from self._get(resource, namespace, self._named(body))
        if found is None:
            raise ClusterError(f"cannot get {resource.kind} {metadata['name']}: NotFound", 404, "NotFound")
        return found.value

    def _get(self, resource: Resource, namespace: str, name: str) -> Generator[float, None, Frozen | None]:
        yield self._turn()
        lost = self._strike("get", resource)
        found = self.sender.api.read(resource, namespace, name)
        self._answer("get", resource, lost)
        return found

    def _turn(self) -> float:
        return self.sender.bucket.take(self.sender.around.clock.now)

    def _strike(self, verb: str, resource: Resource) -> bool:
        """Whether the answer will be lost; raises ClusterError if the request is."""
        around, target = self.sender.around, f"{verb} {resource.kind}"
        fault = around.faults.strike(REQUESTS, target, around.clock.now)
        if fault is None:
            return False
        self._tell("fault", target, fault.kind)
        if fault.kind == "api-error":
            raise ClusterError(f"cannot {target}: internal error", 500, "InternalError")
        return True

    def _answer(self, verb: str, resource: Resource, lost: bool) -> None:
        if lost:
            raise ClusterError(f"cannot {verb} {resource.kind}: connection reset by peer")

    def _named(self, body: Mapping[str, Any]) -> str:
        name = (body.get("metadata") or {}).get("name")
        if not name:
            raise ParameterError("name is required")
        return str(name)

    def _tell(self, kind: Kind, what: str, detail: str = "") -> None:
        self.sender.around.tell(kind, self.who, what, detail)


def resource_of(body: Mapping[str, Any]) -> Resource:
    """The resource of an object, whose plural is guessed from its kind as client-go does."""
    return _resource(str(body["apiVersion"]), str(body["kind"]))


@lru_cache(maxsize=256)
def _resource(api_version: str, kind: str) -> Resource:
    group, _, version = api_version.rpartition("/")
    plural = kind.lower()
    if plural != "endpoints":
        plural = (
            plural[:-1] + "ies" if plural.endswith("y") else plural + ("es" if plural.endswith("s") else "s")
        )
    return Resource(group, version, plural, kind, plural not in CLUSTER_WIDE)


def _shown(thing: Frozen) -> str:
    return f"{thing.value['kind']} {thing.namespace}/{thing.name}".replace(" /", " ")
