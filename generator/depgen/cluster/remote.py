"""A cluster behind HTTPS: what each call of `Cluster` asks of the API.

Every call is repeated if nobody answered, or with 408, 429 or 5xx (see `transport`). What is not obvious is what a
lost answer makes of the second try; the docstrings of `create`, `patch` and `delete` say it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from depgen.cluster import listing
from depgen.cluster.api import Change, ClusterError, Object, Resource
from depgen.cluster.transport import Answer, Request, Transport, path

SERVICE_ACCOUNT = "system:serviceaccount:"
VERSION = Request("ask for the version", "GET", "/version")


class KubernetesCluster:
    """`Cluster`, for real."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def requests(self) -> int:
        """How many requests were sent so far, repeated ones included."""
        return self._transport.requests

    @property
    def retries(self) -> int:
        """How many of them were sent because the one before failed."""
        return self._transport.retries

    def list(self, resource: Resource, namespace: str, selector: str = "") -> Iterator[Object]:
        """In pages of 500. If the server forgets a list midway it is begun anew; nothing is given twice."""
        given: set[str] = set()
        for page in listing.pages(self._transport, resource, namespace, selector):
            for item in page.items:
                if item["metadata"]["uid"] not in given:
                    given.add(item["metadata"]["uid"])
                    yield item

    def get(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """One object; None if there is none."""
        request = _on("get", "GET", resource, namespace, name)
        answer = self._transport.ask(request)
        return None if answer.status == HTTPStatus.NOT_FOUND else _object(request, answer)

    def create(self, resource: Resource, namespace: str, body: Mapping[str, Any]) -> Object:
        """Create an object; a ClusterError with `already_exists` if somebody else's is there.

        After a lost answer the object may be there because the first try made it. It then carries the manager's name
        of that try, and is returned. Without the right to get it, that too ends as `already_exists`; so does an object
        that has nothing but a name.
        """
        manager = f"depgen-{uuid4().hex[:12]}"
        name = body["metadata"]["name"]
        request = _on("create", "POST", resource, namespace, name)._replace(
            path=path(resource, namespace),
            query={"fieldManager": manager},
            body={"apiVersion": resource.api_version, "kind": resource.kind, **body},
        )
        answer = self._transport.ask(request)
        if answer.is_unsure and answer.status == HTTPStatus.CONFLICT:
            ours = self._made_by(manager, resource, namespace, name)
            if ours is not None:
                return ours
        return _object(request, answer)

    def patch(self, resource: Resource, namespace: str, name: str, body: Mapping[str, Any]) -> Object:
        """JSON merge patch; a ClusterError with `is_conflict` if the `metadata.resourceVersion` in it is stale.

        Which it also is at the second try, if the first one went through and its answer was lost.
        """
        request = _on("patch", "PATCH", resource, namespace, name)
        request = request._replace(query={"fieldManager": "depgen"}, body=body)
        return _object(request, self._transport.ask(request))

    def delete(self, resource: Resource, namespace: str, name: str) -> bool:
        """Delete an object; False if there was none.

        True if there was none at the second try only: somebody deleted it meanwhile, most likely the first try.
        """
        request = _on("delete", "DELETE", resource, namespace, name)
        answer = self._transport.ask(request)
        if answer.status == HTTPStatus.NOT_FOUND:
            return answer.is_unsure
        answer.body(request)
        return True

    def watch(
        self,
        resource: Resource,
        namespace: str,
        selector: str = "",
        timeout: float | None = None,
        heard: Callable[[], None] | None = None,
    ) -> Iterator[Change]:
        """What there is, as ADDED, then every change.

        What vanished while the server had forgotten where the watch was, is given as DELETED with its name,
        namespace, uid and labels only. `heard` is called when a list was given whole, and whenever the server says
        something after that, if only that nothing has changed, which it does about once a minute.
        """
        return listing.Watch(self._transport, resource, namespace, selector).changes(timeout, heard)

    def can_i(self, user: str, namespace: str, verb: str, resource: Resource) -> bool:
        """Whether a user may do that; a ServiceAccount also by way of the groups that it is in."""
        what = {"namespace": namespace, "verb": verb, "group": resource.group, "resource": resource.plural}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": user, "groups": _groups(user), "resourceAttributes": what},
        }
        where = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        request = Request(f"ask what {user} may do", "POST", where, body=review)
        return bool(self._transport.ask(request).body(request)["status"]["allowed"])

    def server_version(self) -> str:
        """The API server's version, such as `v1.36.3`."""
        return str(self._transport.ask(VERSION).body(VERSION)["gitVersion"])

    def server_time(self) -> float:
        """The API server's clock, in seconds since 1970: the Date of an answer, so rounded down to a second."""
        answer = self._transport.ask(VERSION)
        answer.body(VERSION)
        return parsedate_to_datetime(answer.headers["Date"]).timestamp()

    def _made_by(self, manager: str, resource: Resource, namespace: str, name: str) -> Object | None:
        try:
            found = self.get(resource, namespace, name)
        except ClusterError:
            return None
        managers = found["metadata"].get("managedFields", []) if found else []
        return found if any(entry.get("manager") == manager for entry in managers) else None


def _on(verb: str, method: str, resource: Resource, namespace: str, name: str) -> Request:
    where = f" in namespace {namespace}" if namespace else ""
    return Request(f"{verb} {resource.kind} {name}{where}", method, path(resource, namespace, name))


def _object(request: Request, answer: Answer) -> Object:
    found: Object = answer.body(request)
    return found


def _groups(user: str) -> list[str]:
    """A review of a user looks only at the groups it is told of."""
    if not user.startswith(SERVICE_ACCOUNT):
        return ["system:authenticated"]
    namespace = user.removeprefix(SERVICE_ACCOUNT).partition(":")[0]
    return ["system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"]
