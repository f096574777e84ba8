"""Lists in pages, and watches that never lose a change.

What a newcomer gets wrong: a watch ends whenever the server likes, and a list's next page or a watch's place may be
forgotten (410 Gone). The list is then begun anew, and a watch has to find out itself what vanished meanwhile.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from depgen.cluster.api import Change, ClusterError, Object, Resource
from depgen.cluster.transport import FIRST_PAUSE, LONGEST_PAUSE, Request, Transport, path

PAGE = 500
MOST_LISTS = 4  # how often a list may be begun
# Even a quiet watch gets a bookmark a minute; without one for this long, the connection is dead.
SILENCE = 90.0
WATCH_SECONDS = 300


class Page(NamedTuple):
    """A part of a list; `is_first` also says that the list was begun anew."""

    items: list[Object]
    resource_version: str
    is_first: bool


def pages(transport: Transport, resource: Resource, namespace: str, selector: str) -> Iterator[Page]:
    """The pages of a list; if the server forgets it midway, from the first page on again."""
    first = _request("list", resource, namespace, selector, {"limit": str(PAGE)})
    token, lists = "", 1
    while True:
        query = {**first.query, "continue": token} if token else first.query
        request = first._replace(query=query)
        answer = transport.ask(request)
        if answer.status == HTTPStatus.GONE and token and lists < MOST_LISTS:
            token, lists = "", lists + 1
            continue
        page = answer.body(request)
        meta = page["metadata"]
        items = [_typed(resource, item) for item in page["items"] or ()]
        yield Page(items, meta.get("resourceVersion", ""), is_first=not token)
        token = meta.get("continue", "")
        if not token:
            return


class Watch:
    """One watch. It remembers of each object what it takes to tell that it changed, or that it is gone."""

    def __init__(self, transport: Transport, resource: Resource, namespace: str, selector: str) -> None:
        self._transport = transport
        self._of = (resource, namespace, selector)
        self._known: dict[tuple[str, str], Object] = {}
        self._version = ""  # where the watch is; "" if that is to be found by a list
        self._heard: Callable[[], None] = lambda: None

    def changes(self, timeout: float | None, heard: Callable[[], None] | None = None) -> Iterator[Change]:
        """What there is, as ADDED, then every change, for ever or for `timeout` seconds.

        `heard` is called when a list was given whole, and whenever the server says something after it.
        """
        self._heard = heard or (lambda: None)
        end = math.inf if timeout is None else time.monotonic() + timeout
        idle = 0
        while True:
            if not self._version:
                yield from self._listed()
                self._heard()
            left = end - time.monotonic()
            if left <= 0:
                return
            before = self._version
            yield from self._streamed(left, end)
            idle = 0 if self._version not in (before, "") else idle + 1
            pause = FIRST_PAUSE * 2.0 ** min(idle, 10)
            self._transport.sleep(max(0.0, min(pause, LONGEST_PAUSE, end - time.monotonic())))

    def _listed(self) -> Iterator[Change]:
        """What differs from what was known."""
        seen: set[tuple[str, str]] = set()
        for page in pages(self._transport, *self._of):
            seen = set() if page.is_first else seen
            for item in page.items:
                seen.add(_place(item))
                yield from self._noticed(item)
            self._version = page.resource_version
        for place in [place for place in self._known if place not in seen]:
            yield Change("DELETED", self._known.pop(place))

    def _streamed(self, left: float, end: float) -> Iterator[Change]:
        """The changes of one connection, at most `left` seconds of it."""
        query = {
            "watch": "1",
            "resourceVersion": self._version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(math.ceil(min(left, WATCH_SECONDS))),
        }
        request = _request("watch", *self._of, query)
        try:
            for line in self._transport.lines(request, min(left, SILENCE)):
                yield from self._told(json.loads(line))
                if self._version:
                    self._heard()
                if not self._version or time.monotonic() >= end:
                    return
        except ClusterError as error:
            if error.status != HTTPStatus.GONE:
                raise
            self._version = ""

    def _told(self, event: dict[str, Any]) -> Iterator[Change]:
        thing = event["object"]
        if event["type"] == "ERROR":
            self._version = ""  # 410 mostly; after any other, a list tells what is the matter
            return
        self._version = thing["metadata"]["resourceVersion"]
        if event["type"] == "DELETED":
            self._known.pop(_place(thing), None)
            yield Change("DELETED", thing)
        elif event["type"] != "BOOKMARK":
            yield from self._noticed(thing)

    def _noticed(self, thing: Object) -> Iterator[Change]:
        meta, place = thing["metadata"], _place(thing)
        known = self._known.get(place)
        if known is not None and known["metadata"]["uid"] != meta["uid"]:  # another of the same name
            yield Change("DELETED", self._known.pop(place))
            known = None
        if known is None or known["metadata"]["resourceVersion"] != meta["resourceVersion"]:
            self._known[place] = _remembered(thing)
            yield Change("ADDED" if known is None else "MODIFIED", thing)


def _request(
    verb: str, resource: Resource, namespace: str, selector: str, query: Mapping[str, str]
) -> Request:
    where = f" in namespace {namespace}" if namespace else ""
    chosen = {"labelSelector": selector} if selector else {}
    return Request(f"{verb} {resource.plural}{where}", "GET", path(resource, namespace), {**chosen, **query})


def _place(thing: Object) -> tuple[str, str]:
    return thing["metadata"].get("namespace", ""), thing["metadata"]["name"]


def _typed(resource: Resource, item: Object) -> Object:
    """Lists of the core resources leave out what each object is."""
    return {"apiVersion": resource.api_version, "kind": resource.kind, **item}


def _remembered(thing: Object) -> Object:
    fields = ("name", "namespace", "uid", "resourceVersion", "labels")
    meta = {name: thing["metadata"][name] for name in fields if name in thing["metadata"]}
    return {"apiVersion": thing["apiVersion"], "kind": thing["kind"], "metadata": meta}
